import type { PrefectSettings } from '../settings/prefect-settings.js';
import type { LogShippingOptions } from './log-shipper.js';

const LEVELS: Readonly<Record<string, number>> = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 };
const DEFAULT_INTERVAL_SECONDS = 2;
const DEFAULT_BATCH_BYTES = 4_000_000;
const DEFAULT_MAX_LOG_BYTES = 1_000_000;
const CLOUD_MAX_LOG_BYTES = 25_000;

/** `PREFECT_LOGGING_TO_API_MAX_LOG_SIZE`: bytes, despite its name. */
export function maxLogBytesOf(settings: PrefectSettings): number {
  return settings.number('PREFECT_LOGGING_TO_API_MAX_LOG_SIZE', DEFAULT_MAX_LOG_BYTES);
}

/** `PREFECT_LOGGING_TO_API_BATCH_SIZE`: bytes, despite its name. */
export function batchBytesOf(settings: PrefectSettings): number {
  return settings.number('PREFECT_LOGGING_TO_API_BATCH_SIZE', DEFAULT_BATCH_BYTES);
}

/** Returns the options from Prefect's settings. */
export function logShippingOptions(settings: PrefectSettings, workerId: () => string | null): LogShippingOptions {
  const wanted = maxLogBytesOf(settings);
  const cloudLimit = settings.number('PREFECT_CLOUD_MAX_LOG_SIZE', CLOUD_MAX_LOG_BYTES);
  const maxLogSizeBytes = settings.isCloud ? Math.min(wanted, cloudLimit) : wanted;
  const level = settings.flag('PREFECT_DEBUG_MODE', false)
    ? 'DEBUG'
    : (settings.text('PREFECT_LOGGING_LEVEL') ?? 'INFO');
  return {
    isEnabled: settings.flag('PREFECT_LOGGING_TO_API_ENABLED', true),
    lowestLevel: LEVELS[level] ?? 20,
    batchIntervalMs: settings.number('PREFECT_LOGGING_TO_API_BATCH_INTERVAL', DEFAULT_INTERVAL_SECONDS) * 1000,
    batchSizeBytes: batchBytesOf(settings),
    maxLogSizeBytes,
    workerId: () => (settings.isCloud ? workerId() : null),
  };
}
