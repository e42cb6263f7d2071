import assert from 'node:assert/strict';
import type { RunLease } from '@worker-host/core';
import type { Law } from './law.js';

/** Laws about runs that a user cancels. */
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
    name: 'reports a cancellation after a failed read',
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
    name: 'keeps the lease of a run that is being cancelled, and refuses to start it',
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
    name: 'lets the owner of a cancelled run replace the crash that its job reports with Cancelled',
    holds: async (trial) => {
      const { crash } = trial.world;
      if (!crash) return;
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(worker);
      const { flowRunId } = lease.attempt;
      await trial.answered(lease.proposeState({ type: 'RUNNING' }));
      await trial.world.cancel(flowRunId);
      await crash.call(trial.world, flowRunId);
      assert.equal((await trial.read(worker, flowRunId)).stateType, 'CRASHED');
      assert.equal(lease.isHeld, true, 'the crash that its job reports ended the lease');
      assert.deepEqual(await trial.takeOver(other), [], 'a run that has crashed was offered');
      await trial.answered(lease.renew());
      await trial.answered(lease.storeInfrastructurePid('late'));
      const ended = await trial.answered(lease.proposeState({ type: 'CANCELLED', force: true }));
      assert.equal(ended.status, 'ACCEPT');
      assert.equal(lease.isHeld, false);
      const types = await trial.stateTypes(flowRunId);
      assert.deepEqual(types.slice(-3), ['CANCELLING', 'CRASHED', 'CANCELLED']);
    },
  },
  {
    name: 'refuses a launch and any other state after a crash that the job reports',
    holds: async (trial) => {
      const { crash } = trial.world;
      if (!crash) return;
      const worker = await trial.worker();
      const writes = [
        (lease: RunLease) => lease.storeLaunch({ relaunch: 1, place: { at: 'somewhere' } }),
        (lease: RunLease) => lease.proposeState({ type: 'RUNNING' }),
        (lease: RunLease) => lease.proposeState({ type: 'CANCELLED' }),
        (lease: RunLease) => lease.proposeState({ type: 'FAILED', force: true }),
      ];
      for (const write of writes) {
        const lease = await trial.claimNew(worker);
        const { flowRunId } = lease.attempt;
        await crash.call(trial.world, flowRunId);
        await trial.read(worker, flowRunId);
        await trial.isLost(write(lease), 'a write after the crash that the job reports');
        assert.equal(lease.isHeld, false);
        assert.equal((await trial.stateTypes(flowRunId)).at(-1), 'CRASHED');
      }
    },
  },
  {
    name: 'refuses every write for a run that was rescheduled after a crash that its job reported',
    holds: async (trial) => {
      const { crash } = trial.world;
      if (!crash) return;
      const worker = await trial.worker();
      const first = await trial.claimNew(worker);
      const { flowRunId } = first.attempt;
      await crash.call(trial.world, flowRunId);
      await trial.world.reschedule(flowRunId);
      const second = await trial.claim(worker, flowRunId);
      await crash.call(trial.world, flowRunId);
      await trial.isLost(first.proposeState({ type: 'CANCELLED', force: true }), 'a state of an earlier attempt');
      assert.equal(second.isHeld, true);
    },
  },
  {
    name: 'offers the cancelled run of a dead worker for take-over',
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
