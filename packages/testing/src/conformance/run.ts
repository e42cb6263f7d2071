import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

/** Rules about watching a job until it has ended. */
export function runContract(area: Area, rule: Rule): void {
  rule(
    'reports the pid once, and returns the same pid in the result',
    'the host finds, stops and resumes jobs by the stored pid.',
    async () => {
      const trial = area.run(await area.worker(), area.flowRun(), { kind: 'ends', exitCode: 0 });
      const { identifier } = await area.resultOf(trial);
      assert.deepEqual(
        trial.context.startedPids,
        [identifier],
        'context.started() is called once, with the identifier',
      );
      assert.notEqual(identifier, '', 'the identifier is empty');
    },
  );

  rule('reports success for exit status 0', 'the run would end Failed although its job succeeded.', async () => {
    const trial = area.run(await area.worker(), area.flowRun(), { kind: 'ends', exitCode: 0 });
    const { isSuccess, statusCode } = await area.resultOf(trial);
    assert.ok(isSuccess, `the job ended with 0, the result has ${statusCode}`);
  });

  rule("reports the job's own exit status", 'a failed run would end Completed, or with another reason.', async () => {
    const trial = area.run(await area.worker(), area.flowRun(), { kind: 'ends', exitCode: 37 });
    const { statusCode, end } = await area.resultOf(trial);
    assert.equal(statusCode, 37, `the job ended with 37, the result has ${statusCode}`);
    if (!end) return;
    assert.equal(end.exitCode, 37, `the job ended with 37, end.exitCode is ${end.exitCode}`);
    assert.equal(end.stopRequested, false, 'end.stopRequested is true although no stop was requested');
  });

  rule(
    'does not take a failed job for a failure of the infrastructure',
    'the host would launch the job again, and repeat its work.',
    async () => {
      const trial = area.run(await area.worker(), area.flowRun(), { kind: 'ends', exitCode: 37 });
      const { end } = await area.resultOf(trial);
      if (!end) return;
      assert.notEqual(end.userCodeRan, 'no', 'end.userCodeRan is no, but the job ended with 37');
      assert.equal(end.relaunchable, false, 'end.relaunchable is true, but the job ended with 37');
    },
  );

  rule(
    'watches the job until it has ended',
    'the host reports the final state when the promise resolves.',
    async () => {
      const flowRun = area.flowRun();
      const { trial } = await area.held(await area.worker(), flowRun);
      await area.patience.moment();
      assert.ok(!trial.isSettled, 'run() settled while the job was running');
      assert.equal((await area.releasedResultOf(trial, flowRun)).statusCode, 0);
    },
  );

  rule('keeps concurrent runs apart', 'a worker has many runs, and each has its own result.', async () => {
    const worker = await area.worker();
    const codes = [11, 0, 12, 13];
    const trials = codes.map((exitCode) => area.run(worker, area.flowRun(), { kind: 'ends', exitCode }));
    const results = await Promise.all(trials.map((trial) => area.resultOf(trial)));
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode),
      codes,
      'the results of concurrent runs are mixed up',
    );
    assert.equal(new Set(results.map(({ identifier }) => identifier)).size, codes.length, 'runs share a pid');
  });

  rule(
    'launches a job that failed only once',
    'only the host decides on another launch, within its limit.',
    async () => {
      const flowRun = area.flowRun();
      await area.resultOf(area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 1 }));
      await area.assertLaunches(flowRun, 1);
    },
  );

  rule(
    'launches again for another relaunch, and reports its number',
    'the host requests another launch only by this number.',
    async () => {
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      for (const relaunch of [0, 1]) {
        const context = area.contextOf(flowRun, { relaunch });
        const { end } = await area.resultOf(area.run(worker, flowRun, { kind: 'ends', exitCode: 1 }, context));
        if (end) assert.equal(end.relaunch, relaunch, `end.relaunch is ${end.relaunch} for relaunch ${relaunch}`);
      }
      await area.assertLaunches(flowRun, 2);
    },
  );

  rule('launches again for another attempt', 'a retried run would get the result of its earlier attempt.', async () => {
    const [flowRun, worker] = [area.flowRun(), await area.worker()];
    for (const id of ['attempt-1', 'attempt-2']) {
      const context = area.contextOf(flowRun, { attempt: { id } });
      await area.resultOf(area.run(worker, flowRun, { kind: 'ends', exitCode: 1 }, context));
    }
    await area.assertLaunches(flowRun, 2);
  });

  rule(
    'passes the environment and the labels of the configuration to the job',
    'the job would run with other settings than those of the run.',
    async () => {
      const launchedWith = area.lever('launchedWith');
      const [flowRun, worker] = [area.flowRun(), await area.worker()];
      const configuration = area.configuration({ kind: 'held' }, flowRun, {
        env: { CONTRACT_COLOUR: 'a "quoted" $value' },
        labels: { 'contract-label': 'labelled' },
      });
      const trial = area.runOf(worker, flowRun, configuration, area.contextOf(flowRun));
      await area.startedPid(trial);
      const isThere = async () => (await launchedWith(flowRun.id)).env.CONTRACT_COLOUR !== undefined;
      await area.patience.seesSoon(isThere);
      const { env, labels } = await launchedWith(flowRun.id);
      assert.equal(env.CONTRACT_COLOUR, 'a "quoted" $value', 'a variable of env did not reach the job unchanged');
      if (labels) assert.equal(labels['contract-label'], 'labelled', 'a label did not reach the infrastructure');
      await area.releasedResultOf(trial, flowRun);
    },
  );
}
