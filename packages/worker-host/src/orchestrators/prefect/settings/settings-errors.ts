import { WorkerError } from '@worker-host/core';
import type { MissingProfile } from './profile.js';

/** A settings file of Prefect cannot be read, or has an invalid format. */
export class PrefectSettingsFileError extends WorkerError {
  readonly code = 'PREFECT_SETTINGS_FILE_INVALID';

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`Reading the Prefect settings in ${file} failed: ${reason}. Correct the file or remove it.`, {
      ...options,
      details: { file, reason },
    });
  }
}

/** One or more Prefect settings have invalid values. */
export class PrefectSettingsInvalidError extends WorkerError {
  readonly code = 'PREFECT_SETTINGS_INVALID';

  /** @param problems one line per setting, with its source; without the value, which may be secret */
  constructor(problems: readonly string[]) {
    super(`These Prefect settings are invalid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, {
      details: { problems: [...problems] },
    });
  }
}

/** The active profile does not exist, and no other source sets a server. */
export class PrefectProfileMissingError extends WorkerError {
  readonly code = 'PREFECT_PROFILE_MISSING';

  constructor({ name, where, known }: MissingProfile) {
    super(
      `Prefect profile "${name}" does not exist (${where}). Profiles: ${known.join(', ') || 'none'}. ` +
        'Choose one of them, set PREFECT_API_URL, or pass --orchestrator embedded to use the embedded pool.',
      { details: { name, where, known: [...known] } },
    );
  }
}
