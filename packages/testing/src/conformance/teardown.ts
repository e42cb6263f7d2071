import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

/** Rules about closing a worker. */
export function teardownContract(area: Area, rule: Rule): void {
  rule('can be torn down twice', 'the host can be stopped twice.', async () => {
    const worker = await area.worker();
    await area.settled(worker.teardown(), 'teardown()');
    await area.settled(worker.teardown(), 'the second teardown()');
  });

  rule('can be torn down without a setup', 'the host tears down a worker whose setup failed.', async () => {
    await area.settled(area.world.createWorker().teardown(), 'teardown()');
  });

  rule('does not touch jobs when it is torn down', 'jobs keep running while a worker restarts.', async () => {
    const [worker, flowRun] = [await area.worker(), area.flowRun()];
    const { trial, context } = await area.held(worker, flowRun);
    await area.stopWatching(trial);
    await area.settled(worker.teardown(), 'teardown()');
    await area.patience.moment();
    const later = area.run(await area.worker(), flowRun, { kind: 'held' }, area.laterContextOf(context));
    await area.startedPid(later);
    await area.patience.moment();
    assert.ok(!later.isSettled, 'teardown() stopped the job');
    assert.equal((await area.releasedResultOf(later, flowRun)).statusCode, 0, 'teardown() stopped the job');
  });

  rule(
    'does not affect other workers when it is torn down',
    'workers that share memory would end each other.',
    async () => {
      const [worker, other, flowRun] = [await area.worker(), await area.worker(), area.flowRun()];
      const { trial } = await area.held(worker, flowRun);
      await area.settled(other.teardown(), 'teardown()');
      await area.patience.moment();
      assert.ok(!trial.isSettled, 'run() settled when another worker was torn down');
      assert.equal((await area.releasedResultOf(trial, flowRun)).statusCode, 0);
    },
  );

  rule(
    'leaves no timer after its teardown',
    'an active timer keeps the process alive, and polls without end.',
    async () => {
      await area.patience.moment();
      const before = timersOf(area);
      const [worker, flowRun] = [await area.worker(), area.flowRun()];
      const { trial } = await area.held(worker, flowRun);
      await area.stopWatching(trial);
      await area.settled(worker.teardown(), 'teardown()');
      await area.world.release(flowRun.id);
      const areGone = await area.patience.seesSoon(() => timersOf(area) <= before);
      assert.ok(areGone, `${timersOf(area) - before} timers are active`);
    },
  );
}

/** Returns timers that keep the process alive, and sleeps on the world's clock. */
function timersOf({ world }: Area): number {
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
  return timers.length + (world.pendingSleeps?.() ?? 0);
}
