import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check, checkEqual } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { BINARY } from '../harness/worker-process.js';
import type { World } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const run = promisify(execFile);
const FLOW = 'from prefect import flow\n\n\n@flow(name="etl")\ndef load(full=None, region=None):\n    pass\n';
const RULE = 'DTSTART:20270101T090000\nRRULE:FREQ=MONTHLY;BYDAY=-1FR';

/** The project of somebody who moves from a Prefect server to the embedded pool and back. */
const project = (pool: string): string => `
deployments:
  - name: ${pool}-nightly
    description: Loads everything
    entrypoint: flows/etl.py:load
    parameters: { full: true, region: "{{ prefect.variables.region }}" }
    tags: [x, "{{ $STAGE }}"]
    concurrency_limit: { limit: 2, collision_strategy: CANCEL_NEW }
    work_pool: { name: ${pool}, work_queue_name: urgent, job_variables: { cpu: 512, env: { "on": "12:30" } } }
    schedules:
      - { cron: "30 2 * * *", timezone: Europe/Berlin, slug: night }
      - { interval: PT10M, anchor_date: "2026-01-01T00:00:00Z", parameters: { full: false } }
      - { rrule: ${JSON.stringify(RULE)}, timezone: Asia/Tokyo }
`;

/** What of a deployment has to be the same, however it was made. */
function essence(deployment: Json): Json {
  const { name, description, entrypoint, parameters, tags, work_pool_name, work_queue_name, job_variables } =
    deployment;
  const schedules = deployment.schedules
    .map(({ schedule, parameters: own, slug, active }: Json) => {
      const anchor = schedule.interval === undefined ? {} : { anchor: Date.parse(schedule.anchor_date) };
      const { cron, interval, rrule, timezone } = schedule;
      return { cron, interval, rrule, timezone, parameters: own, slug, active, ...anchor };
    })
    .sort((one: Json, two: Json) => (JSON.stringify(one) < JSON.stringify(two) ? -1 : 1));
  const limit = deployment.global_concurrency_limit?.limit ?? null;
  const strategy = deployment.concurrency_options?.collision_strategy ?? null;
  return {
    ...{ name, description, entrypoint, parameters, tags, work_pool_name, work_queue_name, job_variables },
    ...{ schedules, limit, strategy },
  };
}

/** A prefect.yaml goes into an embedded pool and comes out of it as one that makes the same deployments. */
export const prefectFile: Scenario = {
  name: 'a prefect.yaml is applied to an embedded pool, exported from it, and deploys as the same deployments; a command becomes a flow',
  play: async (world) => {
    const { pool, parts } = world;
    await world.makePool();
    await world.api.post('/variables/', { name: 'region', value: 'eu' }).catch(() => {});
    const before = join(parts.folder, 'before');
    mkdirSync(join(before, 'flows'), { recursive: true });
    writeFileSync(join(before, 'flows/etl.py'), FLOW);
    writeFileSync(join(before, 'prefect.yaml'), project(pool));
    await deploy(world, before);
    const wanted = essence(await deploymentOf(world, 'etl', `${pool}-nightly`));

    const ours = (...words: readonly string[]) => embedded(world, before, words);
    await ours('pool', 'create', pool, '--type', 'ecs');
    await ours('variable', 'set', 'region', 'eu');
    await ours('apply', '-f', 'prefect.yaml');
    const marker = join(parts.folder, 'marker');
    const command = ['deployment', 'create', `${pool}-command`, '--pool', pool, '--param', 'n=1', '--retries', '2'];
    await ours(...command, '--', 'sh', '-c', `echo "$WORKER_HOST_PARAMETERS" > ${marker}`);
    const after = join(parts.folder, 'after');
    await ours('export', '--prefect', after);
    checkEqual(
      (await embedded(world, after, ['diff', '-f', 'prefect.yaml'])).includes(`${pool}-nightly`),
      false,
      'a difference',
    );

    const nightly = await deploymentOf(world, 'etl', `${pool}-nightly`);
    await world.api.delete(`/deployments/${nightly.id}`);
    mkdirSync(join(after, 'flows'));
    writeFileSync(join(after, 'flows/etl.py'), FLOW);
    await deploy(world, after);

    checkEqual(essence(await deploymentOf(world, 'etl', `${pool}-nightly`)), wanted, 'the deployment');
    const moved = await deploymentOf(world, `${pool}-command`, `${pool}-command`);
    checkEqual([moved.parameters, moved.job_variables], [{ n: 1 }, {}], 'the deployment of a command');
    const name = moved.entrypoint.split(':')[1];
    await python(world, after, 'python', '-c', `import worker_host_flows as flows; flows.${name}(n=1)`);
    check(existsSync(marker), 'the flow runs the command of the deployment');
  },
};

async function deploymentOf(world: World, flow: string, name: string): Promise<Json> {
  return await world.api.get(`/deployments/name/${encodeURIComponent(flow)}/${encodeURIComponent(name)}`);
}

function deploy(world: World, directory: string): Promise<string> {
  return python(world, directory, 'prefect', '--no-prompt', 'deploy', '--all');
}

async function python(world: World, cwd: string, program: string, ...words: readonly string[]): Promise<string> {
  const { python: environment, server } = world.parts;
  const { stdout } = await run(join(environment.bin, program), words, {
    cwd,
    env: { PATH: `${environment.bin}:${process.env.PATH}`, HOME: cwd, PREFECT_API_URL: server.apiUrl, STAGE: 'dev' },
  });
  return stdout;
}

/** The embedded pool of the scenario. Its commands know nothing of the server. */
async function embedded(world: World, cwd: string, words: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [BINARY, ...words], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, WORKER_HOST_HOME: join(world.parts.folder, 'home'), STAGE: 'dev' },
  });
  return stdout;
}
