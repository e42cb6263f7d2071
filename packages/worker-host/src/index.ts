export type { CreateWorkerHostOptions } from './host/create-worker-host.js';
export { createWorkerHost } from './host/create-worker-host.js';
export type { DrainMode, GivenHostSettings, WorkerHostSettings } from './host/host-options.js';
export type { HostStatus, RunPhase, RunStatus } from './host/host-status.js';
export type { HostOutcome } from './host/worker-host.js';
export { WorkerHost } from './host/worker-host.js';
export type { LoadPluginsOptions } from './plugins/load-plugins.js';
export { loadPlugins } from './plugins/load-plugins.js';
export { PluginRegistry } from './plugins/plugin-registry.js';
