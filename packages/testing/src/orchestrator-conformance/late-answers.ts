import assert from 'node:assert/strict';
import type { Law } from './law.js';

/** Laws about calls that took effect and whose responses were lost. */
export const LATE_ANSWERS: readonly Law[] = [
  {
    name: 'grants the same attempt again to a worker whose claim response was lost',
    holds: async (trial) => {
      const { loseAnswer } = trial.world;
      if (!loseAnswer) return;
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const id = await trial.run();
      const flowRun = await trial.read(worker, id);
      await loseAnswer.call(trial.world, worker.client, 'claim');
      const first = await trial.answered(worker.client.claim(flowRun).catch(() => null));
      assert.ok(first === null || first.claimed, 'the claim that took effect was answered as a refusal');
      assert.deepEqual(await trial.takeOver(other), [], 'the run of a living worker was offered to another');
      if (first === null) {
        const again = await trial.answered(worker.client.claim(flowRun));
        const lease = again.claimed ? again.lease : (await trial.takeOverOne(worker, id)).lease;
        await trial.answered(lease.label({ is: 'owned' }));
      }
      assert.deepEqual(await trial.stateTypes(id), ['SCHEDULED', 'PENDING'], 'the run became Pending once');
    },
  },
  {
    name: 'grants a claim again after a lost response, even if its worker holds a lease of the previous attempt',
    holds: async (trial) => {
      const { loseAnswer } = trial.world;
      if (!loseAnswer) return;
      const worker = await trial.worker();
      const { attempt } = await trial.claimNew(worker);
      await trial.world.reschedule(attempt.flowRunId);
      const flowRun = await trial.read(worker, attempt.flowRunId);
      await loseAnswer.call(trial.world, worker.client, 'claim');
      const first = await trial.answered(worker.client.claim(flowRun).catch(() => null));
      const again = first ?? (await trial.answered(worker.client.claim(flowRun)));
      assert.ok(again.claimed, 'the run is neither granted again nor offered');
      assert.notEqual(again.lease.attempt.id, attempt.id);
      const pending = (await trial.stateTypes(flowRun.id)).filter((type) => type === 'PENDING');
      assert.equal(pending.length, 2, 'each attempt became Pending once');
    },
  },
  {
    name: 'offers a run again to a worker whose claim response was lost, because it holds no lease',
    holds: async (trial) => {
      const { loseAnswer } = trial.world;
      if (!loseAnswer) return;
      const worker = await trial.worker();
      const id = await trial.run();
      await loseAnswer.call(trial.world, worker.client, 'claim');
      const answer = await trial.answered(worker.client.claim(await trial.read(worker, id)).catch(() => null));
      if (answer !== null) return;
      const { lease } = await trial.takeOverOne(worker, id);
      await trial.answered(lease.label({ is: 'owned' }));
    },
  },
  {
    name: 'stores a state once that is proposed again after a lost response',
    holds: async (trial) => {
      const { loseAnswer } = trial.world;
      if (!loseAnswer) return;
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      await loseAnswer.call(trial.world, worker.client, 'proposeState');
      await trial.answered(lease.proposeState({ type: 'RUNNING' }).catch(() => null));
      const answer = await trial.answered(lease.proposeState({ type: 'RUNNING' }));
      assert.equal(answer.state?.type, 'RUNNING', 'the answer has the state that the run is in');
      assert.equal(lease.isHeld, true);
      const running = (await trial.stateTypes(lease.attempt.flowRunId)).filter((type) => type === 'RUNNING');
      assert.equal(running.length, 1, 'the state is in the history once');
    },
  },
  {
    name: 'accepts a final state again after a lost response, and stores it once',
    holds: async (trial) => {
      const { loseAnswer } = trial.world;
      if (!loseAnswer) return;
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      await loseAnswer.call(trial.world, worker.client, 'proposeState');
      const first = await trial.answered(lease.proposeState({ type: 'CRASHED' }).catch(() => null));
      assert.deepEqual(await trial.takeOver(worker), []);
      const answer = first ?? (await trial.answered(lease.proposeState({ type: 'CRASHED' })));
      assert.equal(answer.status, 'ACCEPT', 'the final state was accepted');
      assert.equal(answer.state?.type, 'CRASHED');
      const crashed = (await trial.stateTypes(lease.attempt.flowRunId)).filter((type) => type === 'CRASHED');
      assert.equal(crashed.length, 1, 'the final state is in the history once');
      assert.equal(lease.isHeld, false);
    },
  },
  {
    name: 'keeps the lease after a write with a lost response, so that it can be repeated',
    holds: async (trial) => {
      const { loseAnswer } = trial.world;
      if (!loseAnswer) return;
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      await loseAnswer.call(trial.world, worker.client, 'storeInfrastructurePid');
      await trial.answered(lease.storeInfrastructurePid('pid').catch(() => null));
      assert.equal(lease.isHeld, true);
      await trial.answered(lease.storeInfrastructurePid('pid'));
      assert.equal((await trial.read(worker, lease.attempt.flowRunId)).infrastructurePid, 'pid');
    },
  },
];
