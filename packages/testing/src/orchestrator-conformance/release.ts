import assert from 'node:assert/strict';
import { REPORT_GRACE_MS } from '@worker-host/core';
import type { Law } from './law.js';

const MARGIN_MS = 1000;

/** Laws about runs that their owner releases. */
export const RELEASE: readonly Law[] = [
  {
    name: 'offers a released run to another worker, with its attempt',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      for (const reason of ['worker-stopping', 'worker-not-ready', 'failed'] as const) {
        const lease = await trial.claimNew(worker);
        await trial.answered(lease.release(reason));
        assert.equal(lease.isHeld, false);
        const taken = await trial.takeOverOne(other, lease.attempt.flowRunId);
        assert.equal(taken.lease.attempt.id, lease.attempt.id, 'a take-over begins no attempt');
        await trial.isLost(lease.label({ by: 'the old owner' }), `a write after release('${reason}')`);
      }
    },
  },
  {
    name: 'offers a released run to the same worker again, as often as it is released',
    holds: async (trial) => {
      const worker = await trial.worker();
      let lease = await trial.claimNew(worker);
      for (let round = 0; round < 3; round += 1) {
        await trial.answered(lease.release('failed'));
        ({ lease } = await trial.takeOverOne(worker, lease.attempt.flowRunId));
      }
      assert.equal((await trial.answered(lease.proposeState({ type: 'RUNNING' }))).status, 'ACCEPT');
    },
  },
  {
    name: 'does not offer a run released as unreported during its grace period',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      await trial.answered(lease.release('unreported'));
      assert.deepEqual(await trial.takeOver(worker), []);
      if (!trial.world.letTimePass) return;
      await trial.pass(REPORT_GRACE_MS - MARGIN_MS, worker);
      assert.deepEqual(await trial.takeOver(worker), []);
    },
  },
  {
    name: 'offers a run released as unreported after its grace period',
    holds: async (trial) => {
      if (!trial.world.letTimePass) return;
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      await trial.answered(lease.release('unreported'));
      await trial.pass(REPORT_GRACE_MS + MARGIN_MS, worker);
      await trial.takeOverOne(worker, lease.attempt.flowRunId);
    },
  },
  {
    name: 'offers a run released as unreported immediately once it is cancelled',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const { flowRunId } = lease.attempt;
      await trial.answered(lease.release('unreported'));
      await trial.world.cancel(flowRunId);
      assert.equal((await trial.takeOverOne(worker, flowRunId)).flowRun.stateType, 'CANCELLING');
    },
  },
  {
    name: 'ignores a second release, and a release after the lease has ended',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const [twice, final] = [await trial.claimNew(worker), await trial.claimNew(worker)];
      await trial.answered(twice.release('failed'));
      const taken = await trial.takeOverOne(other, twice.attempt.flowRunId);
      await trial.answered(twice.release('failed'));
      await trial.answered(taken.lease.label({ still: 'owned' }));
      assert.deepEqual(await trial.takeOver(worker), []);
      await trial.answered(final.proposeState({ type: 'CRASHED' }));
      await trial.answered(final.release('failed'));
      assert.deepEqual(await trial.takeOver(worker), [], 'a final run is offered to nobody');
    },
  },
  {
    name: 'ignores the release of a lease that was lost unnoticed',
    holds: async (trial) => {
      if (!trial.world.pause) return;
      const [paused, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(paused);
      await trial.world.pause(paused.client);
      await trial.pass(paused.client.leaseMs + 1000, other);
      const taken = await trial.takeOverOne(other, lease.attempt.flowRunId);
      await trial.answered(lease.release('worker-stopping'));
      assert.deepEqual(await trial.takeOver(paused), [], 'the run was offered though it has an owner');
      await trial.answered(taken.lease.label({ still: 'owned' }));
    },
  },
  {
    name: 'keeps the slot of a released run occupied',
    holds: async (trial) => {
      const worker = await trial.worker();
      await trial.world.setPool({ concurrencyLimit: 1 });
      const lease = await trial.claimNew(worker);
      await trial.run();
      await trial.answered(lease.release('failed'));
      assert.deepEqual(await trial.poll(worker), []);
    },
  },
  {
    name: 'does not throw if a release cannot be stored, and offers the run once it is stored',
    holds: async (trial) => {
      const { cutOff } = trial.world;
      if (!cutOff) return;
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const reconnect = await cutOff.call(trial.world, worker.client);
      await trial.answered(lease.release('worker-not-ready'));
      assert.equal(lease.isHeld, false);
      await reconnect();
      await trial.answered(worker.client.heartbeat());
      await trial.takeOverOne(worker, lease.attempt.flowRunId);
    },
  },
];
