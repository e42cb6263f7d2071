import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS, type World } from '../harness/world.js';
import { freePort } from '../server/free-port.js';
import type { Json } from '../server/prefect-client.js';

const LIGHT = `python3 -S ${FLOWS}light_engine.py 0`;

// Each repairs what it broke: the server's own services trip over such rows time and again, and scenarios share a server.

/** A label that is no text is stored, and makes the server fail on every list with the run in it. */
export const poisonedRuns: Scenario = {
  name: 'runs that the server cannot list stop no other run, due before them or after them; one that runs can be cancelled',
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool();
    const broken: Json[] = [];
    world.whenDone(async () => {
      for (const { id } of broken) await changeRow(world, 'UPDATE flow_run SET labels = ? WHERE id = ?', '{}', id);
    });
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: true });
    const light = await world.deployCommand(LIGHT);
    const long = await world.deployCommand('sleep 600');
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const runs = [];
    for (let index = 0; index < 5; index += 1) runs.push(await world.run(light));
    const [, second, , fourth] = runs;
    for (const run of [second, fourth]) {
      broken.push(run);
      await world.api.patch(`/flow_runs/${run.id}/labels`, { broken: null });
    }
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: false });

    for (const index of [0, 2, 4]) await world.state(runs[index], 'COMPLETED');
    for (const run of [second, fourth]) {
      check(worker.output.includes(run.id), `the log names ${run.id}`);
      checkEqual(world.tasksOf(aws, run).length, 0, 'tasks of a run that is passed over');
    }

    const running = await world.run(long);
    await until('it is launched', () => world.tasksOf(aws, running).length === 1);
    await until('its id is stored', async () => (await world.readRun(running)).infrastructure_pid);
    broken.push(running);
    await world.api.patch(`/flow_runs/${running.id}/labels`, { broken: { a: 1 } });
    await world.cancel(running);
    await until('its task is stopped', () => world.tasksOf(aws, running)[0]?.lastStatus === 'STOPPED', 60);
    await until('it is Cancelled', async () => (await world.states(running)).at(-1) === 'Cancelled', 60);
  },
};

const CHANGE_ROW = `import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=30) as rows:
    changed = rows.execute(sys.argv[2], sys.argv[3:]).rowcount
assert changed == 1, changed`;

/** Changes a row of the server behind its back, as an older version or a migration leaves it. */
async function changeRow(world: World, statement: string, ...values: readonly string[]): Promise<void> {
  const python = join(world.parts.python.bin, 'python');
  await promisify(execFile)(python, ['-c', CHANGE_ROW, world.parts.server.databaseFile, statement, ...values]);
}

/** What the worker's readiness names; a busy server that takes no heartbeat makes it unready for a while. */
function passedOverBy(port: number): Promise<readonly string[]> {
  return until('the worker is ready', async () => {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    return ready.status === 200 ? (((await ready.json()) as Json).passedOver ?? []) : null;
  });
}

/** The server fails on reading these deployments; on the first it also fails on every claim of a run. */
export const poisonedDeployments: Scenario = {
  name: 'deployments that the server cannot read, for a schedule or a label, hold up no run of others; log and readiness name them',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool({ concurrency_limit: 2 });
    const setRows = async (zone: Json, timezone: string, label: Json, labels: string): Promise<void> => {
      const schedule = JSON.stringify({ cron: '0 0 * * *', timezone });
      await changeRow(world, 'UPDATE deployment_schedule SET schedule = ? WHERE deployment_id = ?', schedule, zone.id);
      await changeRow(world, 'UPDATE deployment SET labels = ? WHERE id = ?', labels, label.id);
    };
    let repair = async (): Promise<void> => {};
    world.whenDone(() => repair());
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: true });
    const port = await freePort();
    const worker = world.worker(aws, {
      args: ['--with-healthcheck', '--limit', '2'],
      env: { PREFECT_WORKER_WEBSERVER_HOST: '127.0.0.1', PREFECT_WORKER_WEBSERVER_PORT: String(port) },
    });
    await world.online('w1', worker);
    const zone = await world.deployCommand(LIGHT, { schedules: [{ schedule: { cron: '0 0 * * *' }, active: false }] });
    const label = await world.deployCommand(LIGHT);
    const bad: Json[] = [];
    for (const deployment of [zone, label, zone, label, zone, label]) bad.push(await world.run(deployment));
    const good: Json[] = [];
    for (let index = 0; index < 3; index += 1) good.push(await world.run(await world.deployCommand(LIGHT)));
    repair = () => setRows(zone, 'UTC', label, '{}');
    await setRows(zone, 'Europe/Atlantis', label, '{"broken": null}');
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: false });

    for (const run of good) await world.state(run, 'COMPLETED');
    const passedOver = await passedOverBy(port);
    for (const { id } of [zone, label]) {
      check(worker.output.includes(id), `the log names deployment ${id}`);
      check(
        passedOver.some((line) => line.includes(id)),
        `readiness names deployment ${id}: ${passedOver}`,
      );
    }
    for (const run of bad) {
      await until(`${run.name} is due`, async () => (await world.readRun(run)).state_type === 'SCHEDULED', 20);
      checkEqual(world.tasksOf(aws, run).length, 0, 'tasks of a run that is passed over');
    }
  },
};

/** The server fails on reading a block, whose token it cannot decrypt. */
export const poisonedBlocks: Scenario = {
  name: 'a block that the server cannot read holds no slot; log and readiness name it; repaired, its runs go on',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool();
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: true });
    const port = await freePort();
    const worker = world.worker(aws, {
      args: ['--with-healthcheck', '--limit', '1'],
      env: { PREFECT_WORKER_WEBSERVER_HOST: '127.0.0.1', PREFECT_WORKER_WEBSERVER_PORT: String(port) },
    });
    await world.online('w1', worker);
    const name = `broken-${world.pool}`;
    const block = await makeSecret(world, name);
    const job_variables = { env: { A: `{{ prefect.blocks.secret.${name} }}` } };
    const bad = await world.run(await world.deployCommand(LIGHT, { job_variables }));
    const light = await world.deployCommand(LIGHT);
    const good = [await world.run(light), await world.run(light)];
    await changeRow(world, "UPDATE block_document SET data = replace(data, 'gAAAA', 'xAAAA') WHERE id = ?", block.id);
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: false });

    for (const run of good) await world.state(run, 'COMPLETED');
    const passedOver = await passedOverBy(port);
    check(/secret\/broken-/.test(String(passedOver)), `readiness names the block: ${passedOver}`);
    check(worker.output.includes(`secret/${name}`), 'the log names the block');
    await until('its run is due', async () => (await world.readRun(bad)).state_type === 'SCHEDULED', 20);
    checkEqual(world.tasksOf(aws, bad).length, 0, 'tasks of the run that is passed over');
    const claims = (await world.states(bad)).filter((state) => state === 'Pending').length;
    checkEqual(claims, 1, 'claims of the run that is passed over');

    await changeRow(world, "UPDATE block_document SET data = replace(data, 'xAAAA', 'gAAAA') WHERE id = ?", block.id);
    await world.state(bad, 'COMPLETED', 120);
  },
};

async function makeSecret(world: World, name: string): Promise<Json> {
  const { id: block_type_id } = await world.api.get('/block_types/slug/secret');
  const schemas = await world.api.post('/block_schemas/filter', {
    block_schemas: { block_type_id: { any_: [block_type_id] } },
  });
  const block_schema_id = schemas[0].id;
  return world.api.post('/block_documents/', { name, data: { value: 's' }, block_type_id, block_schema_id });
}
