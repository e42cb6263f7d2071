/** Modules of the packages that are not exported, for fuzzing internal code. Types come from their declarations. */
const host = new URL('./', import.meta.resolve('worker-host'));
const ecs = new URL('./', import.meta.resolve('@worker-host/ecs'));
const core = new URL('./', import.meta.resolve('@worker-host/core'));

async function load(base: URL, path: string): Promise<unknown> {
  return await import(new URL(path, base).href);
}

export const frames = (await load(
  host,
  'orchestrators/prefect/channel/channel-frames.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/channel/channel-frames.js');
export const eventWatcher = (await load(
  host,
  'orchestrators/prefect/events/run-event-watcher.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/events/run-event-watcher.js');
export const prefectApi = (await load(
  host,
  'orchestrators/prefect/api/prefect-api.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/api/prefect-api.js');
export const nouns = (await load(
  host,
  'orchestrators/prefect/api/nouns-from-api.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/api/nouns-from-api.js');
export const restClient = (await load(
  host,
  'orchestrators/prefect/rest/rest-client.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/rest/rest-client.js');
export const redirects = (await load(
  host,
  'orchestrators/prefect/rest/redirects.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/rest/redirects.js');
export const connection = (await load(
  host,
  'orchestrators/prefect/connection.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/connection.js');
export const runLabels = (await load(
  host,
  'orchestrators/prefect/orchestration/leases/run-labels.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/orchestration/leases/run-labels.js');
export const attempts = (await load(
  host,
  'orchestrators/prefect/orchestration/leases/attempt-of-states.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/orchestration/leases/attempt-of-states.js');
export const prefectSettings = (await load(
  host,
  'orchestrators/prefect/settings/resolve-prefect-settings.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/prefect/settings/resolve-prefect-settings.js');
export const hostSettings = (await load(
  host,
  'configuration/resolve-host-settings.js',
)) as typeof import('../../../packages/worker-host/dist/src/configuration/resolve-host-settings.js');
export const commandLine = (await load(
  host,
  'cli/command-line.js',
)) as typeof import('../../../packages/worker-host/dist/src/cli/command-line.js');
export const schedules = (await load(
  host,
  'orchestrators/embedded/schedules/schedules.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/embedded/schedules/schedules.js');
export const embeddedPool = (await load(
  host,
  'orchestrators/embedded/embedded-pool.js',
)) as typeof import('../../../packages/worker-host/dist/src/orchestrators/embedded/embedded-pool.js');
export const queueMessages = (await load(
  ecs,
  'observation/events/ecs-event-message.js',
)) as typeof import('../../../packages/worker-ecs/dist/src/observation/events/ecs-event-message.js');
export const accessErrors = (await load(
  ecs,
  'aws/errors/access-errors.js',
)) as typeof import('../../../packages/worker-ecs/dist/src/aws/errors/access-errors.js');
export const applyValues = (await load(
  core,
  'templating/apply-values.js',
)) as typeof import('../../../packages/worker-core/dist/src/templating/apply-values.js');
