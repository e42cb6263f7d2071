import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import type { Json } from '../server/prefect-client.js';

const EACH = 12;
const LIMIT = 8;
const BULK = '/flow_runs/bulk_set_state';

/**
 * Claims and crashes of several runs in one request. While the server handles it, it writes what it adds to the state of one run
 * into those of the next ones: the places of a deployment's limit must stay with their runs.
 */
export const together: Scenario = {
  name: `${3 * EACH} runs of three deployments that are claimed together and die together: each has its own attempt, and each place of a limit its own run`,
  isForOldest: true,
  play: async (world) => {
    const ends: (() => void)[] = [];
    const simulate = (): Promise<number> => new Promise((resolve) => ends.push(() => resolve(3)));
    const aws = await world.aws({ simulate });
    const proxy = await world.proxy();
    const worker = world.worker(aws, { env: { PREFECT_API_URL: proxy.apiUrl } });
    await world.online('w1', worker);
    const plain = [await world.deployCommand('true'), await world.deployCommand('true')];
    const limited = await world.deployCommand('true', { concurrency_limit: LIMIT });
    const isPaused = (is_paused: boolean) => world.api.patch(`/work_pools/${world.pool}`, { is_paused });
    await isPaused(true);
    const runs: Json[] = [];
    const held: Json[] = [];
    for (let index = 0; index < EACH; index += 1) {
      for (const deployment of plain) runs.push(await world.run(deployment));
      held.push(await world.run(limited));
    }
    await isPaused(false);
    await until('as many run as the limit allows', () => ends.length === runs.length + LIMIT, 90);
    const bulk = proxy.requests.filter(({ path }) => path === BULK);
    check(bulk.length > 0, 'runs were claimed together');

    const read = (all: readonly Json[]): Promise<Json[]> => Promise.all(all.map((run) => world.readRun(run)));
    const leaseOf = ({ state }: Json): string | null => state.state_details.deployment_concurrency_lease_id;
    const launched = (await read(held)).filter(({ state_type }) => state_type === 'PENDING');
    checkEqual(launched.length, LIMIT, 'runs of the deployment with a limit');
    const leases = launched.map(leaseOf);
    check(!leases.includes(null), 'each of them has a lease');
    checkEqual(new Set(leases).size, LIMIT, 'different leases');
    for (const run of await read(runs)) {
      checkEqual(leaseOf(run), null, `lease of ${run.name}, of a deployment without a limit`);
      checkEqual(run.state.state_details.flow_run_id, run.id, `run in the details of the state of ${run.name}`);
    }
    const ids = (await read([...runs, ...launched])).map(({ state }) => state.id);
    checkEqual(new Set(ids).size, ids.length, 'different states');

    for (const end of ends.splice(0)) end();
    for (const run of [...runs, ...launched]) await world.state(run, 'CRASHED', 90);
    for (const run of await read(runs)) checkEqual(leaseOf(run), null, `lease of ${run.name} after its crash`);
    check(
      proxy.requests.some(({ path, body }) => path === BULK && /"type": ?"CRASHED"/.test(body)),
      'runs crashed together',
    );
    await until('the places are free for the others', () => ends.length === EACH - LIMIT, 90);
    for (const run of [...runs, ...held]) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
    for (const end of ends.splice(0)) end();
    for (const run of held) await world.state(run, 'CRASHED', 90);
  },
};
