import assert from 'node:assert/strict';
import { settle } from '../clock/fake-clock.js';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

/** Letting go, and not beginning. */
export function abortContract(area: Area, { it }: ContractRunner): void {
  it("rejects with the signal's own reason when the host stops watching", async () => {
    const flowRun = area.flowRun();
    const trial = await area.held(await area.worker(), flowRun);
    const reason = new Error('restart');
    trial.context.stopWatching(reason);
    assert.equal(await area.reasonOf(trial.result, 'run()'), reason);
    await area.world.release(flowRun.id);
  });

  it('leaves the job as it is when the host stops watching', async () => {
    const worker = await area.worker();
    const { canList, canResume } = worker.capabilities;
    if (!canList && !canResume) return;
    const flowRun = area.flowRun();
    const { pid, context, result } = await area.held(worker, flowRun);
    context.stopWatching();
    await area.reasonOf(result, 'run()');
    if (canList) {
      const configuration = area.world.configurationFor({ kind: 'held' }, flowRun.id);
      const listed = await area.settled(worker.listInfrastructure([configuration], []));
      assert.ok(
        listed.some(({ infrastructurePid }) => infrastructurePid === pid),
        'the job was stopped',
      );
    }
    await area.world.release(flowRun.id);
    if (canResume) assert.equal((await area.settled(area.resume(worker, pid, flowRun).result)).statusCode, 0);
  });

  it('launches nothing when the signal is aborted already', async () => {
    const flowRun = area.flowRun();
    const context = area.contextOf(flowRun);
    const reason = new Error('too late');
    context.stopWatching(reason);
    const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    assert.equal(await area.reasonOf(result, 'run()'), reason);
    assert.equal(await area.world.launchesOf(flowRun.id), 0);
  });

  it('launches nothing for a run that is cancelled already, and rejects with that reason', async () => {
    const flowRun = area.flowRun();
    const context = area.contextOf(flowRun);
    const reason = new Error('cancelled');
    context.cancel(reason);
    const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    assert.equal(await area.reasonOf(result, 'run()'), reason);
    assert.equal(await area.world.launchesOf(flowRun.id), 0);
  });

  it('stays with a job that is cancelled after its launch, until it has ended', async () => {
    const flowRun = area.flowRun();
    const trial = await area.held(await area.worker(), flowRun);
    trial.context.cancel();
    await settle();
    await area.world.letTimePass?.();
    assert.equal(
      trial.isSettled(),
      false,
      'run() settled though the job was running: the end is for the host to order',
    );
    await area.world.release(flowRun.id);
    assert.equal((await area.settled(trial.result)).statusCode, 0);
  });
}
