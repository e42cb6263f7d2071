import { check, checkEqual, until } from '../harness/checks.js';
import type { Scenario } from '../harness/scenario.js';
import type { Json } from '../server/prefect-client.js';

/**
 * The first steps of a user: `start` creates the pool, a flow is deployed and run, and its states, logs and events are
 * complete.
 */
export const happyRun: Scenario = {
  name: 'a deployed flow runs to its end, with states, logs, labels and events',
  isForOldest: true,
  play: async (world) => {
    const aws = await world.aws();
    const worker = world.worker(aws);
    await world.online('w1', worker);
    const deployment = await world.deploy('happy', { tags: ['team-a'] });

    const run = await world.run(deployment, { parameters: { n: 41 } });
    const ended = await world.state(run, 'COMPLETED');

    const states = await world.states(run);
    checkEqual(states, ['Scheduled', 'Pending', 'Submitting', 'Running', 'Completed'], 'states of the run');
    checkEqual(ended.labels['prefect.worker.name'], 'w1', 'label with the worker');
    checkEqual(ended.labels['prefect.worker.type'], 'ecs', 'label with the worker type');
    const tasks = world.tasksOf(aws, run);
    checkEqual(tasks.length, 1, 'tasks launched for the run');
    check(String(ended.infrastructure_pid).endsWith(`::${tasks[0]?.taskArn}`), 'infrastructure id on the run');
    const logs = await until('the log of the run is complete', async () => {
      const lines = await world.logs(run);
      return lines.some(({ message }) => /Finished in state Completed/.test(message)) ? lines : null;
    });
    const of = (name: string): Json[] => logs.filter((log) => log.name === name);
    check(
      of('prefect.flow_runs').some(({ message }) => message === 'happy flow says 41'),
      'the flow’s own log line',
    );
    check(of('prefect.flow_runs.worker').length >= 2, 'log lines of the worker on the run');
    const pool = await world.api.get(`/work_pools/${world.pool}`);
    checkEqual([pool.type, pool.status], ['ecs', 'READY'], 'the pool made by the worker');
    worker.child.signal('SIGTERM');
    checkEqual((await worker.child.exited).code, 0, 'exit code after SIGTERM');
  },
};
