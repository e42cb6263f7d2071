import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import { FLOWS } from '../harness/world.js';
import type { Json } from '../server/prefect-client.js';

const SOON_SECONDS = 30;

export const cancelWhileRunning: Scenario = {
  name: 'a cancelled run is Cancelled soon and its task stopped: a flow, a command that watches nothing, a deleted deployment, a paused pool',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const flow = await world.run(await world.deploy('slow'));
    const command = await world.run(await world.deployCommand('sleep 600'));
    const orphanDeployment = await world.deployCommand('sleep 601');
    const orphan = await world.run(orphanDeployment);
    await world.state(flow, 'RUNNING');
    for (const run of [command, orphan]) {
      await until(`${run.name} runs`, () => world.tasksOf(aws, run)[0]?.lastStatus === 'RUNNING');
      await until(`${run.name} has its id`, async () => (await world.readRun(run)).infrastructure_pid);
    }
    await world.api.delete(`/deployments/${orphanDeployment.id}`);
    await world.api.patch(`/work_pools/${world.pool}`, { is_paused: true });

    for (const run of [flow, command, orphan]) await world.cancel(run);
    for (const run of [flow, command, orphan]) {
      await world.state(run, 'CANCELLED', SOON_SECONDS);
      await until(`the task of ${run.name} has stopped`, () => world.tasksOf(aws, run)[0]?.lastStatus === 'STOPPED');
      checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
    }
  },
};

export const crashBeforeCancelled: Scenario = {
  name: 'the crash that an engine reports when its job is stopped becomes Cancelled where the run was cancelled, and stays where it was over',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws({ defaultStopTimeoutSeconds: 60 });
    const worker = world.worker(aws, { args: ['--reconcile-seconds', '2'] });
    await world.online('w1', worker);
    const deployment = await world.deployCommand(`python3 -S ${FLOWS}light_engine.py 600 --crashes`);
    const [cancelled, forced, failed] = [
      await world.run(deployment),
      await world.run(deployment),
      await world.run(deployment),
    ];
    for (const run of [cancelled, forced, failed]) await world.state(run, 'RUNNING');

    await world.cancel(cancelled);
    await world.force(forced, 'CANCELLED');
    await world.force(failed, 'FAILED');

    const endOf = async (run: Json): Promise<string[]> => (await world.states(run)).slice(-3);
    for (const [run, end] of [
      [cancelled, ['Cancelling', 'Crashed', 'Cancelled']],
      [forced, ['Cancelled', 'Crashed', 'Cancelled']],
      [failed, ['Running', 'Failed', 'Crashed']],
    ] as const) {
      await until(`the task of ${run.name} has stopped`, () => world.tasksOf(aws, run)[0]?.lastStatus === 'STOPPED');
      await until(`${run.name} ends ${end.at(-1)}`, async () => (await endOf(run)).at(-1) === end.at(-1), SOON_SECONDS);
      checkEqual(await endOf(run), end, `the last states of ${run.name}`);
    }
  },
};

export const cancelBeforeLaunch: Scenario = {
  name: 'a run cancelled before its launch, while it is launched, or while its id cannot be stored, is Cancelled and leaves no task running',
  play: async (world) => {
    const aws = await world.aws();
    await world.makePool();
    const early = await world.run(await world.deployCommand('sleep 600'));
    await world.cancel(early);
    await world.state(early, 'CANCELLED');
    aws.faults.add({ type: 'lost-answer', operation: 'RunTask', when: 'after', how: 'delay', delayMs: 6000, times: 1 });
    const proxy = await world.proxy();
    const worker = world.worker(aws, { env: { PREFECT_API_URL: proxy.apiUrl } });
    await world.online('w1', worker);

    const between = await world.run(await world.deployCommand('sleep 600'));
    await until('RunTask is under way', () => aws.ecs.tasks().length === 1);
    check((await world.readRun(between)).infrastructure_pid === null, 'its id is not known yet');
    await world.cancel(between);
    await world.state(between, 'CANCELLED', SOON_SECONDS);
    await until(
      'its task has stopped',
      () => aws.ecs.tasks().every((task) => task.lastStatus === 'STOPPED'),
      SOON_SECONDS,
    );

    checkEqual(world.tasksOf(aws, early).length, 0, 'tasks of the run cancelled before its claim');

    proxy.fault = ({ body }) => (body.includes('infrastructure_pid') ? { status: 503 } : null);
    const nameless = await world.run(await world.deployCommand('sleep 600'));
    await until('its task runs', () => world.tasksOf(aws, nameless)[0]?.lastStatus === 'RUNNING');
    await world.cancel(nameless);
    await world.state(nameless, 'CANCELLED', SOON_SECONDS);
    checkEqual(world.tasksOf(aws, nameless)[0]?.lastStatus, 'STOPPED', 'task of the run whose id could not be stored');
  },
};
