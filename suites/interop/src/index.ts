export { until } from './harness/checks.js';
export { type RecordedRequest, RecordingProxy } from './harness/recording-proxy.js';
export { Servers } from './harness/servers.js';
export { World } from './harness/world.js';
export { type PythonEnvironment, pythonEnvironment } from './python/python-environment.js';
export { Child } from './server/child.js';
export { PostgresCluster, postgresPrograms } from './server/postgres-cluster.js';
export type { Json } from './server/prefect-client.js';
