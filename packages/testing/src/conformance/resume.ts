import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

const GONE = ['INFRASTRUCTURE_NOT_FOUND', 'INFRASTRUCTURE_NOT_AVAILABLE'];

/** Finding jobs of an earlier process. Nothing is asked of a worker that does not declare `canResume`, `canList`. */
export function resumeContract(area: Area, { it }: ContractRunner): void {
  it('watches a job of another worker to its end, without launching anything', async () => {
    const later = await area.worker();
    if (!later.capabilities.canResume) return;
    const flowRun = area.flowRun();
    const { pid, context, result } = await area.held(await area.worker(), flowRun);
    context.stopWatching();
    await area.reasonOf(result, 'run()');
    const resumed = area.resume(later, pid, flowRun);
    await area.world.release(flowRun.id);
    const { identifier, statusCode } = await area.settled(resumed.result);
    assert.deepEqual([identifier, statusCode], [pid, 0]);
    assert.equal(await area.world.launchesOf(flowRun.id), 1);
  });

  it("rejects with the signal's own reason when the host stops watching", async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canResume) return;
    const flowRun = area.flowRun();
    const first = await area.held(worker, flowRun);
    const resumed = area.resume(await area.worker(), first.pid, flowRun);
    const reason = new Error('restart');
    resumed.context.stopWatching(reason);
    assert.equal(await area.reasonOf(resumed.result, 'resume()'), reason);
    await area.world.release(flowRun.id);
    await area.settled(first.result);
  });

  it('says that there is no such infrastructure', async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canResume) return;
    const { result } = area.resume(worker, area.world.unknownPid, area.flowRun());
    await area.rejectsWithCode(result, GONE, 'resume() of an unknown pid');
  });

  it('lists a job with its run and attempt while it lives, and no longer', async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canList) return;
    const flowRun = area.flowRun();
    const configuration = area.world.configurationFor({ kind: 'held' }, flowRun.id);
    const listed = async () => {
      const all = await area.settled(worker.listInfrastructure([configuration], []));
      return all.filter(({ flowRunId }) => flowRunId === flowRun.id);
    };
    const { pid, context, result } = await area.held(await area.worker(), flowRun);
    const [only, ...others] = await listed();
    assert.equal(others.length, 0);
    assert.equal(only?.infrastructurePid, pid);
    assert.ok(
      [context.attempt.id, null].includes(only.attemptId),
      `attempt ${only.attemptId} is not that of the launch`,
    );
    await area.world.release(flowRun.id);
    await area.settled(result);
    assert.deepEqual(await listed(), []);
  });

  it('finds the job of a launch whose pid was never stored, and none for a launch that was never sent', async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canList) return;
    const flowRun = area.flowRun();
    const configuration = area.world.configurationFor({ kind: 'held' }, flowRun.id);
    const { pid, context, result } = await area.held(await area.worker(), flowRun);
    const { attempt, relaunch, storedPlace: place } = context;
    const found = await area.settled(worker.findInfrastructure({ attempt, relaunch, place }, configuration));
    assert.equal(found, pid, 'findInfrastructure() finds the job by its launch');
    const another = { attempt: { ...attempt, id: 'attempt-that-never-was' }, relaunch, place };
    assert.equal(await area.settled(worker.findInfrastructure(another, configuration)), null);
    await area.world.release(flowRun.id);
    await area.settled(result);
  });
}
