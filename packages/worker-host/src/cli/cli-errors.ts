import { WorkerError } from '@worker-host/core';

/** The command line is invalid. */
export class UsageError extends WorkerError {
  readonly code = 'USAGE';

  /** @param helpCommand command whose help is suggested. Null: that of the called command. */
  constructor(
    readonly problem: string,
    readonly helpCommand: string | null = null,
  ) {
    super(`${problem} See \`${helpCommand ?? 'worker-host --help'}\`.`, { details: { problem } });
  }
}

/** Standard output cannot be written: the disk is full, or the device failed. */
export class OutputUnwritableError extends WorkerError {
  readonly code = 'OUTPUT_UNWRITABLE';

  constructor(cause: Error) {
    super(`Writing to standard output failed: ${cause.message}`, { cause });
  }
}

/** The command works only on the embedded pool, and another control plane is configured. */
export class EmbeddedPoolOnlyError extends WorkerError {
  readonly code = 'EMBEDDED_POOL_ONLY';

  constructor(command: string, source: string, instead: string) {
    super(
      `\`worker-host ${command}\` works on the embedded pool, but a Prefect server is configured [by=${source}]. ` +
        `${instead}, or add \`--orchestrator embedded\` to use the embedded pool anyway.`,
      { details: { command, source } },
    );
  }
}

/** The control plane has no object of this kind and name. */
export class ControlPlaneObjectNotFoundError extends WorkerError {
  readonly code = 'CONTROL_PLANE_OBJECT_NOT_FOUND';

  constructor(noun: string, name: string) {
    super(`The control plane has no ${noun} '${name}'. Check the name, and the server with: worker-host config show`, {
      details: { noun, name },
    });
  }
}

/** `worker-host deploy` created no stack of that name. */
export class StackNotDeployedError extends WorkerError {
  readonly code = 'DEPLOYED_STACK_NOT_FOUND';

  constructor(name: string) {
    super(`No stack named '${name}' is deployed. List them with: worker-host deploy list`, { details: { name } });
  }
}

/** A command needs something of the plugin that it does not have. */
export class ToolNotSupportedError extends WorkerError {
  readonly code = 'TOOL_NOT_SUPPORTED';

  constructor(command: string, type: string) {
    super(
      `The plugin of type '${type}' does not support \`worker-host ${command}\`. ` +
        'A plugin supports it through its tools: docs/writing-a-plugin.md.',
      { details: { command, type } },
    );
  }
}

/** A file on the command line is invalid. */
export class InputFileInvalidError extends WorkerError {
  readonly code = 'INPUT_FILE_INVALID';

  constructor(what: string, path: string, problems: readonly string[], options?: ErrorOptions) {
    const lines = problems.map((problem) => `  ${problem}`).join('\n');
    super(`The ${what} cannot be used [file=${path}]:\n${lines}`, {
      ...options,
      details: { path, problems: [...problems] },
    });
  }
}

/** A check found the database, or a copy of it, to be damaged. */
export class DatabaseUnsoundError extends WorkerError {
  readonly code = 'DATABASE_UNSOUND';

  constructor(path: string, problems: readonly string[]) {
    const lines = problems.map((problem) => `  ${problem}`).join('\n');
    super(
      `The database failed its integrity check [file=${path}]:\n${lines}\nStop every worker and restore a backup: worker-host restore DIRECTORY.`,
      {
        details: { path, problems: [...problems] },
      },
    );
  }
}

/** Ctrl-C interrupted the command. */
export class InterruptedError extends WorkerError {
  readonly code = 'INTERRUPTED';

  constructor(what: string) {
    super(what);
  }
}

/** SIGTERM interrupted the command. */
export class TerminatedError extends WorkerError {
  readonly code = 'TERMINATED';

  constructor(what: string) {
    super(what);
  }
}
