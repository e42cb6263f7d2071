import assert from 'node:assert/strict';
import type { Law } from './law.js';

/** Laws about runs whose owner has died or closed. */
export const TAKE_OVER: readonly Law[] = [
  {
    name: 'grants each run of a dead worker to only one of several that take over concurrently',
    holds: async (trial) => {
      const [dead, ...others] = [await trial.worker(), await trial.worker(), await trial.worker()];
      assert.ok(dead);
      const leases = [await trial.claimNew(dead), await trial.claimNew(dead), await trial.claimNew(dead)];
      await trial.kill(dead, ...others);
      const rounds = await Promise.all(others.map((other) => trial.takeOver(other)));
      const taken = rounds.flat().map(({ lease }) => lease.attempt);
      const wanted = leases.map(({ attempt }) => attempt);
      const byId = (a: { flowRunId: string }, b: { flowRunId: string }) => (a.flowRunId < b.flowRunId ? -1 : 1);
      const named = ({ flowRunId, id }: { flowRunId: string; id: string }) => ({ flowRunId, id });
      assert.deepEqual(taken.sort(byId).map(named), wanted.sort(byId).map(named), 'each once, with its attempt');
      const again = await Promise.all(others.map((other) => trial.takeOver(other)));
      assert.deepEqual(again.flat(), [], 'what was taken over is offered no more');
    },
  },
  {
    name: 'grants no run of a live worker, and none that the calling process holds',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(worker);
      assert.deepEqual(await trial.takeOver(other), []);
      assert.deepEqual(await trial.takeOver(worker), []);
      assert.equal(lease.isHeld, true);
      await trial.answered(lease.label({ still: 'owned' }));
    },
  },
  {
    name: 'offers the runs of a worker immediately after it closed',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const { attempt } = await trial.claimNew(worker);
      await trial.answered(worker.client.close());
      await trial.takeOverOne(other, attempt.flowRunId);
    },
  },
  {
    name: 'returns what the dead worker stored: launch, infrastructure, cursor',
    holds: async (trial) => {
      const [dead, other] = [await trial.worker(), await trial.worker()];
      const lease = await trial.claimNew(dead);
      const place = { account: '123', cluster: 'c', tokens: ['a', 'b'] };
      await trial.answered(lease.storeLaunch({ relaunch: 2, place }));
      await trial.answered(lease.storeInfrastructurePid('pid-2'));
      await trial.answered(lease.proposeState({ type: 'RUNNING' }));
      lease.output([{ message: 'line', timestampMs: trial.world.clock.nowMs() }], 'after line');
      await trial.pass(1000, dead);
      await trial.kill(dead, other);
      const taken = await trial.takeOverOne(other, lease.attempt.flowRunId);
      assert.deepEqual(taken.launch, { relaunch: 2, place });
      assert.equal(taken.infrastructurePid, 'pid-2');
      assert.equal(taken.flowRun.stateType, 'RUNNING');
      if (trial.traits.keepsOutputCursors) assert.equal(taken.outputCursor, 'after line');
    },
  },
  {
    name: 'counts only owners that died before they stored a launch',
    holds: async (trial) => {
      const workers = [await trial.worker(), await trial.worker(), await trial.worker()] as const;
      const [first, second, third] = workers;
      const { attempt } = await trial.claimNew(first);
      await trial.kill(first, second, third);
      const taken = await trial.takeOverOne(second, attempt.flowRunId);
      assert.equal(taken.deaths, 1, 'the first owner died');
      await trial.answered(taken.lease.release('failed'));
      const again = await trial.takeOverOne(third, attempt.flowRunId);
      assert.equal(again.deaths, 1, 'the second owner released it');
      await trial.answered(again.lease.storeLaunch({ relaunch: 0, place: { at: 'a' } }));
      await trial.kill(third, second);
      assert.equal((await trial.takeOverOne(second, attempt.flowRunId)).deaths, 1, 'the third owner had launched it');
    },
  },
  {
    name: 'clears the infrastructure of the previous relaunch when the next launch is stored',
    holds: async (trial) => {
      const worker = await trial.worker();
      const lease = await trial.claimNew(worker);
      await trial.answered(lease.storeLaunch({ relaunch: 0, place: { at: 'a' } }));
      await trial.answered(lease.storeInfrastructurePid('pid-0'));
      await trial.answered(lease.storeLaunch({ relaunch: 0, place: { at: 'b' } }));
      assert.equal((await trial.read(worker, lease.attempt.flowRunId)).infrastructurePid, 'pid-0');
      await trial.answered(lease.storeLaunch({ relaunch: 1, place: { at: 'b' } }));
      await trial.answered(lease.release('failed'));
      const taken = await trial.takeOverOne(worker, lease.attempt.flowRunId);
      assert.equal(taken.infrastructurePid, null);
      assert.deepEqual(taken.launch, { relaunch: 1, place: { at: 'b' } });
    },
  },
  {
    name: 'takes over at most the requested number, and the rest with the next calls',
    holds: async (trial) => {
      const [dead, other] = [await trial.worker(), await trial.worker()];
      const ids = new Set<string>();
      for (let claimed = 0; claimed < 3; claimed += 1) ids.add((await trial.claimNew(dead)).attempt.flowRunId);
      await trial.kill(dead, other);
      const rounds = [await trial.takeOver(other, 2), await trial.takeOver(other, 2), await trial.takeOver(other, 2)];
      assert.deepEqual(
        rounds.map(({ length }) => length),
        [2, 1, 0],
      );
      assert.deepEqual(new Set(rounds.flat().map(({ flowRun }) => flowRun.id)), ids);
    },
  },
  {
    name: 'takes over neither scheduled nor final runs',
    holds: async (trial) => {
      const [dead, other] = [await trial.worker(), await trial.worker()];
      await trial.run();
      const final = await trial.claimNew(dead);
      await trial.answered(final.proposeState({ type: 'CRASHED' }));
      await trial.kill(dead, other);
      assert.deepEqual(await trial.takeOver(other), []);
    },
  },
  {
    name: 'reports who owns a run',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const [kept, released] = [await trial.claimNew(worker), await trial.claimNew(worker)];
      await trial.answered(released.release('failed'));
      const ownerOf = async ({ client }: typeof worker, { attempt }: typeof kept) =>
        await trial.answered(client.ownerOf(await trial.read(other, attempt.flowRunId)));
      assert.deepEqual([await ownerOf(worker, kept), await ownerOf(other, kept)], ['us', 'another']);
      assert.deepEqual([await ownerOf(worker, released), await ownerOf(other, released)], ['nobody', 'nobody']);
      await trial.kill(worker, other);
      assert.equal(await ownerOf(other, kept), 'nobody');
    },
  },
  {
    name: 'returns recent launch places, the newest first',
    holds: async (trial) => {
      if (!trial.traits.keepsLaunchPlaces) return;
      const [worker, other] = [await trial.worker(), await trial.worker()];
      for (const at of ['a', 'b', 'c', 'b']) {
        const lease = await trial.claimNew(worker);
        await trial.answered(lease.storeLaunch({ relaunch: 0, place: { at } }));
        await trial.answered(lease.proposeState({ type: 'CRASHED' }));
      }
      assert.deepEqual(await trial.answered(other.client.launchPlaces()), [{ at: 'b' }, { at: 'c' }, { at: 'a' }]);
    },
  },
  {
    name: 'returns the search places of deleted runs of a dead worker, each once',
    holds: async (trial) => {
      const { world } = trial;
      if (!trial.traits.keepsLaunchPlaces || !world.remove) return;
      const [dead, other] = [await trial.worker(), await trial.worker()];
      for (const [at, token] of [
        ['a', 0],
        ['b', 0],
        ['a', 1],
      ] as const) {
        const lease = await trial.claimNew(dead);
        await trial.answered(lease.storeLaunch({ relaunch: 0, place: { at, token }, searchPlace: { at } }));
        await world.remove(lease.attempt.flowRunId);
      }
      await trial.kill(dead, other);
      const places = await trial.answered(other.client.launchPlaces());
      assert.deepEqual(places.map((place) => JSON.stringify(place)).sort(), ['{"at":"a"}', '{"at":"b"}']);
    },
  },
];
