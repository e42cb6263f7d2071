import type { PrefectSettings } from './prefect-settings.js';

const CLOUD_MAX_LOG_SIZE = 25_000;
const LARGEST_LOG = 'PREFECT_LOGGING_TO_API_MAX_LOG_SIZE';
const HIDDEN_IN_DEBUG_MODE = new Set(['PREFECT_LOGGING_LEVEL', 'PREFECT_INTERNAL_LOGGING_LEVEL']);

/**
 * Returns the settings that a job inherits: every known one that any source has set, under its canonical name,
 * formatted as by Prefect in Python. Secrets are in plain text, because the job needs them.
 */
export function forwardedSettings(settings: PrefectSettings): Readonly<Record<string, string>> {
  const isDebug = settings.flag('PREFECT_DEBUG_MODE', false);
  const environment: Record<string, string> = {};
  for (const [name, setting] of settings.settings) {
    if (isDebug && HIDDEN_IN_DEBUG_MODE.has(name)) continue;
    environment[name] = setting.text;
  }
  if (settings.isCloud) {
    const wanted = settings.number(LARGEST_LOG, Number.POSITIVE_INFINITY);
    environment[LARGEST_LOG] = String(
      Math.min(wanted, settings.number('PREFECT_CLOUD_MAX_LOG_SIZE', CLOUD_MAX_LOG_SIZE)),
    );
  }
  return environment;
}
