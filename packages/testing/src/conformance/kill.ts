import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

const GONE = ['INFRASTRUCTURE_NOT_FOUND', 'INFRASTRUCTURE_NOT_AVAILABLE'];
const UNCONFIRMED = 'INFRASTRUCTURE_STOP_UNCONFIRMED';
const MOST_CALLS = 100;

/** Stopping a job. Nothing is asked of a worker that does not declare `canKill`. */
export function killContract(area: Area, { it }: ContractRunner): void {
  it('stops a job, whose run then ends without success', async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canKill) return;
    const flowRun = area.flowRun();
    const { pid, result } = await area.held(worker, flowRun);
    const configuration = area.world.configurationFor({ kind: 'held' }, flowRun.id);
    await area.settled(worker.killInfrastructure(pid, configuration, 0));
    const { isSuccess, end } = await area.settled(result);
    assert.equal(isSuccess, false);
    if (end) assert.equal(end.stopRequested, true, 'the end says that it was asked for');
  });

  it('stops a job that another worker launched', async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canKill) return;
    const flowRun = area.flowRun();
    const { pid, result } = await area.held(await area.worker(), flowRun);
    const configuration = area.world.configurationFor({ kind: 'held' }, flowRun.id);
    await area.settled(worker.killInfrastructure(pid, configuration, 0));
    assert.equal((await area.settled(result)).isSuccess, false);
  });

  it('resolves only for a job that stops, and stops it when it is asked again', async () => {
    const worker = await area.worker();
    const { world } = area;
    if (!worker.capabilities.canKill || !world.ignoreNextStop) return;
    const flowRun = area.flowRun();
    const trial = await area.held(worker, flowRun);
    const configuration = world.configurationFor({ kind: 'held' }, flowRun.id);
    await world.ignoreNextStop(flowRun.id);
    const first = await area.settled(
      worker.killInfrastructure(trial.pid, configuration, 0).then(
        () => null,
        (reason: unknown) => reason,
      ),
    );
    if (first !== null) {
      await area.rejectsWithCode(Promise.reject(first), [UNCONFIRMED], 'killInfrastructure() without effect');
      await area.settled(worker.killInfrastructure(trial.pid, configuration, 0));
    }
    assert.ok(await area.settlesSoon(trial), 'killInfrastructure() resolved, and the job goes on');
    assert.equal((await trial.result).isSuccess, false);
  });

  it('says that there is no such infrastructure, at last', async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canKill) return;
    const configuration = area.world.configurationFor({ kind: 'held' }, area.flowRun().id);
    let reason: unknown;
    // Infrastructure that may only not be visible yet is asked for again, as the host does.
    for (let calls = 0; calls < MOST_CALLS; calls += 1) {
      const killing = worker.killInfrastructure(area.world.unknownPid, configuration, 0);
      reason = await area.reasonOf(killing, 'killInfrastructure() of an unknown pid');
      if ((reason as { readonly code?: unknown }).code !== UNCONFIRMED) break;
    }
    await area.rejectsWithCode(Promise.reject(reason), GONE, 'killInfrastructure() of an unknown pid');
  });
}
