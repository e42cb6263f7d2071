import assert from 'node:assert/strict';
import type { Law } from './law.js';
import type { OrchestratorTrial, TrialWorker } from './orchestrator-trial.js';

const MINUTE_MS = 60_000;

async function polledIds(trial: OrchestratorTrial, worker: TrialWorker, limit: number | null = null) {
  return (await trial.poll(worker, limit)).map(({ id }) => id);
}

/** Asserts that a run is neither offered nor, if claims are checked, granted. */
async function rests(trial: OrchestratorTrial, worker: TrialWorker, id: string, why: string): Promise<void> {
  assert.deepEqual(await polledIds(trial, worker), [], `a run was offered though ${why}`);
  if (!trial.traits.checksLimitsAtClaim) return;
  assert.equal((await trial.tryClaim(worker, id)).claimed, false, `a run was granted though ${why}`);
}

/** Laws about which runs are offered, and how many. */
export const ORDER_AND_LIMITS: readonly Law[] = [
  {
    name: 'offers due runs, the longest due first, and at most the requested number',
    holds: async (trial) => {
      const worker = await trial.worker();
      const last = await trial.run({ dueInMs: -1 * MINUTE_MS });
      const first = await trial.run({ dueInMs: -3 * MINUTE_MS });
      const second = await trial.run({ dueInMs: -2 * MINUTE_MS });
      await trial.run({ dueInMs: 60 * MINUTE_MS });
      assert.deepEqual(await polledIds(trial, worker), [first, second, last]);
      assert.deepEqual(await polledIds(trial, worker, 2), [first, second]);
    },
  },
  {
    name: 'offers a run before it is due to a worker that polls ahead',
    holds: async (trial) => {
      const worker = await trial.worker();
      const id = await trial.run({ dueInMs: 5 * MINUTE_MS });
      const ahead = async (ms: number) => (await trial.poll(worker, null, ms)).map((run) => run.id);
      assert.deepEqual(await ahead(4 * MINUTE_MS), []);
      assert.deepEqual(await ahead(6 * MINUTE_MS), [id]);
    },
  },
  {
    name: 'orders runs by the priority of their queues first, then by time',
    holds: async (trial) => {
      const { setQueue } = trial.world;
      if (!setQueue) return;
      await setQueue.call(trial.world, 'later', { priority: 20 });
      await setQueue.call(trial.world, 'urgent', { priority: 10 });
      const worker = await trial.worker();
      const later = await trial.run({ workQueueName: 'later', dueInMs: -5 * MINUTE_MS });
      const urgent = await trial.run({ workQueueName: 'urgent' });
      assert.deepEqual(await polledIds(trial, worker), [urgent, later]);
    },
  },
  {
    name: 'offers a worker only runs of its queues',
    holds: async (trial) => {
      const { setQueue } = trial.world;
      if (!setQueue) return;
      for (const name of ['mine', 'other']) await setQueue.call(trial.world, name, {});
      const worker = await trial.worker({ workQueueNames: ['mine'] });
      await trial.run({ workQueueName: 'other' });
      const mine = await trial.run({ workQueueName: 'mine' });
      assert.deepEqual(await polledIds(trial, worker), [mine]);
    },
  },
  {
    name: 'offers nothing while the pool is paused, and everything after it is resumed',
    holds: async (trial) => {
      const worker = await trial.worker();
      const id = await trial.run();
      await trial.world.setPool({ isPaused: true });
      await rests(trial, worker, id, 'the pool is paused');
      await trial.world.setPool({ isPaused: false });
      assert.deepEqual(await polledIds(trial, worker), [id]);
    },
  },
  {
    name: 'offers no runs of a paused queue',
    holds: async (trial) => {
      const { setQueue } = trial.world;
      if (!setQueue) return;
      await setQueue.call(trial.world, 'halted', {});
      const worker = await trial.worker();
      const id = await trial.run({ workQueueName: 'halted' });
      await setQueue.call(trial.world, 'halted', { isPaused: true });
      await rests(trial, worker, id, 'its queue is paused');
    },
  },
  {
    name: 'respects the limit of the pool, and offers more when a run ends',
    holds: async (trial) => {
      const worker = await trial.worker();
      await trial.world.setPool({ concurrencyLimit: 2 });
      for (let made = 0; made < 4; made += 1) await trial.run({ dueInMs: (made - 10) * 1000 });
      const [first = '', second = '', ...more] = await polledIds(trial, worker);
      assert.deepEqual(more, [], 'more runs were offered than the pool has slots');
      const lease = await trial.claim(worker, first);
      const left = await polledIds(trial, worker);
      assert.deepEqual(left, [second]);
      await trial.claim(worker, second);
      const waiting = await trial.run();
      await rests(trial, worker, waiting, 'the pool is at its limit');
      await trial.answered(lease.proposeState({ type: 'CRASHED' }));
      assert.equal((await polledIds(trial, worker)).length, 1);
    },
  },
  {
    name: 'refuses a claim that exceeds the vCPU or memory limit of the pool until a run ends',
    holds: async (trial) => {
      if (!trial.traits.limitsResources) return;
      await trial.world.setPool({ vcpuLimit: 4, memoryLimitMib: 8192 });
      const worker = await trial.worker();
      const claim = async (vcpus: number, memoryMib: number, id?: string) =>
        await trial.tryClaim(worker, id ?? (await trial.run()), { vcpus, memoryMib });
      const first = await claim(2.5, 1024);
      assert.ok(first.claimed, 'a run was refused though the pool has room for it');
      assert.equal((await claim(2, 1024)).claimed, false, 'a run was granted though too few vCPUs are left');
      const waiting = await trial.run();
      assert.equal(
        (await claim(1, 8000, waiting)).claimed,
        false,
        'a run was granted though too little memory is left',
      );
      assert.equal((await claim(5, 1)).claimed, false, 'a run was granted that is larger than the limit');
      assert.ok((await claim(1.5, 7168)).claimed, 'a run was refused though it fits');
      await trial.answered(first.lease.proposeState({ type: 'CRASHED' }));
      assert.ok((await claim(0.5, 512, waiting)).claimed, 'a run was refused though an end has made room for it');
      await trial.world.setPool({ vcpuLimit: null, memoryLimitMib: null });
      assert.ok((await claim(64, 999_999)).claimed, 'a run was refused though the pool has no limit any more');
    },
  },
  {
    name: 'lets smaller runs overtake a run that does not fit for at most a minute',
    holds: async (trial) => {
      if (!trial.traits.limitsResources) return;
      await trial.world.setPool({ vcpuLimit: 4 });
      const worker = await trial.worker();
      const small = { vcpus: 1, memoryMib: 1 };
      const claimNew = async () => await trial.tryClaim(worker, await trial.run(), small);
      const first = await claimNew();
      assert.ok(first.claimed);
      const large = await trial.run();
      const claimLarge = async () => await trial.tryClaim(worker, large, { vcpus: 4, memoryMib: 1 });
      assert.equal((await claimLarge()).claimed, false);
      assert.ok((await claimNew()).claimed, 'a small run was refused, though the large one waits for a moment only');
      await trial.pass(MINUTE_MS + 1000, worker);
      assert.equal((await claimLarge()).claimed, false);
      assert.equal((await claimNew()).claimed, false, 'a small run has overtaken one that waits for a minute');
      await trial.world.setPool({ vcpuLimit: 8 });
      assert.ok((await claimLarge()).claimed, 'the large run was refused though there is room');
      assert.ok((await claimNew()).claimed, 'a small run was refused though nothing waits any more');
    },
  },
  {
    name: 'respects the limit of a queue without affecting other queues',
    holds: async (trial) => {
      const { setQueue } = trial.world;
      if (!setQueue) return;
      await setQueue.call(trial.world, 'narrow', { concurrencyLimit: 1 });
      const worker = await trial.worker();
      const narrow = [await trial.run({ workQueueName: 'narrow' }), await trial.run({ workQueueName: 'narrow' })];
      await trial.claim(worker, narrow[0] ?? '');
      await rests(trial, worker, narrow[1] ?? '', 'its queue is at its limit');
      const free = await trial.run();
      assert.deepEqual(await polledIds(trial, worker), [free]);
    },
  },
];
