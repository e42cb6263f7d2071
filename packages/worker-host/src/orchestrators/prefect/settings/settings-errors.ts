import { WorkerError } from '@worker-host/core';

/** A settings file of the working directory cannot be read as what it should be. */
export class PrefectSettingsFileError extends WorkerError {
  readonly code = 'PREFECT_SETTINGS_FILE_INVALID';

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`A Prefect settings file cannot be read [file=${file}]: ${reason}. Correct the file or remove it.`, {
      ...options,
      details: { file, reason },
    });
  }
}

/** One or more Prefect settings hold values they cannot hold. */
export class PrefectSettingsInvalidError extends WorkerError {
  readonly code = 'PREFECT_SETTINGS_INVALID';

  /** @param problems one line a setting, with its source; without the value, which may be secret */
  constructor(problems: readonly string[]) {
    super(`Prefect settings are not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, {
      details: { problems: [...problems] },
    });
  }
}
