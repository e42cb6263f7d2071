import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationFileError } from './configuration-errors.js';
import { readTextFile } from './file-text.js';
import { TomlLines } from './toml-lines.js';

/** A configuration file that exists. */
export interface ConfigurationFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly lines: TomlLines;
}

const CONFIGURATION_FILE_NAME = 'worker-host.toml';

/**
 * Reads the configuration file: the given one, otherwise `worker-host.toml` in the working directory, otherwise in
 * `home`. Null if there is none. A given file that is missing, and an invalid file, are errors.
 */
export async function readConfigurationFile(request: {
  readonly named: string | undefined;
  readonly workingDirectory: string;
  readonly home: string;
}): Promise<ConfigurationFile | null> {
  const path =
    request.named !== undefined
      ? resolve(request.workingDirectory, request.named)
      : [request.workingDirectory, request.home]
          .map((directory) => join(directory, CONFIGURATION_FILE_NAME))
          .find((candidate) => existsSync(candidate));
  if (path === undefined) return null;
  const text = textOf(path, request.named !== undefined);
  const { parse } = await import('smol-toml');
  try {
    return { path, values: parse(text), lines: new TomlLines(text) };
  } catch (error) {
    const { line, column } = error as { line?: number; column?: number };
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new ConfigurationFileError(path, `line ${line ?? '?'}, column ${column ?? '?'}: ${reason}`, { cause: error });
  }
}

function textOf(path: string, isNamed: boolean): string {
  let cause: unknown;
  try {
    const text = readTextFile(path, { isNamed });
    if (text !== null) return text;
  } catch (error) {
    cause = error;
  }
  throw new ConfigurationFileError(path, 'it cannot be read. Check the path and its permissions.', { cause });
}
