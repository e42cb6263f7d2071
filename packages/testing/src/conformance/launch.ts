import assert from 'node:assert/strict';
import type { RecordingRunContext } from '../builders/run-context.js';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

/** The launch place is stored with the run at the control plane. */
const LONGEST_PLACE = 1_000;

const ONCE = 'a second job repeats the work of the run.';

/** Rules about what precedes a launch, and about launching once. */
export function launchContract(area: Area, rule: Rule): void {
  rule('launches once for the same attempt and relaunch, called twice at the same time', ONCE, async () => {
    const flowRun = area.flowRun();
    const workers = [await area.worker(), await area.worker()];
    const trials = workers.map((worker) => area.run(worker, flowRun, { kind: 'ends', exitCode: 0 }));
    await Promise.all(trials.map((trial) => area.resultOf(trial)));
    await area.assertLaunches(flowRun, 1);
  });

  rule('launches once for the same attempt and relaunch, called again after a restart', ONCE, async () => {
    const flowRun = area.flowRun();
    const first = await area.held(await area.worker(), flowRun);
    await area.stopWatching(first.trial);
    const context = area.laterContextOf(first.context);
    const second = area.run(await area.worker(), flowRun, { kind: 'held' }, context);
    assert.equal(await area.startedPid(second), first.pid, 'the second call does not find the job of the first');
    await area.releasedResultOf(second, flowRun);
    await area.assertLaunches(flowRun, 1);
  });

  rule(
    'stores the launch place before it launches',
    'a later owner that does not know the place searches and launches elsewhere.',
    async () => {
      const flowRun = area.flowRun();
      let store: () => void = () => undefined;
      const stored = new Promise<void>((resolve) => {
        store = resolve;
      });
      const context = area.contextOf(flowRun, { onLaunching: () => stored });
      const trial = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
      await launchingOf(area, trial.result, context);
      const [place] = context.launchPlaces;
      assert.ok(place !== undefined, 'run() launched without a call of context.launching()');
      assert.deepEqual(JSON.parse(JSON.stringify(place)), place, 'the place is not plain JSON');
      assert.ok(JSON.stringify(place).length <= LONGEST_PLACE, `the place has more than ${LONGEST_PLACE} characters`);
      await area.patience.moment();
      await area.assertLaunches(flowRun, 0);
      store();
      await area.resultOf(trial);
      await area.assertLaunches(flowRun, 1);
    },
  );

  rule(
    'launches nothing if storing the place fails, and rejects with the same reason',
    'the reason tells the host what to do: release the run, cancel it, or stop watching it.',
    async () => {
      const [flowRun, reason] = [area.flowRun(), new Error('another worker owns the run')];
      const context = area.contextOf(flowRun, { onLaunching: () => Promise.reject(reason) });
      const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
      assert.equal(await area.reasonOf(result, 'run() whose place is not stored'), reason, 'the reason is another one');
      await area.assertLaunches(flowRun, 0);
    },
  );

  rule(
    'launches nothing once another worker may own the run, and rejects with the reason',
    'a process that was paused would launch a second job: call context.assertOwned() immediately before the request.',
    async () => {
      const [flowRun, reason] = [area.flowRun(), new Error('the lease has expired')];
      const context: RecordingRunContext = area.contextOf(flowRun, {
        onLaunching: () => {
          context.notOwned = reason;
        },
      });
      const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
      const found = await area.reasonOf(result, 'run() of a run that is no longer owned');
      assert.equal(found, reason, 'the reason is another one');
      await area.assertLaunches(flowRun, 0);
    },
  );

  for (const [order, abort] of [
    ['stops watching', (context: RecordingRunContext, reason: unknown) => context.stopWatching(reason)],
    ['cancels the run', (context: RecordingRunContext, reason: unknown) => context.cancel(reason)],
  ] as const)
    rule(
      `launches nothing when the host ${order} while the place is stored`,
      'no worker would watch the job, or the run is cancelled.',
      async () => {
        const [flowRun, reason] = [area.flowRun(), new Error(order)];
        const context: RecordingRunContext = area.contextOf(flowRun, { onLaunching: () => abort(context, reason) });
        const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
        assert.equal(await area.reasonOf(result, `run() when the host ${order}`), reason, 'the reason is another one');
        await area.assertLaunches(flowRun, 0);
      },
    );

  rule(
    'does not touch the job if storing its pid fails, and if it rejects, then with that reason',
    'the host decides what happens next, and finds the job by its launch.',
    async () => {
      const [flowRun, reason] = [area.flowRun(), new Error('the pid cannot be stored')];
      const context = area.contextOf(flowRun, { onStarted: () => Promise.reject(reason) });
      const trial = area.run(await area.worker(), flowRun, { kind: 'held' }, context);
      const pid = await area.startedPid(trial);
      await area.patience.moment();
      if (trial.isSettled)
        assert.equal(
          await area.reasonOf(trial.result, 'run() whose pid is not stored'),
          reason,
          'the reason is another one',
        );
      const later = area.run(await area.worker(), flowRun, { kind: 'held' }, area.laterContextOf(context));
      assert.equal(await area.startedPid(later), pid, 'another job was launched');
      assert.equal((await area.releasedResultOf(later, flowRun)).statusCode, 0, 'the job was stopped');
    },
  );
}

/** Resolves when a call of `run` has requested to store its place, or has settled. */
export async function launchingOf(area: Area, result: Promise<unknown>, context: RecordingRunContext): Promise<void> {
  const asked = context.until(({ launchPlaces }) => launchPlaces.length > 0);
  await area.settled(Promise.race([asked, result]), 'context.launching() before a launch');
}
