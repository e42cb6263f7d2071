import assert from 'node:assert/strict';
import type { RunLease } from '@worker-host/core';
import type { Law } from './law.js';
import type { OrchestratorTrial, TrialWorker } from './orchestrator-trial.js';

/** Every write of a lease. */
const WRITES: readonly (readonly [string, (lease: RunLease) => Promise<unknown>])[] = [
  ['proposeState', (lease) => lease.proposeState({ type: 'CRASHED', message: 'by a stale owner' })],
  ['storeLaunch', (lease) => lease.storeLaunch({ relaunch: 7, place: { at: 'stale' } })],
  ['storeInfrastructurePid', (lease) => lease.storeInfrastructurePid('stale')],
  ['storeResult', (lease) => lease.storeResult({ by: 'a stale owner' })],
  ['label', (lease) => lease.label({ stale: 'yes' })],
  ['renew', (lease) => lease.renew()],
];

/** Asserts that a lease has ended: it writes nothing, and its run is unchanged. */
async function hasEnded(trial: OrchestratorTrial, lease: RunLease, reader: TrialWorker): Promise<void> {
  const { flowRunId } = lease.attempt;
  const factsOf = async () => {
    const flowRun = await trial.answered(reader.client.readFlowRun(flowRunId));
    const states = await trial.world.statesOf(flowRunId);
    return { pid: flowRun?.infrastructurePid, labels: flowRun?.labels, states };
  };
  const before = await factsOf();
  for (const [name, write] of WRITES) {
    await trial.isLost(write(lease), `${name}() of a lease that has ended`);
    assert.equal(lease.isHeld, false, `isHeld after ${name}() was refused`);
  }
  assert.deepEqual(await factsOf(), before, 'a lease that has ended changed its run');
}

/** Laws about what an owner may write, and an earlier owner may not. */
export const FENCING: readonly Law[] = [
  {
    name: 'stores what the owner writes',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const { flowRunId } = lease.attempt;
      await trial.answered(lease.storeInfrastructurePid('pid-1'));
      await trial.answered(lease.label({ one: '1' }));
      await trial.answered(lease.label({ two: '2' }));
      const answer = await trial.answered(lease.proposeState({ type: 'RUNNING' }));
      assert.equal(answer.status, 'ACCEPT');
      const { infrastructurePid, labels, stateType } = await trial.read(worker, flowRunId);
      assert.deepEqual([infrastructurePid, labels.one, labels.two, stateType], ['pid-1', '1', '2', 'RUNNING']);
    },
  },
  {
    name: 'refuses every write of a lease whose run another worker has taken over',
    holds: async (trial) => {
      if (!trial.world.pause) return;
      const [paused, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(paused);
      await trial.world.pause(paused.client);
      await trial.pass(paused.client.leaseMs + 1000, other);
      const taken = await trial.takeOverOne(other, lease.attempt.flowRunId);
      await trial.answered(taken.lease.storeInfrastructurePid('of the new owner'));
      await trial.answered(paused.client.heartbeat());
      await hasEnded(trial, lease, other);
      assert.equal(taken.lease.isHeld, true);
      await trial.answered(taken.lease.label({ still: 'owned' }));
    },
  },
  {
    name: 'refuses every write of an earlier attempt, also by the same worker',
    holds: async (trial) => {
      const worker = await trial.worker();
      const first = await trial.claimNew(worker);
      const { flowRunId } = first.attempt;
      await trial.world.reschedule(flowRunId);
      const second = await trial.claim(worker, flowRunId);
      await trial.answered(second.storeInfrastructurePid('second'));
      await hasEnded(trial, first, worker);
      assert.equal((await trial.read(worker, flowRunId)).infrastructurePid, 'second');
    },
  },
  {
    name: 'refuses every write after the final state that it accepted',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const answer = await trial.answered(lease.proposeState({ type: 'CRASHED' }));
      assert.equal(answer.status, 'ACCEPT');
      assert.equal(lease.isHeld, false);
      await hasEnded(trial, lease, worker);
    },
  },
  {
    name: 'refuses every write when the run was made final or scheduled again from outside',
    holds: async (trial) => {
      const worker = await trial.worker();
      for (const change of [trial.world.fail, trial.world.reschedule]) {
        const lease = await trial.claimNew(worker);
        await change.call(trial.world, lease.attempt.flowRunId);
        await hasEnded(trial, lease, worker);
      }
    },
  },
  {
    name: 'refuses every write when the run was deleted',
    holds: async (trial) => {
      if (!trial.world.remove) return;
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      await trial.world.remove(lease.attempt.flowRunId);
      for (const [name, write] of WRITES) await trial.isLost(write(lease), `${name}() for a deleted run`);
    },
  },
  {
    name: 'gives each ownership its own fencing token',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const tokens = [lease.fencingToken, (await trial.claimNew(worker)).fencingToken];
      await trial.answered(lease.release('failed'));
      const again = await trial.takeOverOne(worker, lease.attempt.flowRunId);
      tokens.push(again.lease.fencingToken);
      assert.equal(new Set(tokens).size, tokens.length, 'each ownership has a fencing token of its own');
      await hasEnded(trial, lease, worker);
    },
  },
  {
    name: 'stores the output of the owner, and drops that of a lease that has ended',
    holds: async (trial) => {
      const { outputOf } = trial.world;
      if (!outputOf) return;
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      const { flowRunId } = lease.attempt;
      const at = trial.world.clock.nowMs();
      lease.output([{ message: 'one', timestampMs: at }], 'after one');
      lease.output([{ message: 'two', timestampMs: at }], 'after two');
      await trial.answered(lease.release('failed'));
      lease.output([{ message: 'late', timestampMs: at }], 'after late');
      const taken = await trial.takeOverOne(worker, flowRunId);
      lease.output([{ message: 'later', timestampMs: at }], 'after later');
      taken.lease.output([{ message: 'three', timestampMs: at }]);
      if (trial.traits.keepsOutputCursors) assert.equal(taken.outputCursor, 'after two');
      await trial.soon('the output', async () => (await outputOf.call(trial.world, flowRunId)).includes('three'));
      assert.deepEqual(await outputOf.call(trial.world, flowRunId), ['one', 'two', 'three']);
    },
  },
];
