import {
  LaunchRefused,
  LeaseLostError,
  OrchestratorUnauthorizedError,
  OrchestratorUnavailableError,
  WorkerNotReadyError,
  WorkerResult,
} from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { Readiness } from '../../../src/host/readiness.js';
import { DEFAULT_RETRY_POLICY } from '../../../src/host/retry.js';
import { ActiveRun } from '../../../src/host/run/active-run.js';
import type { RunOutcome } from '../../../src/host/run/run-state.js';
import { isSettled } from '../support/promises.js';
import { createRunBench, type RunBenchOptions } from '../support/run-bench.js';

const RESULT = new WorkerResult('pid', 0);
const LOST = { relaunchable: true, userCodeRan: 'no', exitCode: null } as const;

async function createActiveRun(options: RunBenchOptions = {}) {
  const bench = await createRunBench({ isClaimed: false, ...options });
  const { clock, guarded, logger, run, steps, writes, reporter, meter, orchestrator, settings } = bench;
  const fatal: unknown[] = [];
  const readiness = new Readiness(guarded, clock, logger);
  const active = new ActiveRun(
    run,
    steps,
    writes,
    reporter,
    readiness,
    clock,
    meter,
    DEFAULT_RETRY_POLICY,
    (error) => void fatal.push(error),
    orchestrator,
    settings,
    guarded,
  );
  const outcomes: RunOutcome[] = [];
  void active.finished.then((outcome) => outcomes.push(outcome));
  return {
    ...bench,
    active,
    readiness,
    fatal,
    outcomes,
    /** Claims the run and launches its job. */
    async launch() {
      active.begin();
      await settle();
      return bench.worker.last;
    },
    /** The run's log without details. */
    log: () =>
      bench.runLog.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`),
    counted: (name: string) => bench.measured.filter(([each]) => each === name).length,
  };
}

describe('an active run', () => {
  it('shows its identity and progress', async () => {
    const { active, launch, clock, run } = await createActiveRun({ flowRun: { name: 'otter' } });
    const sinceMs = clock.nowMs();
    expect([active.isOwned, active.configuration, active.launchPlace]).to.deep.equal([false, null, null]);

    const job = await launch();

    expect(active.flowRun).to.equal(run.flowRun);
    expect(active.configuration).to.equal(job.configuration);
    expect(active.launchPlace).to.deep.equal({ cluster: 'c' });
    expect([active.id, active.isOwned, active.infrastructurePid]).to.deep.equal(['a', true, job.pid]);
    expect(active.status).to.deep.equal({
      flowRunId: 'a',
      name: 'otter',
      phase: 'running',
      sinceMs,
      infrastructurePid: job.pid,
      isCancelling: false,
      relaunches: 0,
      progress: { phase: 'running' },
      failures: 0,
    });
    active.stop();
  });

  it('ends with the report of its end, and frees its slot', async () => {
    const { launch, outcomes, pool, run, orchestrator, log } = await createActiveRun();
    let frees = 0;
    run.own.slot.release = () => {
      frees += 1;
    };
    const job = await launch();

    job.end(0);
    await settle();

    expect(outcomes).to.deep.equal([{ kind: 'reported' }]);
    expect(pool.lastState('a')?.name).to.equal('Completed');
    expect([frees, run.watching.signal.aborted]).to.deep.equal([1, true]);
    expect(orchestrator.callsOf('release')).to.equal(0);
    expect(log()).to.deep.equal([
      "info: Worker 'w' claimed the run",
      `info: Launched on ${job.pid}`,
      'info: The job ended successfully',
    ]);
  });

  it('is finished when it is released, not before', async () => {
    const { active, launch, orchestrator, outcomes } = await createActiveRun();
    await launch();
    const hold = orchestrator.faults.hold('release');

    active.stop();
    await settle();
    expect(outcomes).to.deep.equal([]);
    hold.release();
    await settle();

    expect(outcomes).to.deep.equal([{ kind: 'released' }]);
    expect(orchestrator.callTexts.at(-1)).to.equal('release worker-stopping a');
  });

  it('that is not claimed is finished without a release', async () => {
    const { active, pool, orchestrator, outcomes } = await createActiveRun();
    pool.put('a', 'RUNNING');

    active.begin();
    await settle();

    expect(outcomes[0]).to.have.property('kind', 'not-claimed');
    expect(orchestrator.callsOf('release')).to.equal(0);
  });

  it('that is stopped during its claim is finished immediately', async () => {
    const { active, orchestrator, outcomes } = await createActiveRun();
    orchestrator.faults.hold('claim');
    active.begin();
    await settle();

    active.stop();
    await settle();

    expect(outcomes).to.deep.equal([{ kind: 'released' }]);
    expect(orchestrator.callsOf('release')).to.equal(0);
  });

  it('is known to be claimed when the claim is granted', async () => {
    const { active, orchestrator } = await createActiveRun();
    const hold = orchestrator.faults.hold('claim');
    active.begin();
    expect(await isSettled(active.claimed)).to.equal(false);

    hold.release();

    expect(await isSettled(active.claimed)).to.equal(true);
    active.stop();
  });

  it('that is cancelled before its launch cannot be found by others', async () => {
    const { active, orchestrator, clock } = await createActiveRun();
    orchestrator.faults.fail('readFlow');
    orchestrator.faults.hold('readFlowRun');
    active.begin();
    await settle();
    expect(clock.pendingSleeps).to.have.length(1);

    active.cancel('ordered');

    expect(await isSettled(active.handedOver)).to.equal(false);
    expect(clock.pendingSleeps).to.deep.equal([]);
    active.stop();
  });

  it('proposes Submitting as an optional state', async () => {
    const { active, run, worker } = await createActiveRun();
    const proposals: unknown[] = [];
    worker.onRun = () => new Promise(() => {});
    active.begin();
    await isSettled(active.claimed);
    const { lease } = run;
    lease.proposeState = async (proposal) => {
      proposals.push(proposal);
      return { status: 'ACCEPT' } as never;
    };
    run.state = { ...run.state, step: 'render', infrastructurePid: null };
    run.send({ type: 'rendered', serial: run.state.serial });
    await settle();

    expect(proposals).to.deep.equal([{ type: 'PENDING', name: 'Submitting', isOptional: true }]);
    active.stop();
  });
});

describe('a resumed run', () => {
  const found = async (bench: Awaited<ReturnType<typeof createActiveRun>>) => {
    const [interrupted] = await bench.orchestrator.takeOverInterruptedRuns({ limit: 1 });
    if (interrupted === undefined) throw new Error('nothing to take over');
    return interrupted;
  };

  it('can be found by others if its infrastructure is stored', async () => {
    const bench = await createActiveRun({ flowRun: { stateType: 'RUNNING', infrastructurePid: 'pid-a' } });

    bench.active.resume(await found(bench));

    expect(await isSettled(bench.active.handedOver)).to.equal(true);
    expect(bench.worker.last).to.deep.include({ how: 'resume', pid: 'pid-a' });
    bench.active.stop();
  });

  it('can be found by others only after that is stored', async () => {
    const bench = await createActiveRun({ flowRun: { stateType: 'PENDING' } });
    bench.orchestrator.faults.hold('storeInfrastructurePid');

    bench.active.resume(await found(bench));

    expect(await isSettled(bench.active.handedOver)).to.equal(false);
    expect(bench.worker.last.how).to.equal('run');
    bench.active.stop();
  });

  it('that is being cancelled launches nothing', async () => {
    const bench = await createActiveRun({ flowRun: { stateType: 'CANCELLING' } });

    bench.active.resume(await found(bench));
    await settle();

    expect(bench.worker.jobs).to.deep.equal([]);
    expect(bench.pool.lastState('a')?.type).to.equal('CANCELLED');
    expect(bench.log()).to.deep.equal(['info: Cancelled before it was launched.']);
    expect(bench.counted('worker_host_submission_failures_total')).to.equal(0);
  });
});

describe('a step of an active run', () => {
  it('that fails is logged once, and so is its recovery', async () => {
    const { active, orchestrator, clock, log, runLog, run } = await createActiveRun();
    const error = new OrchestratorUnavailableError('The call', 'memory');
    orchestrator.faults.fail('readFlow', { error, times: 3 });

    active.begin();
    await clock.advance(2000);
    expect(active.status.failures).to.equal(2);
    await clock.advance(10_000);

    expect(log().slice(1, 3)).to.deep.equal([
      'error: Rendering the run failed; retrying',
      'info: Rendering the run succeeded after 3 retries',
    ]);
    expect(run.lastError).to.equal(error);
    const again = runLog.lines.filter(({ message }) => message === 'Rendering the run failed again');
    expect(again.map(({ level, fields }) => [level, fields.failures])).to.deep.equal([
      ['debug', 1],
      ['debug', 2],
    ]);
    active.stop();
  });

  it('that fails once uses the singular', async () => {
    const { active, orchestrator, clock, log } = await createActiveRun();
    orchestrator.faults.fail('readFlow', { times: 1 });

    active.begin();
    await clock.advance(5000);

    expect(log()).to.include('info: Rendering the run succeeded after 1 retry');
    active.stop();
  });

  it('waits for the delay of the policy before it is retried', async () => {
    const { active, orchestrator, clock } = await createActiveRun();
    orchestrator.faults.fail('readFlow');
    active.begin();
    await clock.advance(999);
    expect(orchestrator.callsOf('readFlow')).to.equal(1);

    await clock.advance(1);

    expect(orchestrator.callsOf('readFlow')).to.equal(2);
    active.stop();
  });

  it('leaves no delay behind when the run is stopped', async () => {
    const { active, orchestrator, clock } = await createActiveRun();
    orchestrator.faults.fail('readFlow');
    active.begin();
    await settle();
    expect(clock.pendingSleeps).to.have.length(1);

    active.stop();
    await settle();

    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('that ends the retries is not logged as one that is retried', async () => {
    const { active, worker, log, counted } = await createActiveRun();
    const refusal = new LaunchRefused('no such cluster');
    worker.onRun = async () => Promise.reject(refusal);

    active.begin();
    await settle();

    expect(log().slice(1)).to.deep.equal([
      'error: Failed to submit flow run to infrastructure: LaunchRefused: no such cluster',
    ]);
    expect(counted('worker_host_submission_failures_total')).to.equal(1);
  });

  it('that fails after the run was released changes nothing', async () => {
    const { active, launch, log, run, outcomes } = await createActiveRun();
    const job = await launch();
    active.stop();
    job.fail(new Error('late'));
    await settle();

    expect(log()).to.deep.equal(["info: Worker 'w' claimed the run", `info: Launched on ${job.pid}`]);
    expect([run.lastError, outcomes]).to.deep.equal([null, [{ kind: 'released' }]]);
  });

  it('that fails after another has started changes nothing', async () => {
    const { active, worker, run, log } = await createActiveRun();
    let fail = (_: Error): void => {};
    worker.onRun = () => new Promise((_, reject) => (fail = reject));
    active.begin();
    await settle();
    run.state = { ...run.state, serial: run.state.serial + 1 };

    fail(new Error('late'));
    await settle();

    expect([run.lastError, log().length]).to.deep.equal([null, 1]);
    active.stop();
  });

  it('of a worker without access releases the run and notifies the worker', async () => {
    const { active, worker, readiness, orchestrator } = await createActiveRun();
    worker.onRun = async () => Promise.reject(new WorkerNotReadyError('fake', 'no credentials'));

    active.begin();
    await settle();

    expect(readiness.problem).to.include('no credentials');
    expect(orchestrator.callTexts.at(-1)).to.equal('release worker-not-ready a');
  });

  it('whose credentials are rejected ends the worker with that error', async () => {
    const { active, orchestrator, fatal, outcomes } = await createActiveRun();
    const error = new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.');
    orchestrator.faults.fail('readFlow', { error });

    active.begin();
    await settle();

    expect(fatal).to.deep.equal([error]);
    expect(orchestrator.callTexts.at(-1)).to.equal('release failed a');
    expect(outcomes).to.deep.equal([{ kind: 'released' }]);
  });

  it('whose lease is lost leaves the run to its other owner, and logs it', async () => {
    const { worker, orchestrator, outcomes, log, active } = await createActiveRun();
    worker.onRun = async () => Promise.reject(new LeaseLostError('a', 'another worker owns it'));
    active.begin();
    await settle();

    expect(outcomes[0]).to.have.property('kind', 'lost');
    expect(log().at(-1)).to.match(/^warn: The worker no longer owns the run: .*another worker owns it/);
    expect(orchestrator.callsOf('release')).to.equal(0);
  });
});

describe('the lease of an active run', () => {
  it('that is lost ends the run while it is watched', async () => {
    const { active, launch, run, outcomes } = await createActiveRun();
    await launch();
    active.checkLease();
    await settle();
    expect(outcomes).to.deep.equal([]);

    await run.lease.release('failed');
    active.checkLease();
    await settle();

    expect(outcomes).to.deep.equal([{ kind: 'lost', reason: 'the lease is no longer held' }]);
  });

  it('ends with the report, which is not a loss', async () => {
    const { active, launch, orchestrator, outcomes, worker } = await createActiveRun();
    await launch();
    const hold = orchestrator.faults.hold('proposeState', {
      at: 'answer',
      when: ({ detail }) => detail === 'Completed',
    });
    worker.last.end(0);
    await settle();

    active.checkLease();
    await settle();
    expect(outcomes).to.deep.equal([]);
    hold.release();
    await settle();

    expect(outcomes).to.deep.equal([{ kind: 'reported' }]);
  });

  it('is not checked while the end is reported', async () => {
    const { active, launch, run, outcomes } = await createActiveRun();
    await launch();
    run.state = { ...run.state, step: 'report' };
    await run.lease.release('failed');

    active.checkLease();
    await settle();

    expect(outcomes).to.deep.equal([]);
    active.stop();
  });

  it('is not checked before there is one', async () => {
    const { active, orchestrator, outcomes, run } = await createActiveRun();
    orchestrator.faults.hold('claim');
    active.begin();
    run.state = { ...run.state, step: 'render' };

    active.checkLease();
    await settle();

    expect(outcomes).to.deep.equal([]);
    active.stop();
  });
});

describe('another launch of an active run', () => {
  for (const [summary, expected] of [
    ['The host failed.', 'The host failed.'],
    [null, 'The infrastructure failed'],
  ] as const)
    it(`is counted and logged with its reason: ${expected}`, async () => {
      const { active, launch, clock, counted, log, run, writes, readiness } = await createActiveRun({
        settings: { relaunchLimit: 2 },
      });
      const job = await launch();
      await writes.pidStored;
      const earlier = run.infrastructureEnded.signal;
      const diagnosis =
        summary === null ? null : ({ kind: 'k', level: 'error', summary, detail: '', resolution: null } as const);

      job.end(-1, { ...LOST, diagnosis });
      await settle();

      expect([earlier.aborted, run.infrastructureEnded.signal.aborted]).to.deep.equal([true, false]);
      expect(active.status).to.deep.include({ progress: null, relaunches: 1, infrastructurePid: null });
      expect(log().at(-1)).to.equal(`warn: Launching again (1 of 2): ${expected}`);
      expect(counted('worker_host_relaunches_total')).to.equal(1);
      expect(readiness.problem).to.equal(null);
      await clock.advance(2000);
      expect(await isSettled(job.context.reported)).to.equal(true);
      active.stop();
    });
});

describe('the end of a launched job', () => {
  it('ends the stop requests and the storing of its id', async () => {
    const { active, run, orchestrator, clock } = await createActiveRun();
    orchestrator.faults.fail('storeInfrastructurePid');
    orchestrator.faults.fail('readFlowRun');
    active.begin();
    await settle();

    // The plugin waits for its id to be stored, and the job ends meanwhile.
    run.send({ type: 'ended', serial: run.state.serial, result: RESULT, nowMs: clock.nowMs() });
    await clock.advance(60_000);

    expect(run.infrastructureEnded.signal.aborted).to.equal(true);
    expect(orchestrator.callsOf('storeInfrastructurePid')).to.equal(1);
    active.stop();
  });

  it('is preceded by an event for its launch', async () => {
    const { launch, pool, run } = await createActiveRun();
    const job = await launch();
    expect(run.submittedEventId).to.equal('event-1');

    job.end(0);
    await settle();

    expect(pool.events.map(({ event, follows }) => [event, follows])).to.deep.equal([
      ['prefect.worker.submitted-flow-run', undefined],
      ['prefect.worker.executed-flow-run', 'event-1'],
    ]);
  });
});
