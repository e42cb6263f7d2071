import assert from 'node:assert/strict';
import type { Law } from './law.js';

/** Laws about which worker is granted a due run. */
export const CLAIMS: readonly Law[] = [
  {
    name: 'grants a run to only one of several workers that claim it concurrently',
    holds: async (trial) => {
      const workers = [await trial.worker(), await trial.worker(), await trial.worker()];
      const id = await trial.run();
      const answers = await Promise.all(workers.map((worker) => trial.tryClaim(worker, id)));
      assert.equal(answers.filter(({ claimed }) => claimed).length, 1, 'exactly one claim is granted');
      for (const answer of answers) if (!answer.claimed) assert.notEqual(answer.reason, '', 'a refusal has a reason');
      const pending = (await trial.stateTypes(id)).filter((type) => type === 'PENDING');
      assert.equal(pending.length, 1, 'the run became Pending once');
    },
  },
  {
    name: 'grants the lease of an attempt of that run, and stops offering the run',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const id = await trial.run();
      const beforeMs = trial.world.clock.nowMs();
      const { attempt, fencingToken, isHeld } = await trial.claim(worker, id);
      assert.equal(attempt.flowRunId, id);
      assert.notEqual(attempt.id, '');
      assert.notEqual(fencingToken, '');
      assert.equal(isHeld, true);
      assert.ok(Math.abs(attempt.startedAtMs - beforeMs) < 60_000, 'the attempt started about now');
      assert.equal((await trial.read(worker, id)).stateType, 'PENDING');
      assert.deepEqual(await trial.poll(other), []);
    },
  },
  {
    name: 'starts a new attempt without data of the previous one when the run was rescheduled',
    holds: async (trial) => {
      const worker = await trial.worker();
      const first = await trial.claimNew(worker);
      const { flowRunId } = first.attempt;
      await trial.answered(first.storeLaunch({ relaunch: 1, place: { at: 'first' } }));
      await trial.answered(first.storeInfrastructurePid('first'));
      await trial.world.reschedule(flowRunId);
      const second = await trial.claim(worker, flowRunId);
      assert.notEqual(second.attempt.id, first.attempt.id, 'attempts have names of their own');
      await trial.answered(second.release('failed'));
      const taken = await trial.takeOverOne(worker, flowRunId);
      assert.equal(taken.infrastructurePid, null, 'the infrastructure of the earlier attempt is not handed on');
      assert.equal(taken.launch, null, 'the launch of the earlier attempt is not handed on');
    },
  },
  {
    name: 'refuses a run that is claimed, cancelled or final, and changes nothing',
    holds: async (trial) => {
      const [worker, other] = [await trial.worker(), await trial.worker()];
      const [claimed, cancelled, final] = [await trial.run(), await trial.run(), await trial.run()];
      const seen = await Promise.all([claimed, cancelled, final].map((id) => trial.read(other, id)));
      await trial.claim(worker, claimed);
      await trial.world.cancel(cancelled);
      await trial.world.fail(final);
      for (const flowRun of seen) {
        const before = await trial.world.statesOf(flowRun.id);
        const answer = await trial.answered(other.client.claim(flowRun));
        assert.equal(answer.claimed, false, `a run that is ${before.at(-1)?.name} was granted`);
        assert.deepEqual(await trial.world.statesOf(flowRun.id), before);
      }
    },
  },
  {
    name: 'refuses a run that was deleted',
    holds: async (trial) => {
      if (!trial.world.remove) return;
      const worker = await trial.worker();
      const id = await trial.run();
      const flowRun = await trial.read(worker, id);
      await trial.world.remove(id);
      assert.equal((await trial.answered(worker.client.claim(flowRun))).claimed, false);
      assert.equal(await trial.answered(worker.client.readFlowRun(id)), null);
    },
  },
  {
    name: 'reads several runs by id, and omits those that do not exist',
    holds: async (trial) => {
      const worker = await trial.worker();
      const ids = [await trial.run(), await trial.run()];
      const runs = await trial.answered(worker.client.readFlowRuns([...ids, '00000000-0000-4000-8000-000000000000']));
      assert.deepEqual([...runs.keys()].sort(), [...ids].sort());
      for (const [id, flowRun] of runs) assert.equal(flowRun.id, id);
    },
  },
  {
    name: 'refuses a second live worker with the same name, or reports it',
    holds: async (trial) => {
      const first = await trial.worker({ name: 'namesake' });
      const second = trial.worker({ name: first.name });
      const outcome = await second.catch((error: unknown) => error);
      if (outcome instanceof Error) {
        assert.equal((outcome as { code?: unknown }).code, 'WORKER_NAME_IN_USE', String(outcome));
        return;
      }
      const worker = await second;
      const search = async (): Promise<readonly string[] | undefined> => {
        await trial.takeOver(worker);
        const { namesakes } = await trial.answered(worker.client.heartbeat());
        return namesakes.length > 0 ? namesakes : undefined;
      };
      const namesakes = await trial.noticed(search, first);
      assert.equal(namesakes?.length, 1, 'the heartbeat reports the other worker of that name');
    },
  },
];
