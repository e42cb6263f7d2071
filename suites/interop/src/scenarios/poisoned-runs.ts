import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';

const LIGHT = `python3 -S ${FLOWS}light_engine.py 0`;

/** A label that is no text is stored, and makes the server fail on every list with the run in it. */
export const poisonedRuns: Scenario = {
  name: 'runs that the server cannot list stop no other run, due before them or after them; one that runs can be cancelled',
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool();
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: true });
    const light = await world.deployCommand(LIGHT);
    const long = await world.deployCommand('sleep 600');
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const runs = [];
    for (let index = 0; index < 5; index += 1) runs.push(await world.run(light));
    const [, second, , fourth] = runs;
    for (const run of [second, fourth]) await world.api.patch(`/flow_runs/${run.id}/labels`, { broken: null });
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: false });

    for (const index of [0, 2, 4]) await world.state(runs[index], 'COMPLETED');
    for (const run of [second, fourth]) {
      check(worker.output.includes(run.id), `the log names ${run.id}`);
      checkEqual(world.tasksOf(aws, run).length, 0, 'tasks of a run that is passed over');
    }

    const running = await world.run(long);
    await until('it is launched', () => world.tasksOf(aws, running).length === 1);
    await until('its id is stored', async () => (await world.readRun(running)).infrastructure_pid);
    await world.api.patch(`/flow_runs/${running.id}/labels`, { broken: { a: 1 } });
    await world.cancel(running);
    await until('its task is stopped', () => world.tasksOf(aws, running)[0]?.lastStatus === 'STOPPED', 60);
    await until('it is Cancelled', async () => (await world.states(running)).at(-1) === 'Cancelled', 60);
  },
};
