import assert from 'node:assert/strict';
import { isLaunchRefused } from '@worker-host/core';
import type { Area } from './area.js';
import { launchingOf } from './launch.js';
import type { Rule } from './rule.js';

const ONCE = 'workers can be killed at any time, and the job must neither be lost nor run twice.';
const FOREVER = (): Promise<void> => new Promise(() => undefined);

/** Rules about a run whose owner was killed. The context of a killed worker never responds again. */
export function adoptionContract(area: Area, rule: Rule): void {
  rule('launches once after an owner that was killed before it stored the place', ONCE, async () => {
    const flowRun = area.flowRun();
    const killed = area.contextOf(flowRun, { onLaunching: FOREVER });
    const first = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, killed);
    await launchingOf(area, first.result, killed);
    const context = area.contextOf(flowRun);
    const second = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    assert.equal((await area.resultOf(second)).statusCode, 0);
    await area.assertLaunches(flowRun, 1);
  });

  rule(
    'launches once, at the stored place, after an owner that was killed before it sent the launch',
    ONCE,
    async () => {
      const flowRun = area.flowRun();
      const killed = area.contextOf(flowRun, { onLaunching: FOREVER });
      const first = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, killed);
      await launchingOf(area, first.result, killed);
      const context = area.laterContextOf(killed);
      const second = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
      assert.equal((await area.resultOf(second)).statusCode, 0);
      await area.assertLaunches(flowRun, 1);
      for (const place of context.launchPlaces)
        assert.deepEqual(place, killed.storedPlace, 'the later owner did not launch at the stored place');
    },
  );

  rule('finds the job of an owner that was killed before the pid was stored', ONCE, async () => {
    const flowRun = area.flowRun();
    const killed = area.contextOf(flowRun, { onStarted: FOREVER });
    const { pid } = await area.held(await area.worker(), flowRun, killed);
    const second = area.run(await area.worker(), flowRun, { kind: 'held' }, area.laterContextOf(killed));
    assert.equal(await area.startedPid(second), pid, 'the later owner reports another pid');
    await area.releasedResultOf(second, flowRun);
    await area.assertLaunches(flowRun, 1);
  });

  rule('finds the job of an owner that was killed after the job had ended, with its exit status', ONCE, async () => {
    const flowRun = area.flowRun();
    const first = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 37 });
    const { identifier } = await area.resultOf(first);
    const context = area.laterContextOf(first.context);
    const second = await area.resultOf(area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 37 }, context));
    assert.deepEqual([second.identifier, second.statusCode], [identifier, 37], 'it is another job, or another end');
    await area.assertLaunches(flowRun, 1);
  });

  rule('finds the job of another process', 'idempotency in memory is lost with the process.', async () => {
    const launchElsewhere = area.lever('launchElsewhere');
    const [flowRun, worker] = [area.flowRun(), await area.worker()];
    const context = area.contextOf(flowRun, { mayHaveLaunched: true });
    const { attempt, relaunch, launchPlace } = context;
    const pid = await launchElsewhere({ flowRun, attemptId: attempt.id, relaunch, launchPlace });
    const trial = area.run(worker, flowRun, { kind: 'held' }, context);
    assert.equal(await area.startedPid(trial), pid, 'the job of the other process was not found');
    await area.releasedResultOf(trial, flowRun);
    await area.assertLaunches(flowRun, 1);
  });

  rule(
    'launches once although the response to the launch was lost',
    'a request whose response is lost may have taken effect: repeat it under the same name, or search for the job.',
    async () => {
      const loseNextAnswer = area.lever('loseNextAnswer');
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      await loseNextAnswer();
      const first = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
      const failure = await area.failureOf(first.result, 'run() whose launch gets no response');
      if (failure !== null) {
        assert.ok(!isLaunchRefused(failure.reason), `a lost response is not a refusal: ${failure.reason}`);
        const context = area.laterContextOf(first.context);
        await area.resultOf(area.run(worker, flowRun, { kind: 'ends', exitCode: 0 }, context));
      }
      await area.assertLaunches(flowRun, 1);
    },
  );
}
