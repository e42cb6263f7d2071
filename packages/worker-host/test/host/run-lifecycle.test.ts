import { InfrastructureNotFound, OrchestratorUnavailableError } from '@worker-host/core';
import { expect } from 'chai';
import { settle } from './support/fake-clock.js';
import { aFlowRun, createSubject } from './support/subject.js';

const away = () => new OrchestratorUnavailableError('It', 'memory');
const lost = { relaunchable: true, userCodeRan: 'no', exitCode: null } as const;

describe('the life of a run', () => {
  it('ends Crashed with the reason when it cannot be launched, and the worker goes on', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'bad' }));
    orchestrator.add(aFlowRun({ id: 'good' }));
    worker.onRun = async ({ id }) => {
      if (id === 'bad') throw new TypeError('no such cluster');
    };

    await start();

    expect(orchestrator.lastState('bad')).to.deep.include({
      name: 'Crashed',
      message: 'Failed to submit flow run to infrastructure: TypeError: no such cluster',
    });
    expect(worker.last.flowRun.id).to.equal('good');
    host.stop();
  });

  it('ends Crashed when its template cannot be rendered, without a launch', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    if (orchestrator.pool !== null)
      orchestrator.pool = { ...orchestrator.pool, baseJobTemplate: { job_configuration: 5, variables: {} } };
    orchestrator.add(aFlowRun({ id: 'a' }));

    await start();

    expect(orchestrator.lastState('a')?.type).to.equal('CRASHED');
    expect(orchestrator.lastState('a')?.message).to.match(/job_configuration/);
    expect(worker.jobs).to.have.length(0);
    host.stop();
  });

  it('ends Cancelled when its deployment is gone, and frees its slot', async () => {
    const { start, orchestrator, host } = createSubject({ limit: 1 });
    orchestrator.add(aFlowRun({ id: 'a', deploymentId: 'gone' }));

    await start();

    expect(orchestrator.lastState('a')?.type).to.equal('CANCELLED');
    expect(orchestrator.lastState('a')?.message).to.match(/deployment .* no longer exists/);
    expect(host.status.slots.taken).to.equal(0);
    host.stop();
  });

  it('hides secrets in the message of its end', async () => {
    const { start, orchestrator, worker, host, secrets, lines } = createSubject();
    secrets.add('hunter2-hunter2');
    orchestrator.add(aFlowRun({ id: 'a' }));
    worker.onRun = async () => Promise.reject(new Error('bad key hunter2-hunter2'));

    await start();

    expect(orchestrator.lastState('a')?.message).to.match(/bad key \*{8}/);
    expect(JSON.stringify(orchestrator.logs)).not.to.match(/hunter2/);
    expect(lines.length).to.be.greaterThan(0);
    host.stop();
  });

  it('hides secrets in what the infrastructure says of its end', async () => {
    const { start, orchestrator, worker, host, secrets } = createSubject();
    secrets.add('hunter2-hunter2');
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();
    const said = 'exec: "hunter2-hunter2": executable file not found';
    const diagnosis = { kind: 'k', level: 'error', summary: said, detail: said, resolution: said } as const;
    worker.last.end(-1, { diagnosis, logTail: [said], facts: { stoppedReason: said, containers: [{ reason: said }] } });
    await settle();

    expect(orchestrator.lastState('a')?.message).to.match(/exec: "\*{8}"/);
    expect(orchestrator.results.get('a')).to.have.nested.property('facts.stoppedReason').that.includes('********');
    expect(JSON.stringify([orchestrator.logs, [...orchestrator.results], orchestrator.lastState('a')])).not.to.match(
      /hunter2/,
    );
    host.stop();
  });

  it('stores the id of its infrastructure until that is heard', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    orchestrator.failWith((call) => (call === 'storePid' ? new Error('500') : null));
    await start();
    await clock.advance(600_000);
    expect(orchestrator.runs.get('a')?.infrastructurePid).to.equal(null);
    expect(host.status.runs[0]?.infrastructurePid).to.equal(worker.last.pid);

    orchestrator.failWith(() => null);
    await clock.advance(120_000);

    expect(orchestrator.runs.get('a')?.infrastructurePid).to.equal(worker.last.pid);
    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('is launched again within its budget while that repeats nothing, and says so in its log', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ relaunchLimit: 1 });
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    worker.last.end(-1, lost);
    await clock.advance(10_000);
    expect(worker.jobs.map(({ context }) => context.relaunch)).to.deep.equal([0, 1]);
    expect(orchestrator.runs.get('a')?.infrastructurePid).to.equal(worker.last.pid);
    expect(orchestrator.logs.map(({ message }) => message).join('\n')).to.match(/Launching again \(1 of 1\): \w/);
    worker.last.end(-1, lost);
    await clock.advance(10_000);

    expect(worker.jobs).to.have.length(2);
    expect(orchestrator.lastState('a')?.type).to.equal('CRASHED');
    expect(orchestrator.results.get('a')).to.include({ relaunches: 1 });
    host.stop();
  });

  it('is launched again hours after its attempt began as a launch that nobody can have made before', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ relaunchLimit: 1 });
    orchestrator.add(aFlowRun({ id: 'a' }));
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

  it('has acted upon the end of a launch once the next one can be found by others, and upon the last once it is reported', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({ relaunchLimit: 1 });
    const acted: number[] = [];
    worker.onRun = async (_, context) => {
      void context.reported?.then(() => acted.push(context.relaunch));
    };
    orchestrator.add(aFlowRun({ id: 'a' }));
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
    const { start, orchestrator, worker, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();
    worker.last.end(-1, lost);
    await settle();

    orchestrator.put('a', 'CANCELLING');
    orchestrator.listener?.onCancelling('a');
    await settle();

    expect(orchestrator.lastState('a')?.type).to.equal('CANCELLED');
    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('writes tail and diagnosis of a bad end to its log', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    const diagnosis = { kind: 'k', level: 'error', summary: 'Sum.', detail: 'Det.', resolution: 'Res.' } as const;
    worker.last.end(2, { diagnosis, logTail: ['one', 'two'] });
    await settle();

    const messages = orchestrator.logs.filter(({ flowRunId }) => flowRunId === 'a').map(({ message }) => message);
    expect(messages.slice(-3)).to.deep.equal(["Last lines of the job's output:\none\ntwo", 'Sum.\nDet.', 'Res.']);
    expect(orchestrator.results.get('a')).to.deep.include({ exitCode: 2, diagnosis });
    host.stop();
  });

  it('sends output with the cursor on its last line', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    worker.last.context.output(
      [
        { message: 'x', timestampMs: 1 },
        { message: 'y', timestampMs: 2 },
      ],
      'c1',
    );

    expect(orchestrator.logs.slice(-2).map(({ message, outputCursor }) => [message, outputCursor])).to.deep.equal([
      ['x', undefined],
      ['y', 'c1'],
    ]);
    host.stop();
  });

  it('looks for its job again when sight of it is lost, without a second launch', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    worker.last.fail(new Error('socket cut'));
    await clock.advance(5000);
    expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['run', 'resume']);
    worker.last.end(0);
    await settle();

    expect(orchestrator.lastState('a')?.name).to.equal('Completed');
    host.stop();
  });

  it('ends Crashed when its infrastructure is gone without a trace', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    worker.last.fail(new InfrastructureNotFound('pid', 'no such task'));
    await settle();

    expect(orchestrator.lastState('a')?.type).to.equal('CRASHED');
    host.stop();
  });

  it('ends Crashed when the worker lost sight of it and cannot resume', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    worker.capabilities = { canKill: true, canResume: false, canList: false };
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    worker.last.fail(new Error('socket cut'));
    await settle();

    expect(orchestrator.lastState('a')?.message).to.match(/cannot resume/);
    host.stop();
  });

  it('is never called crashed because its end could not be told; it is taken up again instead', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();
    orchestrator.failWith((call) => (call === 'state COMPLETED' ? new Error('422') : null));
    const told: unknown[] = [];
    const hear = () =>
      void worker.last.context.reported?.then(
        () => told.push('reported'),
        ({ code }) => told.push(code),
      );
    hear();

    worker.last.end(0);
    await settle();
    expect(told).to.deep.equal(['RUN_LEFT']);
    expect(orchestrator.lastState('a')?.name).to.equal('Running');
    expect(host.status.slots.taken).to.equal(0);
    orchestrator.failWith(() => null);
    const flowRun = orchestrator.runs.get('a') ?? aFlowRun({ id: 'a' });
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('a') });
    await clock.advance(75_000);
    hear();
    worker.last.end(0);
    await settle();

    expect(told).to.deep.equal(['RUN_LEFT', 'reported']);
    expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['run', 'resume']);
    expect(orchestrator.lastState('a')?.name).to.equal('Completed');
    host.stop();
  });

  it('is told to have ended before its labels are stored, where nobody waits for them', async () => {
    const { start, orchestrator, worker, host } = createSubject({}, { hostReportsStates: false });
    orchestrator.add(aFlowRun({ id: 'a' }));
    orchestrator.failWith((call) => (call === 'label' ? away() : null));
    await start();

    worker.last.end(3);
    await settle();

    expect(orchestrator.lastState('a')?.name).to.equal('Crashed');
    host.stop();
  });

  it('retries what the control plane could not tell it yet', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    orchestrator.failWith((call) => (call === 'readFlow' ? away() : null));
    await start();
    expect(worker.jobs).to.have.length(0);

    orchestrator.failWith(() => null);
    await clock.advance(10_000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('claims one run at a time while the infrastructure has no capacity', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    worker.onRun = async (_run, context) => {
      context.progress({ phase: 'waiting-for-capacity', sinceMs: 0, reason: 'none left' });
      await new Promise(() => {});
    };
    orchestrator.add(aFlowRun({ id: 'first' }));
    await start();
    for (let index = 0; index < 50; index += 1) orchestrator.add(aFlowRun({ id: `run-${index}` }));

    await clock.advance(1300);
    expect(host.status.runs).to.have.length(2);
    await clock.advance(60_000);

    expect(host.status.runs).to.have.length(10);
    expect(orchestrator.logs.map(({ message }) => message).join()).to.match(/Waiting for capacity since 1970/);
    expect(orchestrator.states.get('first')?.at(-1)).to.deep.include({
      name: 'WaitingForCapacity',
      message: 'Waiting for capacity since 1970-01-01T00:00:00.000Z: none left',
    });
    host.stop();
  });

  it('lets the worker get ready what runs share, now and then, and does not mind its failure', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject({}, { hostReportsStates: false });
    const readied: string[] = [];
    worker.anticipate = async (configuration) => {
      readied.push(configuration.constructor.name);
      throw new Error('not now');
    };
    await start();
    expect(readied).to.have.length(1);

    for (const id of ['first', 'second', 'third']) {
      orchestrator.add(aFlowRun({ id }));
      await clock.advance(id === 'first' ? 240_000 : 20_000);
    }

    expect(worker.jobs).to.have.length(3);
    expect(readied).to.have.length(2);
    host.stop();
  });
});
