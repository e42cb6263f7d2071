import assert from 'node:assert/strict';
import type { BaseWorker, FlowRun, LaunchPlace } from '@worker-host/core';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

/** Rules about finding jobs, for workers that declare `canList`. */
export function listContract(area: Area, rule: Rule): void {
  const listed = async (worker: BaseWorker, flowRun: FlowRun) => {
    const configuration = area.configuration({ kind: 'held' }, flowRun);
    const all = await area.settled(worker.listInfrastructure([configuration], []), 'listInfrastructure()');
    return all.filter(({ flowRunId }) => flowRunId === flowRun.id);
  };

  rule(
    'lists a job with its run and attempt until it has ended',
    'the host finds and stops orphaned jobs by this list.',
    async () => {
      const [worker, flowRun] = [await area.worker('canList'), area.flowRun()];
      const { pid, context, trial } = await area.held(await area.worker(), flowRun);
      const [only, ...others] = await listed(worker, flowRun);
      assert.equal(others.length, 0, `the job is listed ${others.length + 1} times`);
      assert.equal(only?.infrastructurePid, pid, 'the job is not listed, or with another pid');
      const { attemptId } = only;
      const isOfAttempt = [context.attempt.id, null].includes(attemptId);
      assert.ok(isOfAttempt, `attempt ${attemptId} is not the attempt of the launch`);
      await area.releasedResultOf(trial, flowRun);
      assert.deepEqual(await listed(worker, flowRun), [], 'the job is listed after its end');
    },
  );

  rule('does not list jobs of another pool', 'the host stops jobs whose runs its pool does not know.', async () => {
    const createWorkerOfAnotherPool = area.lever('createWorkerOfAnotherPool');
    const [worker, flowRun] = [await area.worker('canList'), area.flowRun()];
    const other = await area.setUp(createWorkerOfAnotherPool());
    const { trial } = await area.held(other, flowRun);
    assert.deepEqual(await listed(worker, flowRun), [], 'a job of another pool is listed');
    assert.equal((await listed(other, flowRun)).length, 1, 'the other pool does not list its own job');
    await area.releasedResultOf(trial, flowRun);
  });

  rule(
    'finds the job of a launch whose pid was never stored, and none for a launch that was never sent',
    'an owner can be killed in between; a wrong result loses the job, or adopts another one.',
    async () => {
      const [worker, flowRun] = [await area.worker('canList'), area.flowRun()];
      const configuration = area.configuration({ kind: 'held' }, flowRun);
      const { pid, context, trial } = await area.held(await area.worker(), flowRun);
      const { attempt, relaunch, storedPlace: place } = context;
      const find = async (launch: Parameters<BaseWorker['findInfrastructure']>[0]) =>
        await area.settled(worker.findInfrastructure(launch, configuration), 'findInfrastructure()');
      assert.equal(await find({ attempt, relaunch, place }), pid, 'the job is not found by its launch');
      const never = { ...attempt, id: 'attempt-that-never-was' };
      assert.equal(await find({ attempt: never, relaunch, place }), null, 'the job is found for another attempt');
      await area.releasedResultOf(trial, flowRun);
      assert.equal(
        await find({ attempt, relaunch: relaunch + 1, place }),
        null,
        'the ended job is found for another relaunch',
      );
    },
  );

  rule(
    'searches launches with one configuration in one place',
    'the control plane keeps each search place of the pool, and the host lists jobs in all of them.',
    async () => {
      const worker = await area.worker('canList');
      const flowRuns = [area.flowRun(), area.flowRun()];
      const places: LaunchPlace[] = [];
      for (const flowRun of flowRuns) {
        const { pid, context, trial } = await area.held(worker, flowRun);
        assert.ok(context.storedPlace, 'the launch place was not stored');
        const place = worker.searchPlaceOf(context.storedPlace);
        assert.deepEqual(worker.searchPlaceOf(place), place, 'the search place of a search place is another one');
        const configuration = area.configuration({ kind: 'held' }, flowRun);
        const all = await area.settled(worker.listInfrastructure([configuration], [place]), 'listInfrastructure()');
        const count = all.filter(({ infrastructurePid }) => infrastructurePid === pid).length;
        assert.equal(count, 1, `the job is listed ${count} times`);
        places.push(place);
        await area.releasedResultOf(trial, flowRun);
      }
      assert.deepEqual(places[1], places[0], 'two launches have different search places: see searchPlaceOf()');
    },
  );
}
