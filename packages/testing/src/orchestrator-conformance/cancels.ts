import assert from 'node:assert/strict';
import type { Law } from './law.js';

/** Runs that a person cancels. */
export const CANCELS: readonly Law[] = [
  {
    name: 'reports the cancellation of a run to its owner',
    holds: async (trial) => {
      const worker = await trial.worker();
      const { attempt } = await trial.claimNew(worker);
      await trial.world.cancel(attempt.flowRunId);
      await trial.soon('the cancellation', () => worker.cancelling.includes(attempt.flowRunId));
    },
  },
  {
    name: 'reports a cancellation after a read that failed',
    holds: async (trial) => {
      const { failNextRead } = trial.world;
      if (!failNextRead) return;
      const worker = await trial.worker();
      const { attempt } = await trial.claimNew(worker);
      await trial.pass(1000, worker);
      await failNextRead.call(trial.world, worker.client);
      await trial.world.cancel(attempt.flowRunId);
      await trial.soon('the cancellation', () => worker.cancelling.includes(attempt.flowRunId));
    },
  },
  {
    name: 'leaves the lease of a run that is being cancelled, which is not started any more',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const { flowRunId } = lease.attempt;
      await trial.world.cancel(flowRunId);
      const started = await trial.answered(lease.proposeState({ type: 'RUNNING' }));
      assert.notEqual(started.status, 'ACCEPT', 'a run that is being cancelled was started');
      assert.equal(lease.isHeld, true);
      const ended = await trial.answered(lease.proposeState({ type: 'CANCELLED' }));
      assert.equal(ended.status, 'ACCEPT');
      assert.deepEqual(await trial.stateTypes(flowRunId), ['SCHEDULED', 'PENDING', 'CANCELLING', 'CANCELLED']);
    },
  },
  {
    name: 'offers the cancelled run of a dead worker to one that takes over',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const { attempt } = await trial.claimNew(worker);
      await trial.world.cancel(attempt.flowRunId);
      await trial.kill(worker, other);
      const { flowRun, lease } = await trial.takeOverOne(other, attempt.flowRunId);
      assert.equal(flowRun.stateType, 'CANCELLING');
      assert.equal((await trial.answered(lease.proposeState({ type: 'CANCELLED' }))).status, 'ACCEPT');
    },
  },
];
