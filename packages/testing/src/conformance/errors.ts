import assert from 'node:assert/strict';
import { type BaseWorker, isLaunchRefused, isWorkerError, WorkerNotReadyError } from '@worker-host/core';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

/** What the host concludes from a failure. Nothing is asked where the world cannot arrange it. */
export function errorsContract(area: Area, { it }: ContractRunner): void {
  it('refuses what cannot be launched with a LaunchRefused that has a code, and launches nothing', async () => {
    const configuration = area.world.brokenConfiguration?.();
    if (configuration === undefined) return;
    const flowRun = area.flowRun();
    const context = area.contextOf(flowRun);
    const worker = await area.worker();
    const reason = await area.reasonOf(worker.run(flowRun, configuration, context), 'run() of what cannot be launched');
    assert.ok(isLaunchRefused(reason), `expected a LaunchRefused, got ${reason}`);
    assert.match(reason.code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
    assert.notEqual(reason.message, '');
    assert.deepEqual(context.startedPids, [], 'context.started() was called though nothing exists');
    assert.equal(await area.world.launchesOf(flowRun.id), 0);
  });

  it('refuses no launch because the infrastructure cannot be reached, and launches once when it can again', async () => {
    const end = await area.world.outage?.();
    if (end === undefined) return;
    const flowRun = area.flowRun();
    const worker = await area.worker();
    const failed = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
    const reason = await area.reasonOf(failed.result, 'run() during an outage');
    assert.ok(!isLaunchRefused(reason), `an outage is no refusal: ${reason}`);
    await end();
    await succeedsAfter(area, worker, failed.context.storedPlace, flowRun);
  });

  it('is not ready without access, refuses no launch for it, and is ready again by itself', async () => {
    const restore = await area.world.withoutAccess?.();
    if (restore === undefined) return;
    const flowRun = area.flowRun();
    const worker = await area.worker();
    const configuration = area.world.configurationFor({ kind: 'ends', exitCode: 0 }, flowRun.id);
    const notReady = await area.reasonOf(worker.checkReady(configuration), 'checkReady() without access');
    assert.ok(notReady instanceof WorkerNotReadyError, `checkReady(): expected a WorkerNotReadyError, got ${notReady}`);
    const failed = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
    const reason = await area.reasonOf(failed.result, 'run() without access');
    assert.ok(reason instanceof WorkerNotReadyError, `run(): expected a WorkerNotReadyError, got ${reason}`);
    assert.ok(isWorkerError(reason) && !isLaunchRefused(reason));
    await restore();
    await area.settled(worker.checkReady(configuration));
    await succeedsAfter(area, worker, failed.context.storedPlace, flowRun);
  });
}

async function succeedsAfter(
  area: Area,
  worker: BaseWorker,
  launchPlace: ReturnType<Area['contextOf']>['storedPlace'],
  flowRun: ReturnType<Area['flowRun']>,
): Promise<void> {
  const context = area.contextOf(flowRun, { mayHaveLaunched: true, launchPlace });
  const { result } = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 }, context);
  assert.equal((await area.settled(result)).statusCode, 0);
  assert.equal(await area.world.launchesOf(flowRun.id), 1);
}
