import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

const REASON = 'the reason tells the host that it requested the end, and that nothing failed.';

/** Rules about stopping to watch a job, before and after its launch. */
export function abortContract(area: Area, rule: Rule): void {
  rule("rejects with the signal's own reason when the host stops watching", REASON, async () => {
    const [flowRun, reason] = [area.flowRun(), new Error('restart')];
    const { trial } = await area.held(await area.worker(), flowRun);
    assert.equal(await area.stopWatching(trial, reason), reason, 'the reason is another one');
    await area.world.release(flowRun.id);
  });

  rule(
    'leaves the job as it is when the host stops watching',
    'jobs keep running while a worker restarts, and the next worker resumes them.',
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

  rule('launches nothing when the signal is already aborted', 'no worker would watch the job.', async () => {
    const [flowRun, reason] = [area.flowRun(), new Error('too late')];
    const context = area.contextOf(flowRun);
    context.stopWatching(reason);
    const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    assert.equal(await area.reasonOf(result, 'run()'), reason, 'the reason is another one');
    await area.assertLaunches(flowRun, 0);
  });

  rule(
    'launches nothing for a run that is already cancelled, and rejects with that reason',
    'a cancelled run must not start.',
    async () => {
      const [flowRun, reason] = [area.flowRun(), new Error('cancelled')];
      const context = area.contextOf(flowRun);
      context.cancel(reason);
      const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
      assert.equal(await area.reasonOf(result, 'run()'), reason, 'the reason is another one');
      await area.assertLaunches(flowRun, 0);
    },
  );

  rule(
    'watches a job that is cancelled after its launch until it has ended',
    'the host requests the stop, and reports the run Cancelled only after its job has ended.',
    async () => {
      const flowRun = area.flowRun();
      const { trial, context } = await area.held(await area.worker(), flowRun);
      context.cancel();
      await area.patience.moment();
      assert.ok(!trial.isSettled, 'run() settled although the job was running');
      assert.equal((await area.releasedResultOf(trial, flowRun)).statusCode, 0);
    },
  );
}
