import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

const REASON = 'by the reason the host knows that it was its own order, and not a failure.';

/** Stopping to watch, and not beginning. */
export function abortContract(area: Area, rule: Rule): void {
  rule("rejects with the signal's own reason when the host stops watching", REASON, async () => {
    const [flowRun, reason] = [area.flowRun(), new Error('restart')];
    const { trial } = await area.held(await area.worker(), flowRun);
    assert.equal(await area.stopWatching(trial, reason), reason, 'it is another reason');
    await area.world.release(flowRun.id);
  });

  rule(
    'leaves the job as it is when the host stops watching',
    'jobs go on while a worker is restarted, and the next worker resumes them.',
    async () => {
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      const { trial, context } = await area.held(worker, flowRun);
      await area.stopWatching(trial);
      await area.patience.moment();
      const later = area.run(await area.worker(), flowRun, { kind: 'held' }, area.laterContextOf(context));
      await area.startedPid(later);
      await area.patience.moment();
      assert.ok(!later.isSettled, 'the job was stopped');
      assert.equal((await area.releasedResultOf(later, flowRun)).statusCode, 0, 'the job was stopped');
    },
  );

  rule('launches nothing when the signal is aborted already', 'nobody would watch the job.', async () => {
    const [flowRun, reason] = [area.flowRun(), new Error('too late')];
    const context = area.contextOf(flowRun);
    context.stopWatching(reason);
    const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    assert.equal(await area.reasonOf(result, 'run()'), reason, 'it is another reason');
    await area.assertLaunches(flowRun, 0);
  });

  rule(
    'launches nothing for a run that is cancelled already, and rejects with that reason',
    'a cancelled run must not begin.',
    async () => {
      const [flowRun, reason] = [area.flowRun(), new Error('cancelled')];
      const context = area.contextOf(flowRun);
      context.cancel(reason);
      const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
      assert.equal(await area.reasonOf(result, 'run()'), reason, 'it is another reason');
      await area.assertLaunches(flowRun, 0);
    },
  );

  rule(
    'stays with a job that is cancelled after its launch, until it has ended',
    'the host orders the stop, and the run is Cancelled only once its job has ended.',
    async () => {
      const flowRun = area.flowRun();
      const { trial, context } = await area.held(await area.worker(), flowRun);
      context.cancel();
      await area.patience.moment();
      assert.ok(!trial.isSettled, 'run() settled though the job was running');
      assert.equal((await area.releasedResultOf(trial, flowRun)).statusCode, 0);
    },
  );
}
