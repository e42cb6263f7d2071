import { check, checkEqual, until } from '../harness/checks.js';
import { createCluster } from '../harness/person.js';
import type { Scenario } from '../harness/scenario.js';
import type { Json } from '../server/prefect-client.js';

/** Only the dead worker and the deleted run knew where the task runs; the variables of the server still do. */
export const leftCluster: Scenario = {
  name: 'the task of a deleted run in a cluster that only its dead worker used is stopped by another worker',
  isForOldest: true,
  isIdle: true,
  play: async (world) => {
    const aws = await world.aws();
    await createCluster(aws, 'left');
    const first = world.worker(aws, { machine: 'one' });
    await world.online('w1', first);
    const before = await variablesOf(world.pool);
    const deployment = await world.deployCommand('sleep 600', { job_variables: { cluster: 'left' } });
    const runs = [await world.run(deployment), await world.run(deployment)];
    for (const run of runs) await until('its task runs', () => world.tasksOf(aws, run)[0]?.lastStatus === 'RUNNING');
    const variables = await variablesOf(world.pool);
    checkEqual(before.length, 0, 'variables before the first launch');
    checkEqual(variables.length, 1, 'variables for two launches in one cluster');
    check(variables[0].value.place.clusterArn.endsWith(':cluster/left'), JSON.stringify(variables[0]));

    await first.child.kill();
    for (const run of runs) await world.api.delete(`/flow_runs/${run.id}`);
    const second = world.worker(aws, { name: 'w2', machine: 'two', args: ['--reconcile-seconds', '2'] });

    await until('the tasks are ordered to stop', () => runs.every((run) => stops(run)), 90);
    check(/Stopping orphaned infrastructure/.test(second.output), 'the worker logs it');

    async function variablesOf(pool: string): Promise<readonly Json[]> {
      const found: Json[] = await world.api.post('/variables/filter', {});
      return found.filter(({ value }) => value?.work_pool === pool);
    }

    function stops(run: Json): boolean {
      return world.tasksOf(aws, run)[0]?.desiredStatus === 'STOPPED';
    }
  },
};
