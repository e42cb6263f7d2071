import { WorkerError } from '@worker-host/core';

/** A plugin that could not be used. */
export interface PluginFailure {
  /** The specifier or package as written. */
  readonly specifier: string;
  /** How the host found it: `--plugin`, `--extension` or `dependencies of <file>`. */
  readonly source: string;
  readonly cause: unknown;
}

const ADVICE = 'Fix it, or omit it; --debug shows where the first one failed.';

/** Configured plugins could not be loaded. Lists all of them. */
export class PluginLoadError extends WorkerError {
  readonly code = 'PLUGIN_LOAD_FAILED';

  constructor(readonly failures: readonly PluginFailure[]) {
    const lines = failures.map((failure) => `\n  - ${describeFailure(failure)}`).join('');
    super(`Worker plugins could not be loaded [count=${failures.length}]:${lines}\n${ADVICE}`, {
      cause: failures[0]?.cause,
      details: { plugins: failures.map(({ specifier }) => specifier) },
    });
  }
}

/** Extensions could not be loaded. Lists all of them. */
export class ExtensionLoadError extends WorkerError {
  readonly code = 'EXTENSION_LOAD_FAILED';

  constructor(readonly failures: readonly PluginFailure[]) {
    const lines = failures.map((failure) => `\n  - ${describeFailure(failure)}`).join('');
    super(`Extensions could not be loaded [count=${failures.length}]:${lines}\n${ADVICE}`, {
      cause: failures[0]?.cause,
      details: { extensions: failures.map(({ specifier }) => specifier) },
    });
  }
}

/** A module exports no extension. */
export class ExtensionShapeError extends WorkerError {
  readonly code = 'EXTENSION_WRONG_SHAPE';

  constructor(entry: string, problems: readonly string[]) {
    super(
      `Not an extension [entry=${entry}]: ${problems.join('; ')}. Export \`extension\`, created with defineExtension of @worker-host/core.`,
      { details: { entry, problems } },
    );
  }
}

/** A specifier is neither a file, nor a directory, nor an installed package. */
export class PluginNotInstalledError extends WorkerError {
  readonly code = 'PLUGIN_NOT_INSTALLED';

  constructor(specifier: string, searchedFrom: string) {
    const advice = /^[./]/.test(specifier)
      ? 'Check the path.'
      : `Install it (npm install ${specifier}), or pass a path that begins with ./ or /.`;
    super(`No such package, directory or file [plugin=${specifier}, searched from=${searchedFrom}]. ${advice}`, {
      details: { specifier, searchedFrom },
    });
  }
}

/** A package has no module to load. */
export class PluginEntryMissingError extends WorkerError {
  readonly code = 'PLUGIN_ENTRY_MISSING';

  constructor(directory: string, looked: string, options?: ErrorOptions) {
    super(`The package has no module to load [directory=${directory}, looked for=${looked}]. Build it first.`, {
      ...options,
      details: { directory, looked },
    });
  }
}

/** The module loads, but exports no worker plugin. */
export class PluginShapeError extends WorkerError {
  readonly code = 'PLUGIN_WRONG_SHAPE';

  constructor(entry: string, problems: readonly string[], options?: ErrorOptions) {
    super(
      `Not a worker plugin [entry=${entry}]: ${problems.join('; ')}. Export \`plugin\`, created with definePlugin of @worker-host/core.`,
      { ...options, details: { entry, problems } },
    );
  }
}

/** The package declares another type than its plugin has. */
export class PluginTypeMismatchError extends WorkerError {
  readonly code = 'PLUGIN_TYPE_MISMATCH';

  constructor(directory: string, declared: string, actual: string) {
    super(
      `The package.json declares another worker type than the plugin has [directory=${directory}, declared=${declared}, plugin=${actual}].`,
      { details: { directory, declared, actual } },
    );
  }
}

/** Two plugins of one source serve the same type. */
export class PluginTypeDuplicateError extends WorkerError {
  readonly code = 'PLUGIN_TYPE_DUPLICATE';

  constructor(type: string, first: string, second: string) {
    super(
      `Two plugins serve the same worker type [type=${type}, first=${first}, second=${second}]. Select one with --plugin.`,
      { details: { type, first, second } },
    );
  }
}

/** No plugin serves the type. Lists the known types and every plugin that failed to load. */
export class PluginTypeUnknownError extends WorkerError {
  readonly code = 'PLUGIN_TYPE_UNKNOWN';

  constructor(type: string, known: readonly string[], failures: readonly PluginFailure[]) {
    const failed = failures.map((failure) => `\n  - ${describeFailure(failure)}`).join('');
    super(
      `No plugin serves this worker type [type=${type}, known types=${known.length > 0 ? known.join(', ') : 'none'}]. ` +
        'Install a package that serves it next to worker-host or in your project, or pass one with --plugin (a package, ' +
        `a directory or a file).${failed === '' ? '' : `\nThese plugins could not be loaded:${failed}`}`,
      { details: { type, known, failed: failures.map(({ specifier }) => specifier) } },
    );
  }
}

/** A new project would be mixed with existing files. */
export class ProjectDirectoryNotEmptyError extends WorkerError {
  readonly code = 'PROJECT_DIRECTORY_NOT_EMPTY';

  constructor(directory: string) {
    super(
      `The directory of the new project is not empty [directory=${directory}]. Choose another one with --directory.`,
      {
        details: { directory },
      },
    );
  }
}

/** The directory of a new project cannot be created, or is not writable. */
export class ProjectDirectoryInvalidError extends WorkerError {
  readonly code = 'PROJECT_DIRECTORY_INVALID';

  constructor(directory: string, problem: string, options?: ErrorOptions) {
    super(
      `The new project cannot be written [directory=${directory}]: ${problem}. Choose another directory with --directory.`,
      { ...options, details: { directory, problem } },
    );
  }
}

/** Formats an error as one line for people, including its causes. */
export function describeFailure({ specifier, source, cause }: PluginFailure): string {
  return `${specifier} (${source}): ${textOf(cause)}`;
}

function textOf(cause: unknown, depth = 0): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = depth < 3 && cause.cause !== undefined ? ` (${textOf(cause.cause, depth + 1)})` : '';
  return `${cause.name === 'Error' ? '' : `${cause.name}: `}${cause.message}${inner}`;
}
