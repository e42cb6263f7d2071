import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, checkEqual, until } from '../harness/checks.js';
import { stopTask } from '../harness/person.js';
import type { Scenario } from '../harness/scenario.js';

/** Flows that end otherwise than well at once: the engine reports, the worker keeps out of it. */
export const flowEnds: Scenario = {
  name: 'a flow that fails is Failed, one that retries is Completed, one that pauses goes on in its task, one killed between tries is Crashed',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);

    const failing = await world.run(await world.deploy('failing'));
    const retried = await world.run(await world.deploy('retried'), {
      parameters: { marker: join(world.parts.folder, 'marker') },
    });
    const paused = await world.run(await world.deploy('paused'));
    const late = await world.run(await world.deploy('retried_late'));
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

    await world.state(late, 'AwaitingRetry');
    await stopTask(aws, world.tasksOf(aws, late)[0]?.taskArn);
    await world.state(late, 'CRASHED');

    for (const run of [failing, retried, paused, late]) {
      checkEqual(world.tasksOf(aws, run).length, 1, `tasks of ${run.name}`);
      check(run === late || !(await world.states(run)).includes('Crashed'), 'no wrong Crashed');
    }
    await until('all tasks have stopped', () => aws.ecs.tasks().every((task) => task.lastStatus === 'STOPPED'));
    checkEqual((await world.readRun(failing)).state_type, 'FAILED', 'the failed run stays Failed');
  },
};

/** Each resumption of a suspended flow and each reschedule is a separate attempt with a separate task. */
export const suspendedAndRescheduled: Scenario = {
  name: 'a suspended flow goes on in a second task; a run that is scheduled again, by a person or by its dying job, gets another',
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);

    // Its first job waits until it is stopped, however long that takes; the second one ends.
    const marker = join(world.parts.folder, 'stopped');
    const env = { PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR: 'reschedule' };
    const waiting = await world.deploy('completes_when_told', { parameters: { marker }, job_variables: { env } });
    const evicted = await world.run(waiting);
    const run = await world.run(await world.deploy('suspended'));
    await world.state(evicted, 'RUNNING');
    await stopTask(aws, world.tasksOf(aws, evicted)[0]?.taskArn);
    await until('it is scheduled again', async () => (await world.states(evicted)).includes('AwaitingRetry'));
    writeFileSync(marker, '');
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
    await world.state(evicted, 'COMPLETED');
    checkEqual(world.tasksOf(aws, evicted).length, 2, 'tasks of the run whose job was stopped and rescheduled it');
    check(!(await world.states(evicted)).includes('Crashed'), 'no wrong Crashed');
  },
};

export const subflows: Scenario = {
  name: 'a flow runs another deployment and waits for it',
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
