export { joinShellWords, quoteShellWord } from './cli/shell-words.js';
export type { HealthServerOptions } from './health/health-server.js';
export { openHealthServer } from './health/health-server.js';
export type { Listening as HealthServer } from './health/listening.js';
export type { CreateWorkerHostOptions } from './host/composition.js';
export { createWorkerHost } from './host/composition.js';
export type { BackOff, RetryPolicy } from './host/retry.js';
export { DEFAULT_RETRY_POLICY } from './host/retry.js';
export type { RunPhase } from './host/run/run-state.js';
export type { RunStatus } from './host/run/run-tokens.js';
export type { DrainMode, GivenHostSettings, WorkerHostSettings } from './host/settings.js';
export type { RunSlots, Slot } from './host/slots.js';
export type { HostStatus } from './host/status.js';
export { HOST_TOKENS } from './host/tokens.js';
export type { HostOutcome } from './host/worker-host.js';
export { WorkerHost } from './host/worker-host.js';
export type { CreateLoggerOptions } from './logging/create-logger.js';
export { createLogger } from './logging/create-logger.js';
export type { PrometheusMeter } from './metrics/prometheus-meter.js';
export { createPrometheusMeter } from './metrics/prometheus-meter.js';
export { openAdministration } from './orchestrators/embedded/administration.js';
export type {
  Administration,
  DeploymentView,
  RunView,
  StoredLog,
  WorkQueue,
} from './orchestrators/embedded/administration-types.js';
export type { Schedule, ScheduleView } from './orchestrators/embedded/schedule-types.js';
export { loadExtensions } from './plugins/load-extensions.js';
export type { LoadPluginsOptions } from './plugins/load-plugins.js';
export { loadPlugins } from './plugins/load-plugins.js';
export { PluginRegistry } from './plugins/plugin-registry.js';
