import { setTimeout as sleep } from 'node:timers/promises';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const RUNS = 100;

/** Many runs under every kind of limit at once: none lost, none doubled, no limit broken. */
export const hundredRuns: Scenario = {
  name: `${RUNS} runs at once under limits of pool, queue, deployment and worker: all complete, each in one task`,
  limitSeconds: 480,
  isAlone: true,
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool({ concurrency_limit: 9 });
    await world.api.post(`/work_pools/${world.pool}/queues`, { name: 'narrow', concurrency_limit: 3 });
    const worker = world.worker(aws, { args: ['--limit', '8'] });
    await world.online('w1', worker);
    const command = `python3 -S ${FLOWS}light_engine.py 0.2`;
    const open = await world.deployCommand(command);
    const narrow = await world.deployCommand(command, { work_queue_name: 'narrow' });
    const limited = await world.deployCommand(command, { concurrency_limit: 2 });
    const others = [open, open, narrow];
    // The server puts a refused run off by 30 s: of a deployment at its limit only a few are asked for.
    const deploymentOf = (index: number): Json => (index % 16 === 0 ? limited : others[index % others.length]);
    const most = { all: 0, narrow: 0, limited: 0 };
    let isWatching = true;
    const watching = (async () => {
      while (isWatching) {
        const alive: Json[] = await world.api.post('/flow_runs/filter', {
          flow_runs: { state: { type: { any_: ['PENDING', 'RUNNING'] } } },
          work_pools: { name: { any_: [world.pool] } },
        });
        const count = (id: string): number => alive.filter((run) => run.deployment_id === id).length;
        most.all = Math.max(most.all, alive.length);
        most.narrow = Math.max(most.narrow, count(narrow.id));
        most.limited = Math.max(
          most.limited,
          alive.filter((run) => run.deployment_id === limited.id && run.state_type === 'RUNNING').length,
        );
        await sleep(200);
      }
    })();

    const runs: Json[] = [];
    for (let index = 0; index < RUNS; index += 1) runs.push(await world.run(deploymentOf(index)));
    await until(
      'all runs are Completed',
      async () => {
        const counts: Json = await world.api.post('/flow_runs/count', {
          flow_runs: { state: { type: { any_: ['COMPLETED'] } } },
          work_pools: { name: { any_: [world.pool] } },
        });
        return counts === RUNS;
      },
      220,
    );
    isWatching = false;
    await watching;
    check(!worker.output.includes('MaxListenersExceededWarning'), 'Node counts no listeners too many');

    for (const run of runs) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
    check(most.all <= 8, `at most 8 runs alive by the worker’s limit, but ${most.all}`);
    check(most.narrow <= 3, `at most 3 runs alive by the queue’s limit, but ${most.narrow}`);
    check(most.limited <= 2, `at most 2 runs running by the deployment’s limit, but ${most.limited}`);
  },
};

export const twoWorkers: Scenario = {
  name: 'two workers share a pool: every run is launched by one of them, once',
  play: async (world) => {
    const aws = await world.aws();
    const [one, two] = [world.worker(aws, { name: 'w1' }), world.worker(aws, { name: 'w2' })];
    await world.online('w1', one);
    await world.online('w2', two);
    const deployment = await world.deployCommand(`python3 -S ${FLOWS}light_engine.py 0.1`);

    const runs = await Promise.all(Array.from({ length: 20 }, () => world.run(deployment)));
    for (const run of runs) await world.state(run, 'COMPLETED', 90);

    for (const run of runs) checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
  },
};

export const measuredBacklog: Scenario = {
  name: 'a worker at its limit logs how many runs are due, and for how long',
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws, { args: ['--limit', '1', '--load-log-seconds', '1'] });
    await world.online('w1', worker);
    const deployment = await world.deployCommand(`python3 -S ${FLOWS}light_engine.py 20`);

    for (let index = 0; index < 3; index += 1) await world.run(deployment);

    await until(
      'two runs are due for some seconds',
      async () =>
        [...worker.output.matchAll(/event"?[=:]"?load.*dueRuns"?[=:](\d+).*oldestDueSeconds"?[=:](\d+)/g)].some(
          ([, due, seconds]) => Number(due) === 2 && Number(seconds) >= 2,
        ),
      60,
    );
  },
};
