import assert from 'node:assert/strict';
import { isWorkerError } from '@worker-host/core';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

/** Failing to launch. Nothing is asked where the world knows no broken configuration. */
export function errorsContract(area: Area, { it }: ContractRunner): void {
  it('rejects what cannot be launched with a WorkerError that has a code, and launches nothing', async () => {
    const configuration = area.world.brokenConfiguration?.();
    if (configuration === undefined) return;
    const flowRun = area.flowRun();
    const context = area.contextOf(flowRun);
    const worker = await area.worker();
    const reason = await area.reasonOf(worker.run(flowRun, configuration, context), 'run() of what cannot be launched');
    assert.ok(isWorkerError(reason), `expected a WorkerError, got ${reason}`);
    assert.match(reason.code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
    assert.notEqual(reason.message, '');
    assert.deepEqual(context.startedPids, [], 'context.started() was called though nothing exists');
    assert.equal(await area.world.launchesOf(flowRun.id), 0);
  });
}
