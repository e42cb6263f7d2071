import { WorkerResult } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { endOf } from '../support/fake-worker.js';
import { inStep } from '../support/machine.js';
import { rejected } from '../support/promises.js';
import { createRunBench } from '../support/run-bench.js';

const NEVER = new AbortController().signal;
const DIAGNOSIS = { kind: 'k', level: 'error', summary: 'Sum.', detail: 'Det.', resolution: 'Res.' } as const;
const COMPLETED = { kind: 'propose', proposal: { type: 'COMPLETED', name: 'Completed', message: 'done' } } as const;

describe('the labels of a run', () => {
  it('name worker and pool', async () => {
    const { reporter, run, pool } = await createRunBench();

    await reporter.label(run);

    expect(pool.run('a')?.labels).to.deep.equal({
      'prefect.worker.name': 'w',
      'prefect.worker.type': 'fake',
      'prefect.work-pool.name': 'p',
      'prefect.work-pool.id': pool.workPool?.id,
    });
  });

  it('omit the id of an unknown pool', async () => {
    const { reporter, run, pool, served } = await createRunBench();
    served.accept(null);

    await reporter.label(run);

    expect(pool.run('a')?.labels).not.to.have.property('prefect.work-pool.id');
  });
});

describe('an intermediate state', () => {
  it('is proposed without secrets; its rejection is logged at debug level', async () => {
    const { reporter, run, pool, secrets, runLog } = await createRunBench();
    secrets.add('hunter2-hunter2');

    await reporter.propose(run, { type: 'PENDING', name: 'One', message: 'key hunter2-hunter2' });
    expect(pool.lastState('a')).to.deep.include({ name: 'One', message: 'key ********' });
    expect(runLog.lines).to.deep.equal([]);
    await reporter.propose(run, { type: 'PENDING', name: 'One' });

    expect(runLog.lines).to.deep.equal([
      {
        level: 'debug',
        message: 'The control plane did not accept the state',
        fields: { name: 'One', status: 'REJECT' },
      },
    ]);
  });
});

describe('the end of a job', () => {
  const logOf = async (result: WorkerResult) => {
    const { reporter, run, runLog } = await createRunBench();
    await reporter.storeEnd(run, result);
    return runLog.lines.map(({ level, message }) => `${level}: ${message}`);
  };

  it('is logged with tail, diagnosis and what to do', async () => {
    expect(
      await logOf(new WorkerResult('pid', 2, endOf(2, { diagnosis: DIAGNOSIS, logTail: ['one', 'two'] }))),
    ).to.deep.equal(["info: Last lines of the job's output:\none\ntwo", 'error: Sum.\nDet.', 'info: Res.']);
  });

  for (const [level, as] of [
    ['info', 'info'],
    ['warning', 'warn'],
    ['error', 'error'],
  ] as const)
    it(`of level '${level}' is logged at that level, without empty lines`, async () => {
      const diagnosis = { ...DIAGNOSIS, level, detail: '', resolution: null };

      expect(await logOf(new WorkerResult('pid', 2, endOf(2, { diagnosis })))).to.deep.equal([`${as}: Sum.`]);
    });

  it('without a diagnosis is explained by its exit status', async () => {
    expect(await logOf(new WorkerResult('pid', 0, endOf(0, { logTail: ['one'] })))).to.deep.equal([
      "info: Last lines of the job's output:\none",
      'info: The job ended successfully',
    ]);
    expect(await logOf(new WorkerResult('pid', 143))).to.deep.equal([
      'error: The job exited with status code 143. The job was stopped from outside (SIGTERM).',
    ]);
    expect(await logOf(new WorkerResult('pid', 1))).to.deep.equal([
      'error: The job exited with status code 1. The job ended with a general error.',
      'info: Read the end of its log for the error itself.',
    ]);
  });

  it('is stored with its facts, without secrets, and measured', async () => {
    const { reporter, run, pool, secrets, measured } = await createRunBench();
    secrets.add('hunter2-hunter2');
    run.state = inStep('report', { relaunch: 1 });
    const end = endOf(2, {
      diagnosis: { ...DIAGNOSIS, detail: 'key hunter2-hunter2', resolution: null },
      phasesSeconds: { pull: 2, run: 3 },
      stopRequested: true,
      relaunch: 2,
      facts: { reason: 'hunter2-hunter2' },
    });

    await reporter.storeEnd(run, new WorkerResult('pid', 2, end));

    expect(pool.result('a')).to.deep.equal({
      infrastructurePid: 'pid',
      statusCode: 2,
      exitCode: 2,
      stopRequested: true,
      userCodeRan: 'yes',
      phasesSeconds: { pull: 2, run: 3 },
      diagnosis: { ...DIAGNOSIS, detail: 'key ********', resolution: null },
      relaunches: 2,
      facts: { reason: '********' },
    });
    expect(measured).to.deep.equal([
      ['worker_host_run_phase_seconds', 2, { phase: 'pull' }],
      ['worker_host_run_phase_seconds', 3, { phase: 'run' }],
    ]);
  });

  it('with few known facts is stored with those', async () => {
    const { reporter, run, pool } = await createRunBench();
    run.state = inStep('report', { relaunch: 0 });

    await reporter.storeEnd(run, new WorkerResult('pid', -1));

    expect(pool.result('a')).to.deep.equal({
      infrastructurePid: 'pid',
      statusCode: -1,
      exitCode: null,
      stopRequested: null,
      userCodeRan: 'unknown',
      phasesSeconds: {},
      diagnosis: null,
      relaunches: 0,
      facts: {},
    });
  });
});

describe('a decision about the end', () => {
  it('to keep the state proposes nothing', async () => {
    const { reporter, run, orchestrator, measured } = await createRunBench();

    await reporter.apply(run, { kind: 'leave', reason: 'why', isOver: false }, NEVER);

    expect([orchestrator.callsOf('proposeState'), measured]).to.deep.equal([0, []]);
  });

  it('is proposed without secrets, and counted', async () => {
    const { reporter, run, pool, measured, secrets } = await createRunBench();
    secrets.add('hunter2-hunter2');
    const proposal = { type: 'CRASHED', name: 'Crashed', message: 'key hunter2-hunter2' } as const;

    await reporter.apply(run, { kind: 'propose', proposal }, NEVER);

    expect(pool.lastState('a')).to.deep.include({ type: 'CRASHED', message: 'key ********' });
    expect(measured).to.deep.equal([['worker_host_runs_ended_total', 1, { state: 'crashed' }]]);
  });

  it('waits as long as the control plane requests, at most a minute', async () => {
    const { reporter, run, orchestrator, clock, pool } = await createRunBench();
    const wait = (delaySeconds: number) =>
      orchestrator.faults.answer({ status: 'WAIT', delaySeconds, reason: 'later' } as never, { times: 1 });
    wait(5);
    const applied = reporter.apply(run, COMPLETED, NEVER);
    await clock.advance(4999);
    expect(pool.lastState('a')?.type).to.equal('PENDING');
    wait(3600);
    await clock.advance(1);
    await clock.advance(59_999);
    expect(pool.lastState('a')?.type).to.equal('PENDING');
    await clock.advance(1);
    await applied;

    expect(pool.lastState('a')?.type).to.equal('COMPLETED');
  });

  it('ends its wait with its step', async () => {
    const { reporter, run, orchestrator, clock } = await createRunBench();
    orchestrator.faults.answer({ status: 'WAIT', delaySeconds: 5, reason: 'later' } as never);
    const control = new AbortController();
    const applied = rejected(reporter.apply(run, COMPLETED, control.signal));
    await settle();

    control.abort(new Error('over'));

    expect(await applied).to.have.property('message', 'over');
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('fails if the control plane requests to wait five times', async () => {
    const { reporter, run, orchestrator, clock } = await createRunBench();
    orchestrator.faults.answer({ status: 'WAIT', delaySeconds: 1, reason: 'later' } as never);

    const error = await rejected(clock.run(reporter.apply(run, COMPLETED, NEVER)));

    expect(error).to.have.property('code', 'REPORT_NOT_ACCEPTED');
    expect(error).to.have.property('details').that.deep.equals({ flowRunId: 'a', state: 'COMPLETED', tries: 5 });
    expect(orchestrator.callsOf('proposeState')).to.equal(5);
  });

  it('about a run that is being cancelled makes it Cancelled if its end is rejected', async () => {
    const { reporter, run, pool, orchestrator } = await createRunBench({ hostReportsStates: false });
    pool.put('a', 'CANCELLING');
    const forced: unknown[] = [];
    const propose = run.lease.proposeState.bind(run.lease);
    run.lease.proposeState = async (proposal) => {
      forced.push(proposal.force);
      return await propose(proposal);
    };

    await reporter.apply(run, COMPLETED, NEVER);

    expect(forced).to.deep.equal([undefined, true]);

    expect(pool.lastState('a')).to.deep.include({ type: 'CANCELLED', name: 'Cancelled', message: 'done' });
    expect(orchestrator.callsOf('proposeState')).to.equal(2);
  });

  it('about a run that is being cancelled is not forced twice', async () => {
    const { reporter, run, pool, orchestrator, runLog } = await createRunBench({ hostReportsStates: false });
    const state = pool.put('a', 'CANCELLING');
    orchestrator.faults.answer({ status: 'REJECT', state, reason: 'no' });

    await reporter.apply(run, { kind: 'propose', proposal: { type: 'COMPLETED' } }, NEVER);

    expect(orchestrator.callsOf('proposeState')).to.equal(2);
    expect(runLog.lines.at(-1)?.fields).to.deep.equal({ proposed: 'CANCELLED', state: 'Cancelling', reason: 'no' });
  });

  for (const state of [{ name: 'Failed', type: 'FAILED' }, null])
    it(`that the control plane rejects is logged (its own state: ${state?.name})`, async () => {
      const { reporter, run, orchestrator, runLog, measured } = await createRunBench();
      orchestrator.faults.answer({ status: 'ABORT', state, reason: 'no' } as never);

      await reporter.apply(run, COMPLETED, NEVER);

      expect(runLog.lines).to.deep.equal([
        {
          level: 'info',
          message: 'The control plane keeps its own state of the run',
          fields: { proposed: 'COMPLETED', state: state?.name, reason: 'no' },
        },
      ]);
      expect([orchestrator.callsOf('proposeState'), measured]).to.deep.equal([1, []]);
    });
});

describe('the events of a run', () => {
  it('contain the worker, the pool and the preceding event', async () => {
    const { reporter, run, pool } = await createRunBench();

    run.submittedEventId = reporter.submitted(run);
    reporter.executed(run, new WorkerResult('pid', 3));

    const [submitted, executed] = pool.events;
    expect(run.submittedEventId).to.equal('event-1');
    expect(submitted?.resource).to.deep.equal({
      'prefect.resource.id': 'prefect.worker.fake.w',
      'prefect.resource.name': 'w',
      'prefect.version': '3.8.8',
      'prefect.worker-type': 'fake',
    });
    expect(submitted?.related?.at(-1)).to.have.property('prefect.resource.name', 'p');
    expect(executed).to.deep.include({ event: 'prefect.worker.executed-flow-run', follows: 'event-1' });
    expect(executed?.related?.find((each) => each['prefect.resource.role'] === 'flow-run')).to.deep.include({
      'prefect.infrastructure.identifier': 'pid',
      'prefect.infrastructure.status-code': '3',
    });
  });
});
