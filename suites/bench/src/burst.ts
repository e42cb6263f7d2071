import type { Benchmark } from './benchmark.js';
import { callFigures } from './calls.js';
import { BenchWorld } from './world.js';

const DEPLOYMENTS = 60;
const RUNS_OF_EACH = 5;

/** 300 runs of 60 deployments at the same time, under AWS's documented rate limits. */
export const burst: Benchmark = {
  name: 'burst',
  async measure() {
    const world = await BenchWorld.start({ simulate: 'sleep=1;exit=0', throttling: 'aws' });
    try {
      for (let deployment = 0; deployment < DEPLOYMENTS; deployment += 1) {
        const name = `deployment-${deployment}`;
        await world.createDeployment(name, { command: 'true', image: `image:${deployment}` });
        for (let run = 0; run < RUNS_OF_EACH; run += 1) await world.queueRun({}, name);
      }
      const total = DEPLOYMENTS * RUNS_OF_EACH;
      const { startedMs } = world.startWorker();
      await world.whenFinal(total, 180_000);
      const { runs } = await world.administration.listRuns({ limit: total * 2 });
      const counts = world.aws.callCounts();
      const launches = world.aws
        .calls({ service: 'ecs', operation: 'RunTask' })
        .map((call) => call.startedAtMs - startedMs);
      return [
        {
          name: 'runs that completed',
          value: runs.filter((run) => run.stateType === 'COMPLETED').length,
          unit: 'runs',
          limit: total,
          isLeast: true,
        },
        { name: 'tasks launched', value: world.aws.ecs.tasks().length, unit: 'tasks', limit: total },
        {
          name: 'registrations',
          value: counts['ecs:RegisterTaskDefinition']?.total ?? 0,
          unit: 'calls',
          limit: DEPLOYMENTS,
        },
        ...callFigures(world.aws, total),
        { name: 'first launch', value: Math.min(...launches) / 1000, unit: 's', limit: null },
        { name: 'last launch', value: Math.max(...launches) / 1000, unit: 's', limit: null },
      ];
    } finally {
      await world.end();
    }
  },
};
