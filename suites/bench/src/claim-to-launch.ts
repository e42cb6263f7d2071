import { type Benchmark, medianOf } from './benchmark.js';
import { BenchWorld } from './world.js';

const RUNS = 30;

/** From a claim to the response of RunTask with an existing definition, one run at a time. */
export const claimToLaunch: Benchmark = {
  name: 'claim-to-launch',
  async measure() {
    const world = await BenchWorld.start({ simulate: 'sleep=0;exit=0' });
    try {
      world.startWorker();
      const lags: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const id = await world.queueRun({ command: 'true' });
        await world.whenFinal(run + 1, 30_000);
        const { states } = await world.administration.readRun(id);
        const claimedMs = Date.parse(states.find((state) => state.type === 'PENDING')?.timestamp ?? '');
        const call = world.aws
          .calls({ service: 'ecs', operation: 'RunTask' })
          .find((record) => String(record.params.startedBy).includes(id));
        if (run > 2 && call) lags.push(call.startedAtMs - claimedMs);
      }
      return [{ name: 'claim to RunTask, median, warm', value: medianOf(lags), unit: 'ms', limit: 50 }];
    } finally {
      await world.end();
    }
  },
};
