import assert from 'node:assert/strict';
import type { Law } from './law.js';

/** Laws about how long a lease lasts, and what extends it. */
export const EXPIRY: readonly Law[] = [
  {
    name: 'expires a lease at most leaseMs after the start of the last heartbeat',
    holds: async (trial) => {
      const worker = await trial.worker();
      const beganAtMs = trial.world.clock.monotonicMs();
      await trial.answered(worker.client.heartbeat());
      const lease = await trial.claimNew(worker);
      assert.ok(lease.expiresAtMs <= trial.world.clock.monotonicMs() + worker.client.leaseMs);
      assert.ok(lease.expiresAtMs >= beganAtMs, 'a lease that is granted after a heartbeat has not expired');
    },
  },
  {
    name: 'extends every lease with each heartbeat, counted from its start',
    holds: async (trial) => {
      const worker = await trial.worker();
      const leases = [await trial.claimNew(worker), await trial.claimNew(worker)];
      const { clock, heartbeatIntervalSeconds } = trial.world;
      await trial.pass(heartbeatIntervalSeconds * 500);
      const before = leases.map(({ expiresAtMs }) => expiresAtMs);
      const beganAtMs = clock.monotonicMs();
      await trial.answered(worker.client.heartbeat());
      const endedAtMs = clock.monotonicMs();
      for (const [at, { expiresAtMs }] of leases.entries()) {
        assert.ok(expiresAtMs > (before[at] ?? 0), 'the heartbeat did not move the expiry');
        assert.ok(expiresAtMs >= beganAtMs + worker.client.leaseMs - 1, 'the lease is shorter than leaseMs');
        assert.ok(expiresAtMs <= endedAtMs + worker.client.leaseMs, 'the lease is longer than leaseMs');
      }
    },
  },
  {
    name: 'does not offer the runs of a worker that keeps sending heartbeats',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(worker);
      await trial.pass(worker.client.leaseMs * 2, worker, other);
      assert.deepEqual(await trial.takeOver(other), []);
      await trial.answered(lease.label({ still: 'owned' }));
      assert.equal(lease.isHeld, true);
    },
  },
  {
    name: 'refuses the write of an expired lease even after a later heartbeat, and offers the run to its worker again',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const { flowRunId } = lease.attempt;
      await trial.pass(lease.expiresAtMs - trial.world.clock.monotonicMs() + 1);
      await trial.answered(worker.client.heartbeat());
      await trial.isLost(lease.storeInfrastructurePid('late'), 'a write of an expired lease');
      assert.equal((await trial.read(worker, flowRunId)).infrastructurePid, null);
      const taken = await trial.takeOverOne(worker, flowRunId);
      await trial.answered(taken.lease.storeInfrastructurePid('in time'));
    },
  },
  {
    name: 'renews an expired lease that no worker has taken over',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(worker);
      await trial.pass(lease.expiresAtMs - trial.world.clock.monotonicMs() + 1, other);
      await trial.answered(lease.renew());
      assert.ok(lease.expiresAtMs > trial.world.clock.monotonicMs(), 'the renewed lease has expired');
      assert.deepEqual(await trial.takeOver(other), [], 'a renewed run was taken over');
      await trial.answered(lease.storeInfrastructurePid('renewed'));
      assert.equal((await trial.read(worker, lease.attempt.flowRunId)).infrastructurePid, 'renewed');
    },
  },
  {
    name: 'does not renew a lease that another worker has taken over',
    holds: async (trial) => {
      if (!trial.world.pause) return;
      const [paused, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(paused);
      await trial.world.pause(paused.client);
      await trial.pass(paused.client.leaseMs + 1000, other);
      const taken = await trial.takeOverOne(other, lease.attempt.flowRunId);
      await trial.isLost(lease.renew(), 'renew() after a take-over');
      assert.equal(lease.isHeld, false);
      await trial.answered(taken.lease.label({ still: 'owned' }));
    },
  },
];
