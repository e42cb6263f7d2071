import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

const GONE = ['INFRASTRUCTURE_NOT_FOUND', 'INFRASTRUCTURE_NOT_AVAILABLE'];

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

  it('says that there is no such infrastructure', async () => {
    const worker = await area.worker();
    if (!worker.capabilities.canKill) return;
    const configuration = area.world.configurationFor({ kind: 'held' }, area.flowRun().id);
    const killing = worker.killInfrastructure(area.world.unknownPid, configuration, 0);
    await area.rejectsWithCode(killing, GONE, 'killInfrastructure() of an unknown pid');
  });
}
