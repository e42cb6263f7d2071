import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

const GONE = ['INFRASTRUCTURE_NOT_FOUND', 'INFRASTRUCTURE_NOT_AVAILABLE'];

/** Rules about watching jobs of an earlier process, for workers that declare `canResume`. */
export function resumeContract(area: Area, rule: Rule): void {
  rule(
    'watches a job of another worker to its end, without launching anything',
    'a restart of the worker must not lose or repeat a job.',
    async () => {
      const [later, flowRun, other] = [await area.worker('canResume'), area.flowRun(), area.flowRun()];
      const bystander = await area.held(await area.worker(), other);
      const { pid, trial } = await area.held(await area.worker(), flowRun);
      await area.stopWatching(trial);
      const resumed = area.resume(later, pid, flowRun);
      await area.patience.moment();
      assert.ok(!resumed.isSettled, 'resume() settled while the job was running');
      const { identifier, statusCode } = await area.releasedResultOf(resumed, flowRun);
      assert.deepEqual([identifier, statusCode], [pid, 0], 'the result is of another job, or another end');
      await area.assertLaunches(flowRun, 1);
      const calls = resumed.context.calls.map(({ call }) => call);
      assert.ok(!calls.includes('launching') && !calls.includes('started'), 'resume() reports a launch');
      await area.releasedResultOf(bystander.trial, other);
    },
  );

  rule(
    'reports the exit status of a job that has ended meanwhile',
    'jobs can end while a worker restarts: a failed run would end Completed, an ended one Crashed.',
    async () => {
      const [later, flowRun] = [await area.worker('canResume'), area.flowRun()];
      const trial = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 37 });
      const { identifier: pid } = await area.resultOf(trial);
      const resumed = await area.resultOf(area.resume(later, pid, flowRun));
      assert.deepEqual([resumed.identifier, resumed.statusCode], [pid, 37], 'the job ended with 37');
    },
  );

  rule(
    'reports that a job that was stopped meanwhile was stopped on request',
    'the run would be launched again, or end Crashed, although a user cancelled it.',
    async () => {
      const [later, flowRun] = [await area.worker('canResume', 'canKill'), area.flowRun()];
      const { pid, trial } = await area.held(await area.worker(), flowRun);
      await area.stop(later, pid);
      await area.resultOf(trial);
      const { isSuccess, end } = await area.resultOf(area.resume(later, pid, flowRun));
      assert.equal(isSuccess, false, 'a job that was stopped counts as a success');
      if (end) assert.equal(end.stopRequested, true, 'end.stopRequested is false although the stop was requested');
    },
  );

  rule(
    "rejects with the signal's own reason when the host stops watching again",
    'the reason tells the host that it requested the end, and that nothing failed.',
    async () => {
      const [worker, flowRun, reason] = [await area.worker('canResume'), area.flowRun(), new Error('restart')];
      const first = await area.held(worker, flowRun);
      const resumed = area.resume(await area.worker(), first.pid, flowRun);
      assert.equal(await area.stopWatching(resumed, reason), reason, 'the reason is another one');
      await area.releasedResultOf(first.trial, flowRun);
    },
  );

  rule(
    'rejects with INFRASTRUCTURE_NOT_FOUND for a job that never existed',
    'only "not found" ends a run whose job is gone; after any other error the host retries without end.',
    async () => {
      const worker = await area.worker('canResume');
      const { result } = area.resume(worker, area.world.unknownPid, area.flowRun());
      area.assertCode(await area.reasonOf(result, 'resume() of an unknown pid'), GONE, 'resume() of an unknown pid');
    },
  );
}
