import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

/** Letting go of a worker. */
export function teardownContract(area: Area, { it }: ContractRunner): void {
  it('is safe to call twice', async () => {
    const worker = await area.worker();
    await area.settled(worker.teardown());
    await area.settled(worker.teardown());
  });

  it('is safe to call without a setup', async () => {
    await area.settled(area.world.createWorker().teardown());
  });

  it('leaves jobs as they are', async () => {
    const worker = await area.worker();
    const later = await area.worker();
    const { canResume, canList } = later.capabilities;
    if (!canResume && !canList) return;
    const flowRun = area.flowRun();
    const { pid, context, result } = await area.held(worker, flowRun);
    context.stopWatching();
    await area.reasonOf(result, 'run()');
    await area.settled(worker.teardown());
    if (canList) {
      const configuration = area.world.configurationFor({ kind: 'held' }, flowRun.id);
      const listed = await area.settled(later.listInfrastructure([configuration], []));
      assert.ok(
        listed.some(({ infrastructurePid }) => infrastructurePid === pid),
        'teardown() stopped the job',
      );
    }
    await area.world.release(flowRun.id);
    if (canResume) assert.equal((await area.settled(area.resume(later, pid, flowRun).result)).statusCode, 0);
  });
}
