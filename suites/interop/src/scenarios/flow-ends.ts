import { join } from 'node:path';
import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';

/** Flows that end otherwise than well at once: the engine reports, the worker keeps out of it. */
export const flowEnds: Scenario = {
  name: 'a flow that fails is Failed, one that retries is Completed, one that pauses goes on in its task',
  limitSeconds: 150,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);

    const failing = await world.run(await world.deploy('failing'));
    const retried = await world.run(await world.deploy('retried'), {
      parameters: { marker: join(world.parts.folder, 'marker') },
    });
    const paused = await world.run(await world.deploy('paused'));
    const failed = await world.state(failing, 'FAILED');
    check(String(failed.state.message).includes('this flow fails on purpose'), 'the flow’s own message');
    await world.state(retried, 'COMPLETED');
    check(
      (await world.states(retried)).includes('AwaitingRetry') || (await world.readRun(retried)).run_count > 1,
      'a retry',
    );
    await world.state(paused, 'PAUSED');
    await world.api.post(`/flow_runs/${paused.id}/resume`, {});
    await world.state(paused, 'COMPLETED');

    for (const run of [failing, retried, paused]) {
      checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
      check(!(await world.states(run)).includes('Crashed'), 'no wrong Crashed');
    }
    await until('all tasks have stopped', () => aws.ecs.tasks().every((task) => task.lastStatus === 'STOPPED'));
    checkEqual((await world.readRun(failing)).state_type, 'FAILED', 'the failed run stays Failed');
  },
};

/** Each resumption of a suspended flow and each reschedule is an attempt of its own, with a task of its own. */
export const suspendedAndRescheduled: Scenario = {
  name: 'a suspended flow goes on in a second task; a run that is scheduled again gets another',
  limitSeconds: 150,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);

    const run = await world.run(await world.deploy('suspended'));
    await world.state(run, 'PAUSED');
    await until('the first task has stopped', () => world.tasksOf(aws, run)[0]?.lastStatus === 'STOPPED');
    checkEqual((await world.readRun(run)).state_name, 'Suspended', 'a suspended run is left alone');
    await world.api.post(`/flow_runs/${run.id}/resume`, {});
    await world.state(run, 'COMPLETED');
    checkEqual(world.tasksOf(aws, run).length, 2, 'tasks of the suspended run');

    await world.api.post(`/flow_runs/${run.id}/set_state`, {
      state: { type: 'SCHEDULED', name: 'AwaitingRetry' },
      force: true,
    });
    await until('a third task was launched', () => world.tasksOf(aws, run).length === 3);
    await world.state(run, 'COMPLETED');
  },
};

export const subflows: Scenario = {
  name: 'a flow runs another deployment and waits for it',
  limitSeconds: 150,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const child = await world.deploy('happy');

    const run = await world.run(await world.deploy('parent', { parameters: { child: `happy/${child.name}` } }));
    await world.state(run, 'COMPLETED', 120);

    checkEqual(aws.ecs.tasks().length, 2, 'tasks in all');
  },
};
