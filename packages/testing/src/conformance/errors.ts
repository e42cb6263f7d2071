import assert from 'node:assert/strict';
import { type BaseWorker, type FlowRun, isLaunchRefused, isWorkerError, isWorkerNotReady } from '@worker-host/core';
import type { Area } from './area.js';
import type { Rule } from './rule.js';
import type { Trial } from './trial.js';

const NOT_FOUND = 'INFRASTRUCTURE_NOT_FOUND';
const LONGEST_MESSAGE = 10_000;
const PASSES = 'an outage ends: a failure to reach the infrastructure says nothing about the job.';

/** Rules about the errors from which the host decides what to do. */
export function errorsContract(area: Area, rule: Rule): void {
  rule(
    'rejects a configuration that cannot be launched with a LaunchRefused that has a code, and launches nothing',
    'only a refusal ends the run; the host retries after any other error.',
    async () => {
      const configuration = area.given(area.lever('brokenConfiguration')());
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      const context = area.contextOf(flowRun);
      const { result } = area.runOf(worker, flowRun, configuration, context);
      const reason = await area.reasonOf(result, 'run() of a configuration that cannot be launched');
      assert.ok(isLaunchRefused(reason), `expected a LaunchRefused, got ${reason}`);
      assert.match(reason.code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/, `the code '${reason.code}' is not in capitals`);
      const { length } = reason.message;
      assert.ok(length > 0 && length <= LONGEST_MESSAGE, `the message has ${length} characters`);
      assert.deepEqual(context.startedPids, [], 'context.started() was called although nothing exists');
      await area.assertLaunches(flowRun, 0);
    },
  );

  rule('refuses no launch during an outage of the infrastructure, and launches once after it', PASSES, async () => {
    const end = await area.condition('outage');
    const [flowRun, worker] = [area.flowRun(), await area.worker()];
    const failed = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
    const reason = await area.reasonOf(failed.result, 'run() during an outage');
    assert.ok(!isLaunchRefused(reason), `an outage is not a refusal: ${reason}`);
    await end();
    await succeedsAfter(area, worker, failed, flowRun);
  });

  rule('does not take an outage for the end of a job', PASSES, async () => {
    const [flowRun, worker] = [area.flowRun(), await area.worker('canResume')];
    const { pid, trial } = await area.held(worker, flowRun);
    const end = await area.condition('outage');
    await area.patience.moment();
    if (trial.isSettled) {
      const reason = await area.reasonOf(trial.result, 'run() during an outage');
      assert.ok(isWorkerError(reason) && reason.code !== NOT_FOUND, `the job still runs: ${reason}`);
    }
    await end();
    const watching = trial.isSettled ? area.resume(worker, pid, flowRun) : trial;
    assert.equal((await area.releasedResultOf(watching, flowRun)).statusCode, 0, 'the job ended with 0');
  });

  for (const [method, capability, call] of [
    ['resume', 'canResume', (worker, pid, flowRun) => area.resume(worker, pid, flowRun).result],
    [
      'killInfrastructure',
      'canKill',
      (worker, pid, flowRun) => worker.killInfrastructure(pid, area.configuration({ kind: 'held' }, flowRun), 0),
    ],
    [
      'listInfrastructure',
      'canList',
      (worker, _pid, flowRun) => worker.listInfrastructure([area.configuration({ kind: 'held' }, flowRun)], []),
    ],
    [
      'findInfrastructure',
      'canList',
      (worker, _pid, flowRun) => {
        const { attempt, relaunch } = area.contextOf(flowRun);
        const configuration = area.configuration({ kind: 'held' }, flowRun);
        return worker.findInfrastructure({ attempt, relaunch, place: null }, configuration);
      },
    ],
  ] as readonly Question[])
    rule(`${method}() reports nothing about a job during an outage`, PASSES, async () => {
      const [flowRun, worker] = [area.flowRun(), await area.worker(capability)];
      const { pid, trial } = await area.held(worker, flowRun);
      const end = await area.condition('outage');
      // Resolves by the end of the outage, so that a worker can wait for it.
      const asked = call(worker, pid, flowRun);
      const settled = asked.then(
        () => 'resolved',
        (reason: unknown) => reason,
      );
      let answer: unknown = null;
      void settled.then((found) => {
        answer = found;
      });
      await area.patience.seesSoon(() => answer !== null);
      await end();
      if (answer !== null) {
        assert.notEqual(answer, 'resolved', `${method}() resolved although it could not reach the infrastructure`);
        assert.ok(isWorkerError(answer) && answer.code !== NOT_FOUND, `the job still runs: ${answer}`);
      }
      await area.world.release(flowRun.id);
      await area.settled(settled, `${method}() after an outage`);
      await area.failureOf(trial.result, 'run() after an outage');
    });

  rule(
    'is not ready without access, refuses no launch meanwhile, and becomes ready again by itself',
    'credentials expire: runs must wait, and the worker must not need a restart.',
    async () => {
      const restore = await area.condition('withoutAccess');
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      const configuration = area.configuration({ kind: 'ends', exitCode: 0 }, flowRun);
      const notReady = await area.reasonOf(worker.checkReady(configuration), 'checkReady() without access');
      assert.ok(isWorkerNotReady(notReady), `checkReady(): expected a WorkerNotReadyError, got ${notReady}`);
      const failed = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 });
      const reason = await area.reasonOf(failed.result, 'run() without access');
      assert.ok(isWorkerNotReady(reason), `run(): expected a WorkerNotReadyError, got ${reason}`);
      await restore();
      await area.settled(worker.checkReady(configuration), 'checkReady() with access again');
      await succeedsAfter(area, worker, failed, flowRun);
    },
  );
}

type Question = readonly [
  method: string,
  capability: 'canKill' | 'canResume' | 'canList',
  call: (worker: BaseWorker, pid: string, flowRun: FlowRun) => Promise<unknown>,
];

async function succeedsAfter(area: Area, worker: BaseWorker, failed: Trial, flowRun: FlowRun): Promise<void> {
  const context = area.laterContextOf(failed.context, { mayHaveLaunched: true });
  const trial = area.run(worker, flowRun, { kind: 'ends', exitCode: 0 }, context);
  assert.equal((await area.resultOf(trial)).statusCode, 0, 'the launch does not succeed afterwards');
  await area.assertLaunches(flowRun, 1);
}
