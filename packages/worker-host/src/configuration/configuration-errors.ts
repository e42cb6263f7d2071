import { WorkerError } from '@worker-host/core';

/** A problem of one setting. */
export interface SettingProblem {
  /** As the user wrote it: a flag, an environment variable, or a key with its file. */
  readonly where: string;
  readonly expected: string;
  /** The value found, as text. */
  readonly found: string;
}

/** Invalid settings, all in one error. */
export class SettingsInvalidError extends WorkerError {
  readonly code = 'SETTINGS_INVALID';

  constructor(readonly problems: readonly SettingProblem[]) {
    const lines = problems.map(({ where, expected, found }) => `  ${where}: expected ${expected}, found ${found}`);
    super(`These settings are invalid:\n${lines.join('\n')}\nCorrect them; docs/cli.md lists every setting.`, {
      details: { problems: problems.map((problem) => ({ ...problem })) },
    });
  }
}

/** The configuration file cannot be read. */
export class ConfigurationFileError extends WorkerError {
  readonly code = 'CONFIGURATION_FILE_UNREADABLE';

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`The configuration file cannot be used [file=${path}]: ${reason}`, { ...options, details: { path, reason } });
  }
}
