import assert from 'node:assert/strict';
import { isLaunchRefused, isWorkerNotReady } from '@worker-host/core';
import type { RecordingRunContext } from '../builders/run-context.js';
import type { Area } from './area.js';
import type { Rule } from './rule.js';
import type { Trial } from './trial.js';

/** Rules about launches without capacity. A worker waits, or rejects so that the host retries. */
export function capacityContract(area: Area, rule: Rule): void {
  rule(
    'refuses no launch for lack of capacity, and launches once when capacity is available',
    'capacity comes back, so a run must not end Crashed.',
    async () => {
      const restore = await area.condition('withoutCapacity');
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      const trial = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
      const isWaiting = await waits(area, trial);
      await area.assertLaunches(flowRun, 0);
      await restore();
      const again = () => area.run(worker, flowRun, { kind: 'ends', exitCode: 0 }, area.laterContextOf(trial.context));
      assert.equal((await area.resultOf(isWaiting ? trial : again())).statusCode, 0);
      await area.assertLaunches(flowRun, 1);
    },
  );

  rule(
    'reports since when it waits for capacity, and why',
    'the log of the run and the page of the worker show it; a wait starts once.',
    async () => {
      const restore = await area.condition('withoutCapacity');
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      const trial = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
      if (await waits(area, trial)) {
        const reports = waitsOf(trial.context);
        assert.ok(reports.length > 0, 'it waits, and has not called context.progress()');
        for (const { sinceMs, reason } of reports) {
          assert.equal(sinceMs, reports[0]?.sinceMs, 'sinceMs changes while it waits');
          assert.ok(Number.isFinite(sinceMs) && reason !== '', 'sinceMs is not a time, or the reason is empty');
        }
        await area.stopWatching(trial);
      }
      await restore();
    },
  );

  for (const [order, abort] of [
    ['is cancelled', (context: RecordingRunContext, reason: unknown) => context.cancel(reason)],
    ['is not watched any more', (context: RecordingRunContext, reason: unknown) => context.stopWatching(reason)],
  ] as const)
    rule(
      `launches nothing for a run that ${order} while it waits for capacity`,
      'a wait can last for hours, and must end when it is requested.',
      async () => {
        const restore = await area.condition('withoutCapacity');
        const [flowRun, reason] = [area.flowRun(), new Error(order)];
        const trial = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 });
        if (await waits(area, trial)) {
          abort(trial.context, reason);
          assert.equal(await area.reasonOf(trial.result, `run() that ${order}`), reason, 'the reason is another one');
        }
        await restore();
        await area.patience.moment();
        await area.assertLaunches(flowRun, 0);
      },
    );
}

/** Returns true if the call of `run` waits, false if it rejected, so that the host retries. */
async function waits(area: Area, trial: Trial): Promise<boolean> {
  await area.patience.seesSoon(() => trial.isSettled || waitsOf(trial.context).length > 1);
  await area.patience.moment();
  if (!trial.isSettled) return true;
  const reason = await area.reasonOf(trial.result, 'run() without capacity');
  assert.ok(!isLaunchRefused(reason), `lack of capacity is not a refusal: ${reason}`);
  assert.ok(!isWorkerNotReady(reason), `lack of capacity is not a fault of the worker: ${reason}`);
  return false;
}

function waitsOf(context: RecordingRunContext) {
  return context.calls.flatMap((made) =>
    made.call === 'progress' && made.progress.phase === 'waiting-for-capacity' ? [made.progress] : [],
  );
}
