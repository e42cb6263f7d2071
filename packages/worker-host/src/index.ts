export { joinShellWords, quoteShellWord } from './cli/shell-words.js';
export type { HealthServer, HealthServerOptions } from './health/health-server.js';
export { openHealthServer } from './health/health-server.js';
export type { PrometheusMeter } from './health/prometheus-meter.js';
export { createPrometheusMeter } from './health/prometheus-meter.js';
export type { CreateWorkerHostOptions } from './host/create-options.js';
export { createWorkerHost } from './host/create-worker-host.js';
export type { DrainMode, GivenHostSettings, WorkerHostSettings } from './host/host-options.js';
export type { HostStatus } from './host/host-status.js';
export type { RunPhase, RunStatus } from './host/run-status.js';
export type { HostOutcome } from './host/worker-host.js';
export { WorkerHost } from './host/worker-host.js';
export type { CreateLoggerOptions } from './logging/create-logger.js';
export { createLogger } from './logging/create-logger.js';
export { openAdministration } from './orchestrators/embedded/administration.js';
export type {
  Administration,
  DeploymentView,
  RunView,
  Schedule,
  StoredLog,
  WorkQueue,
} from './orchestrators/embedded/administration-types.js';
export type { LoadPluginsOptions } from './plugins/load-plugins.js';
export { loadPlugins } from './plugins/load-plugins.js';
export { PluginRegistry } from './plugins/plugin-registry.js';
