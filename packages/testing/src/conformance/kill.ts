import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

const GONE = ['INFRASTRUCTURE_NOT_FOUND', 'INFRASTRUCTURE_NOT_AVAILABLE'];
const UNCONFIRMED = 'INFRASTRUCTURE_STOP_UNCONFIRMED';
const MOST_CALLS = 100;

/** Rules about stopping a job, for workers that declare `canKill`. */
export function killContract(area: Area, rule: Rule): void {
  const stop = async (worker: Awaited<ReturnType<Area['worker']>>, pid: string, graceSeconds = 0): Promise<void> => {
    const configuration = area.configuration({ kind: 'held' }, area.flowRun());
    await worker.killInfrastructure(pid, configuration, graceSeconds);
  };

  rule(
    'stops a job, whose run then ends without success',
    'a cancelled job would keep running, and cost money.',
    async () => {
      const [worker, flowRun] = [await area.worker('canKill'), area.flowRun()];
      const { pid, trial } = await area.held(worker, flowRun);
      await area.stop(worker, pid);
      const { isSuccess, end } = await area.resultOf(trial);
      assert.equal(isSuccess, false, 'a job that was stopped counts as a success');
      if (end) assert.equal(end.stopRequested, true, 'end.stopRequested is false although the stop was requested');
    },
  );

  rule('stops a job that another worker launched', 'any worker of the pool can have to cancel a run.', async () => {
    const [worker, flowRun] = [await area.worker('canKill'), area.flowRun()];
    const { pid, trial } = await area.held(await area.worker(), flowRun);
    await area.stop(worker, pid);
    assert.equal((await area.resultOf(trial)).isSuccess, false, 'a job that was stopped counts as a success');
  });

  rule('stops only the given job', 'cancelling one run must not end others.', async () => {
    const worker = await area.worker('canKill');
    const [flowRun, other] = [area.flowRun(), area.flowRun()];
    const bystander = await area.held(worker, other);
    const { pid, trial } = await area.held(worker, flowRun);
    await area.stop(worker, pid);
    await area.resultOf(trial);
    await area.patience.moment();
    assert.ok(!bystander.trial.isSettled, 'the job of another run was stopped as well');
    assert.equal((await area.releasedResultOf(bystander.trial, other)).statusCode, 0, 'it ended otherwise');
  });

  rule(
    'resolves only when the job stops, and stops it when the request is repeated',
    'the host repeats a request only after INFRASTRUCTURE_STOP_UNCONFIRMED.',
    async () => {
      const ignoreNextStop = area.lever('ignoreNextStop');
      const [worker, flowRun] = [await area.worker('canKill'), area.flowRun()];
      const { pid, trial } = await area.held(worker, flowRun);
      await ignoreNextStop(flowRun.id);
      const first = await area.failureOf(stop(worker, pid), 'killInfrastructure() without effect');
      if (first !== null) {
        area.assertCode(first.reason, [UNCONFIRMED], 'killInfrastructure() without effect');
        await area.stop(worker, pid);
      }
      const hasEnded = await area.patience.seesSoon(() => trial.isSettled);
      assert.ok(hasEnded, 'killInfrastructure() resolved, but the job is still running');
      assert.equal((await area.resultOf(trial)).isSuccess, false, 'a job that was stopped counts as a success');
    },
  );

  rule(
    'watches a job that stops slowly until it has ended, also when the stop is requested again',
    'the run becomes Cancelled, and its slot free, when its job has ended.',
    async () => {
      const [worker, flowRun] = [await area.worker('canKill'), area.flowRun()];
      const { pid, trial } = await area.held(worker, flowRun);
      const end = await area.condition('slowStop', flowRun.id);
      for (const order of ['first', 'second']) {
        const failure = await area.failureOf(stop(worker, pid), `the ${order} killInfrastructure() of a slow stop`);
        if (failure) area.assertCode(failure.reason, [UNCONFIRMED], 'killInfrastructure() of a job that stops slowly');
      }
      await area.patience.moment();
      assert.ok(!trial.isSettled, 'run() settled while the job was still stopping');
      await end();
      assert.equal((await area.resultOf(trial)).isSuccess, false, 'a job that was stopped counts as a success');
    },
  );

  rule('gives the job the requested grace period', 'a job needs that time to save its work.', async () => {
    const graceOf = area.lever('graceOf');
    const [worker, flowRun] = [await area.worker('canKill'), area.flowRun()];
    const { pid, trial } = await area.held(worker, flowRun);
    // The job's own process exists by then: before, a grace period has no effect.
    await area.patience.moment();
    await area.failureOf(stop(worker, pid, 7), 'killInfrastructure() with 7 seconds of grace');
    const grace = await graceOf(flowRun.id);
    assert.equal(grace, 7, `7 s were requested, but the infrastructure got ${grace} s`);
    await area.resultOf(trial);
  });

  rule(
    'accepts a stop of a job that has ended',
    'a job can end while a stop is requested: succeed, or reject with INFRASTRUCTURE_NOT_FOUND.',
    async () => {
      const [worker, flowRun] = [await area.worker('canKill'), area.flowRun()];
      const { pid, trial } = await area.held(worker, flowRun);
      await area.releasedResultOf(trial, flowRun);
      for (const order of ['first', 'second']) {
        const failure = await area.failureOf(stop(worker, pid), `the ${order} killInfrastructure() of an ended job`);
        if (failure) area.assertCode(failure.reason, GONE, 'killInfrastructure() of an ended job');
      }
    },
  );

  rule(
    'rejects with INFRASTRUCTURE_NOT_FOUND for a pid that never existed',
    'otherwise the host repeats the request without end, or assumes that a job was stopped.',
    async () => {
      const worker = await area.worker('canKill');
      let reason: unknown;
      // Infrastructure may not be visible yet, so the request is repeated, as the host does.
      for (let calls = 0; calls < MOST_CALLS; calls += 1) {
        const killing = stop(worker, area.world.unknownPid);
        reason = await area.reasonOf(killing, 'killInfrastructure() of an unknown pid');
        if ((reason as { readonly code?: unknown } | null)?.code !== UNCONFIRMED) break;
      }
      area.assertCode(reason, GONE, 'killInfrastructure() of an unknown pid');
    },
  );
}
