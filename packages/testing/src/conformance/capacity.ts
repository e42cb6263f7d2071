import assert from 'node:assert/strict';
import { isLaunchRefused, isWorkerNotReady } from '@worker-host/core';
import type { RecordingRunContext } from '../builders/run-context.js';
import type { Area } from './area.js';
import type { Rule } from './rule.js';
import type { Trial } from './trial.js';

/** Launching where there is no capacity. A worker waits for it, or rejects and lets the host try again. */
export function capacityContract(area: Area, rule: Rule): void {
  rule(
    'refuses no launch for want of capacity, and launches once when there is some',
    'capacity comes back: a run must not end Crashed for it.',
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
    'reports since when, and for what, it waits for capacity',
    'the state of the run and the page of the worker show it; one wait has one beginning.',
    async () => {
      const restore = await area.condition('withoutCapacity');
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      const trial = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
      if (await waits(area, trial)) {
        const reports = waitsOf(trial.context);
        assert.ok(reports.length > 0, 'it waits, and has not called context.progress()');
        for (const { sinceMs, reason } of reports) {
          assert.equal(sinceMs, reports[0]?.sinceMs, 'sinceMs changes while it waits');
          assert.ok(Number.isFinite(sinceMs) && reason !== '', 'sinceMs is no time, or the reason is empty');
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
      'a wait may last for hours, and ends with the order.',
      async () => {
        const restore = await area.condition('withoutCapacity');
        const [flowRun, reason] = [area.flowRun(), new Error(order)];
        const trial = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 });
        if (await waits(area, trial)) {
          abort(trial.context, reason);
          assert.equal(await area.reasonOf(trial.result, `run() that ${order}`), reason, 'it is another reason');
        }
        await restore();
        await area.patience.moment();
        await area.assertLaunches(flowRun, 0);
      },
    );
}

/** True: the call of `run` waits; false: it rejected, so that the host tries again. */
async function waits(area: Area, trial: Trial): Promise<boolean> {
  await area.patience.seesSoon(() => trial.isSettled || waitsOf(trial.context).length > 1);
  await area.patience.moment();
  if (!trial.isSettled) return true;
  const reason = await area.reasonOf(trial.result, 'run() without capacity');
  assert.ok(!isLaunchRefused(reason), `want of capacity is no refusal: ${reason}`);
  assert.ok(!isWorkerNotReady(reason), `want of capacity is no fault of the worker: ${reason}`);
  return false;
}

function waitsOf(context: RecordingRunContext) {
  return context.calls.flatMap((made) =>
    made.call === 'progress' && made.progress.phase === 'waiting-for-capacity' ? [made.progress] : [],
  );
}
