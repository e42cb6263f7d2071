import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { checkEqual, until } from '../harness/checks.js';
import { driftOf, interfacesIn, OpenApi } from '../harness/openapi.js';
import type { Scenario } from '../harness/scenario.js';
import type { World } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const API_TYPES = new URL(
  '../../../../../packages/worker-host/src/orchestrators/prefect/api/api-types.ts',
  import.meta.url,
);
/** Each interface of ours, and what it stands for in the server's description. */
const SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  ApiWorkPool: ['WorkPoolResponse'],
  ApiState: ['State'],
  ApiFlowRun: ['FlowRunResponse', 'FlowRun'],
  ApiScheduledRun: ['WorkerFlowRunResponse'],
  ApiDeployment: ['DeploymentResponse'],
  ApiFlow: ['Flow'],
  ApiWorker: ['WorkerResponse'],
  ApiStateCreate: ['StateCreate'],
  ApiOrchestrationResult: ['OrchestrationResult'],
  ApiBlockDocument: ['BlockDocument'],
  ApiVariable: ['Variable'],
  ApiVariableCreate: ['VariableCreate'],
  ApiLogCreate: ['LogCreate'],
  ApiFlowRunFilter: ['Body_read_flow_runs_flow_runs_filter_post'],
  ApiFlowRunPage: ['Body_read_flow_runs_flow_runs_filter_post'],
};

const SENT = new Set(['ApiLogCreate', 'ApiStateCreate', 'ApiVariableCreate', 'ApiFlowRunFilter', 'ApiFlowRunPage']);

/** Endpoints that a day of a worker must have touched, so that the check of requests is one. */
const TOUCHED = [
  /^POST \/work_pools\/$/,
  /^PATCH \/work_pools\/[^/]+$/,
  /^POST .*\/workers\/heartbeat$/,
  /^POST .*\/get_scheduled_flow_runs$/,
  /^POST \/flow_runs\/[^/]+\/set_state$/,
  /^POST \/flow_runs\/bulk_set_state$/,
  /^PATCH \/flow_runs\/[^/]+$/,
  /^PATCH \/flow_runs\/[^/]+\/labels$/,
  /^POST \/flow_runs\/filter$/,
  /^POST \/logs\/$/,
  /^POST \/events$/,
  /^GET \/variables\/name\//,
  /^PATCH \/variables\/name\//,
  /^POST \/variables\/$/,
  /^POST \/variables\/filter$/,
  /^GET \/deployments\//,
];

/** A day without sockets, so that all of it goes by REST: each request and each type is as the server describes. */
export const apiDrift: Scenario = {
  name: 'what ours sends and reads is what the server’s OpenAPI document says; it works with every socket refused',
  isForOldest: true,
  play: async (world) => {
    const described = await world.api.get('/openapi.json').catch(() => null);
    const document = described ?? (await (await fetch(new URL('/openapi.json', world.parts.server.apiUrl))).json());
    const openApi = new OpenApi(document);
    const ours = interfacesIn(readFileSync(API_TYPES, 'utf8'));
    checkEqual([...ours.keys()].sort(), Object.keys(SCHEMAS).sort(), 'interfaces that are compared');
    const drift = Object.entries(SCHEMAS).flatMap(([name, schemas]) =>
      schemas.flatMap((schema) => driftOf(openApi, schema, ours.get(name) ?? [], SENT.has(name))),
    );
    checkEqual(drift, [], 'types of ours that are not as the server describes them');

    const aws = await world.aws();
    const proxy = await world.proxy();
    proxy.refuseSockets = true;
    const worker = world.worker(aws, { env: { PREFECT_API_URL: proxy.apiUrl } });
    await world.online('w1', worker);
    checkEqual(
      withoutDescriptions((await world.api.get(`/work_pools/${world.pool}`)).base_job_template),
      withManagedInstances(withoutDescriptions(await referenceTemplate(world))),
      'the form of the pool that our start made, but for the words and one launch type',
    );
    const crash = await world.run(
      await world.deployCommand('sh -c "exit 4"', { job_variables: { family: 'f-{{ prefect.variables.none_such }}' } }),
    );
    const cancelled = await world.run(await world.deployCommand('sleep 600'));
    await world.state(crash, 'CRASHED');
    await until('its id is stored', async () => (await world.readRun(cancelled)).infrastructure_pid);
    await world.cancel(cancelled);
    await world.state(cancelled, 'CANCELLED', 45);
    const pause = (is_paused: boolean) => world.api.patch(`/work_pools/${world.pool}`, { is_paused });
    await pause(true);
    const several = await world.deployCommand('sh -c "exit 4"');
    const runs = [await world.run(several), await world.run(several), await world.run(several)];
    // The worker knows the server's time to about a second: only what is due by then is claimed together.
    await sleep(2000);
    await pause(false);
    for (const run of runs) await world.state(run, 'CRASHED');
    await until('the log arrives', async () => (await world.logs(crash)).length > 0);
    worker.child.signal('SIGTERM');
    checkEqual((await worker.child.exited).code, 0, 'exit code');

    const problems = proxy.requests.flatMap((request) => openApi.problemsOf(request));
    checkEqual([...new Set(problems)], [], 'requests that are not as the server describes them');
    const lines = proxy.requests.map(({ method, path }) => `${method} ${path}`);
    const untouched = TOUCHED.filter((endpoint) => !lines.some((line) => endpoint.test(line)));
    checkEqual(untouched.map(String), [], 'endpoints that were not touched');
  },
};

/** What `prefect work-pool create --type ecs` gives a pool where the reference is installed. */
async function referenceTemplate(world: World): Promise<Json> {
  const prefect = join(world.parts.python.bin, 'prefect');
  const { stdout } = await promisify(execFile)(
    prefect,
    ['work-pool', 'get-default-base-job-template', '--type', 'ecs'],
    {
      env: { PATH: process.env.PATH, HOME: world.parts.folder, PREFECT_API_URL: world.parts.server.apiUrl },
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  return JSON.parse(stdout);
}

/** The reference does not know this launch type; its form is ours otherwise. */
function withManagedInstances(template: Json): Json {
  template.variables.properties.launch_type.enum.push('MANAGED_INSTANCES');
  return template;
}

/** The same with its keys in order and no `description` texts. */
function withoutDescriptions(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.keys(value).filter((key) => key !== 'description' || typeof value[key] !== 'string');
  return Object.fromEntries(kept.sort().map((key) => [key, withoutDescriptions(value[key])]));
}
