import { InfrastructureNotFound, LaunchRefused, WorkerNotReadyError } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createSubject, type Subject } from './support/subject.js';

/** Hours pass sooner. */
const slow = { querySeconds: 300, recoverySeconds: 300, heartbeatSeconds: 300 } as const;
const lost = { relaunchable: true, userCodeRan: 'no', exitCode: null } as const;

describe('the run lifecycle', () => {
  it('ends Crashed with the reason if the run cannot be launched, and the worker continues', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'bad' });
    pool.addRun({ id: 'good' });
    worker.onRun = async ({ id }) => {
      if (id === 'bad') throw new LaunchRefused('no such cluster');
    };

    await start();

    expect(pool.lastState('bad')).to.deep.include({
      name: 'Crashed',
      message: 'Failed to submit flow run to infrastructure: LaunchRefused: no such cluster',
    });
    expect(worker.last.flowRun.id).to.equal('good');
    host.stop();
  });

  it('includes relaunches after a fault of the plugin, and ends Crashed after three', async () => {
    const { start, pool, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a' });
    const tries: boolean[] = [];
    worker.onRun = async (_, { mayHaveLaunched }) => {
      tries.push(mayHaveLaunched);
      throw new TypeError('undefined is not a function');
    };

    await start();
    expect(pool.lastState('a')?.type).to.equal('PENDING');
    await clock.advance(10_000);

    expect(tries).to.deep.equal([false, true, true]);
    expect(pool.lastState('a')?.message).to.match(/TypeError: undefined is not a function/);
    host.stop();
  });

  it('waits for unresponsive infrastructure, for as long as it takes', async () => {
    const { start, pool, worker, clock, host } = createSubject(slow);
    pool.addRun({ id: 'a' });
    let isAway = true;
    worker.onRun = async () => {
      if (isAway) throw new InfrastructureNotFound('-', 'the region is away');
    };
    await start();
    await clock.advance(24 * 3_600_000);
    expect(pool.lastState('a')?.type).to.equal('PENDING');

    isAway = false;
    await clock.advance(90_000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('waits if the worker has no access to its infrastructure, which then claims nothing', async () => {
    const { start, pool, worker, clock, host, lines } = createSubject();
    pool.addRun({ id: 'a' });
    const problem = new WorkerNotReadyError('fake', 'the credentials have expired. Log in again.');
    worker.onRun = async () => Promise.reject(problem);
    worker.onCheckReady = async () => {
      if (worker.setups > 0 && pool.attempts('a') > 0) throw problem;
    };
    await start();
    pool.addRun({ id: 'b' });
    await clock.advance(3_600_000);
    expect(host.status.workerProblems.join()).to.match(/credentials have expired/);
    expect(pool.lastState('a')?.type).to.equal('PENDING');
    expect(pool.lastState('b')?.type).to.equal('SCHEDULED');

    worker.onRun = async () => {};
    worker.onCheckReady = async () => {};
    await clock.advance(30_000);

    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.have.members(['a', 'b']);
    expect(host.status.problems).to.deep.equal([]);
    expect(lines.map(({ message }) => message).join()).to.match(/can reach its infrastructure again/);
    host.stop();
  });

  it('ends Crashed if its template cannot be rendered, without a launch', async () => {
    const { start, pool, worker, host } = createSubject(
      {},
      { workPool: { baseJobTemplate: { job_configuration: 5, variables: {} } } },
    );
    pool.addRun({ id: 'a' });

    await start();

    expect(pool.lastState('a')?.type).to.equal('CRASHED');
    expect(pool.lastState('a')?.message).to.match(/job_configuration/);
    expect(worker.jobs).to.have.length(0);
    host.stop();
  });

  it('ends Cancelled if its deployment was deleted, and frees its slot', async () => {
    const { start, pool, host } = createSubject({ limit: 1 });
    pool.addRun({ id: 'a', deploymentId: 'gone' });

    await start();

    expect(pool.lastState('a')?.type).to.equal('CANCELLED');
    expect(pool.lastState('a')?.message).to.match(/deployment .* no longer exists/);
    expect(host.status.slots.taken).to.equal(0);
    host.stop();
  });

  it('hides secrets in the message of its end', async () => {
    const { start, pool, worker, host, secrets, lines } = createSubject();
    secrets.add('hunter2-hunter2');
    pool.addRun({ id: 'a' });
    worker.onRun = async () => Promise.reject(new LaunchRefused('bad key hunter2-hunter2'));

    await start();

    expect(pool.lastState('a')?.message).to.match(/bad key \*{8}/);
    expect(JSON.stringify(pool.logs)).not.to.match(/hunter2/);
    expect(lines.length).to.be.greaterThan(0);
    host.stop();
  });

  it("hides secrets in the infrastructure's description of its end", async () => {
    const { start, pool, worker, host, secrets } = createSubject();
    secrets.add('hunter2-hunter2');
    pool.addRun({ id: 'a' });
    await start();
    const said = 'exec: "hunter2-hunter2": executable file not found';
    const diagnosis = { kind: 'k', level: 'error', summary: said, detail: said, resolution: said } as const;
    worker.last.end(-1, { diagnosis, logTail: [said], facts: { stoppedReason: said, containers: [{ reason: said }] } });
    await settle();

    expect(pool.lastState('a')?.message).to.match(/exec: "\*{8}"/);
    expect(pool.result('a')).to.have.nested.property('facts.stoppedReason').that.includes('********');
    expect(JSON.stringify([pool.logs, pool.result('a'), pool.lastState('a')])).not.to.match(/hunter2/);
    host.stop();
  });

  it('retries storing the id of its infrastructure until it succeeds', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a' });
    const fault = orchestrator.faults.fail('storeInfrastructurePid', { error: new Error('500') });
    await start();
    await clock.advance(600_000);
    expect(pool.run('a')?.infrastructurePid).to.equal(null);
    expect(host.status.runs[0]?.infrastructurePid).to.equal(worker.last.pid);

    fault.stop();
    await clock.advance(120_000);

    expect(pool.run('a')?.infrastructurePid).to.equal(worker.last.pid);
    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('includes relaunches within the budget while that repeats nothing, and logs them', async () => {
    const { start, pool, worker, clock, host } = createSubject({ relaunchLimit: 1 });
    pool.addRun({ id: 'a' });
    await start();

    worker.last.end(-1, lost);
    await clock.advance(10_000);
    expect(worker.jobs.map(({ context }) => context.relaunch)).to.deep.equal([0, 1]);
    expect(pool.run('a')?.infrastructurePid).to.equal(worker.last.pid);
    expect(pool.logs.map(({ message }) => message).join('\n')).to.match(/Launching again \(1 of 1\): \w/);
    worker.last.end(-1, lost);
    await clock.advance(10_000);

    expect(worker.jobs).to.have.length(2);
    expect(pool.lastState('a')?.type).to.equal('CRASHED');
    expect(pool.result('a')).to.include({ relaunches: 1 });
    host.stop();
  });

  it('relaunches hours after the attempt began as a launch that cannot have been made before', async () => {
    const { start, pool, worker, clock, host } = createSubject({ relaunchLimit: 1, ...slow });
    pool.addRun({ id: 'a' });
    await start();
    const beganMs = worker.last.context.attempt.startedAtMs;
    await clock.advance(3 * 3_600_000);
    const endedAtMs = clock.nowMs();

    worker.last.end(-1, { ...lost, endedAtMs });
    await clock.advance(10_000);

    expect(worker.last.context).to.deep.include({ relaunch: 1, mayHaveLaunched: false });
    expect(worker.last.context.attempt).to.include({ id: worker.jobs[0]?.context.attempt.id, startedAtMs: endedAtMs });
    expect(endedAtMs - beganMs).to.be.at.least(3 * 3_600_000);
    host.stop();
  });

  it('reports a launch as processed when the next one can be found by others, and the last when it is reported', async () => {
    const { start, pool, worker, clock, host } = createSubject({ relaunchLimit: 1 });
    const acted: number[] = [];
    worker.onRun = async (_, context) => {
      void context.reported?.then(() => acted.push(context.relaunch));
    };
    pool.addRun({ id: 'a' });
    await start();

    worker.last.end(-1, lost);
    await settle();
    expect(acted).to.deep.equal([]);
    await clock.advance(10_000);
    expect(worker.jobs).to.have.length(2);
    expect(acted).to.deep.equal([0]);
    worker.last.end(0);
    await settle();

    expect(acted).to.deep.equal([0, 1]);
    host.stop();
  });

  it('ends Cancelled when it is cancelled while it waits for a relaunch', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'a' });
    await start();
    worker.last.end(-1, lost);
    await settle();

    pool.cancel('a');
    await settle();

    expect(pool.lastState('a')?.type).to.equal('CANCELLED');
    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('writes tail and diagnosis of a failed end to its log', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'a' });
    await start();

    const diagnosis = { kind: 'k', level: 'error', summary: 'Sum.', detail: 'Det.', resolution: 'Res.' } as const;
    worker.last.end(2, { diagnosis, logTail: ['one', 'two'] });
    await settle();

    const messages = pool.logs.filter(({ flowRunId }) => flowRunId === 'a').map(({ message }) => message);
    expect(messages.slice(-3)).to.deep.equal(["Last lines of the job's output:\none\ntwo", 'Sum.\nDet.', 'Res.']);
    expect(pool.result('a')).to.deep.include({ exitCode: 2, diagnosis });
    host.stop();
  });

  it('is over when its end is reported; its last lines are read for two more seconds when the host stops', async () => {
    const { start, ended, pool, worker, clock, host, secrets } = createSubject({}, { hostReportsStates: false });
    for (const id of ['a', 'b']) {
      pool.addRun({ id });
      await start();
    }
    const answers: ((lines: readonly string[]) => void)[] = [];
    const signals: AbortSignal[] = [];
    const logTail = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<readonly string[]>((resolve) => answers.push(resolve));
    };
    secrets.add('hunter2-hunter2');
    for (const job of worker.jobs) job.end(2, { logTail });
    await settle();
    expect([pool.lastState('a')?.type, host.status.runs]).to.deep.equal(['CRASHED', []]);

    host.stop();
    await settle();
    answers[0]?.(['password hunter2-hunter2']);
    await clock.advance(2000);

    expect(await ended()).to.deep.equal({ reason: 'stopped', runsEnded: 2, runsLeft: 0 });
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
    const messages = pool.logs.map(({ message }) => message).filter((message) => message.startsWith('Last'));
    expect(messages).to.deep.equal(["Last lines of the job's output:\npassword ********"]);
  });

  it('sends output with the cursor on its last line', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'a' });
    await start();

    worker.last.context.output(
      [
        { message: 'x', timestampMs: 1 },
        { message: 'y', timestampMs: 2 },
      ],
      'c1',
    );

    expect(pool.output('a').map(({ message }) => message)).to.deep.equal(['x', 'y']);
    expect(pool.outputCursor('a')).to.equal('c1');
    host.stop();
  });

  it('searches for its job again when it loses track of it, without a second launch', async () => {
    const { start, pool, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a' });
    await start();

    worker.last.fail(new Error('socket cut'));
    await clock.advance(5000);
    expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['run', 'resume']);
    worker.last.end(0);
    await settle();

    expect(pool.lastState('a')?.name).to.equal('Completed');
    host.stop();
  });

  it('ends Crashed when its infrastructure vanished', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'a' });
    await start();

    worker.last.fail(new InfrastructureNotFound('pid', 'no such task'));
    await settle();

    expect(pool.lastState('a')?.type).to.equal('CRASHED');
    host.stop();
  });

  it('ends Crashed when the worker lost track of it and cannot resume', async () => {
    const { start, pool, worker, host } = createSubject();
    worker.capabilities = { canKill: true, canResume: false, canList: false };
    pool.addRun({ id: 'a' });
    await start();

    worker.last.fail(new Error('socket cut'));
    await settle();

    expect(pool.lastState('a')?.message).to.match(/cannot resume/);
    host.stop();
  });

  it('releases the run after many rejections of its end, and this worker resumes it', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a' });
    await start();
    const fault = orchestrator.faults.fail('proposeState', {
      error: new Error('422'),
      when: ({ detail }) => detail === 'Completed',
    });
    const heard: unknown[] = [];
    const hear = () =>
      void worker.last.context.reported.then(
        () => heard.push('reported'),
        ({ code }) => heard.push(code),
      );
    hear();

    worker.last.end(0);
    await clock.advance(300_000);
    expect(heard).to.deep.equal(['RUN_RELEASED']);
    expect(pool.lastState('a')?.name).to.equal('Running');
    fault.stop();
    await clock.advance(75_000);
    hear();
    worker.last.end(0);
    await settle();

    expect(heard).to.deep.equal(['RUN_RELEASED', 'reported']);
    expect(worker.jobs.map(({ how }) => how)).to.include.members(['run', 'resume']);
    expect(pool.lastState('a')?.name).to.equal('Completed');
    host.stop();
  });

  it('reports the final state without waiting for the label request if the engine reports the others', async () => {
    const { start, pool, orchestrator, worker, host } = createSubject({}, { hostReportsStates: false });
    pool.addRun({ id: 'a' });
    orchestrator.faults.fail('label');
    await start();

    worker.last.end(3);
    await settle();

    expect(pool.lastState('a')?.name).to.equal('Crashed');
    host.stop();
  });

  it('retries failed reads of the control plane', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a' });
    const fault = orchestrator.faults.fail('readFlow');
    await start();
    expect(worker.jobs).to.have.length(0);

    fault.stop();
    await clock.advance(10_000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('claims one run at a time while the infrastructure has no capacity', async () => {
    const { start, pool, worker, clock, host } = createSubject({}, { announcesWork: false });
    worker.onRun = async (_run, context) => {
      context.progress({ phase: 'waiting-for-capacity', sinceMs: 0, reason: 'none left' });
      await new Promise(() => {});
    };
    pool.addRun({ id: 'first' });
    await start();
    for (let index = 0; index < 50; index += 1) pool.addRun({ id: `run-${index}` });

    await clock.advance(1300);
    expect(host.status.runs).to.have.length(2);
    await clock.advance(60_000);

    expect(host.status.runs).to.have.length(10);
    expect(pool.logs.map(({ message }) => message).join()).to.match(/Waiting for capacity since 1970/);
    expect(pool.states('first')?.at(-1)).to.deep.include({
      name: 'WaitingForCapacity',
      message: 'Waiting for capacity since 1970-01-01T00:00:00.000Z: none left',
    });
    host.stop();
  });

  it('prewarms what runs share from time to time, and ignores failures', async () => {
    const { start, pool, worker, clock, host } = createSubject({}, { hostReportsStates: false });
    const readied: string[] = [];
    worker.onPrewarm = async (configuration) => {
      readied.push(configuration.constructor.name);
      throw new Error('not now');
    };
    await start();
    expect(readied).to.have.length(1);

    for (const id of ['first', 'second', 'third']) {
      pool.addRun({ id });
      await clock.advance(id === 'first' ? 240_000 : 20_000);
    }

    expect(worker.jobs).to.have.length(3);
    expect(readied).to.have.length(2);
    host.stop();
  });

  for (const [what, over] of [
    ['Failed by its job', ({ pool }: Subject) => pool.put('a', 'FAILED')],
    ['deleted', ({ pool }: Subject) => pool.removeRun('a')],
  ] as const)
    it(`of a run that was ${what}, whose job then exits with an error, ends here, with an event for its end`, async () => {
      const subject = createSubject({}, { hostReportsStates: false });
      const { pool, worker, host, lines } = subject;
      pool.addRun({ id: 'a' });
      await subject.start();
      pool.put('a', 'RUNNING');

      over(subject);
      worker.last.end(1);
      await settle();

      expect(lines.filter(({ message }) => /other owner/.test(message))).to.deep.equal([]);
      expect(pool.events.map(({ event }) => event)).to.include('prefect.worker.executed-flow-run');
      expect(host.status.runs).to.deep.equal([]);
      host.stop();
    });
});
