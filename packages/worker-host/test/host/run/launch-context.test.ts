import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { inStep, SERIAL } from '../support/machine.js';
import { createRunBench } from '../support/run-bench.js';

const PENDING = { phase: 'starting' } as unknown as { phase: 'running' };

describe('the context of a launch', () => {
  it('contains what is known of the launch', async () => {
    const { contexts, run } = await createRunBench();
    run.state = inStep('launch', { relaunch: 2, mayHaveLaunched: true, launchPlace: { cluster: 'c' } });
    run.outputCursor = 'c9';

    const context = contexts.create(SERIAL);

    expect(context).to.deep.include({ relaunch: 2, mayHaveLaunched: true, outputCursor: 'c9' });
    expect(context.launchPlace).to.deep.equal({ cluster: 'c' });
    expect(context.attempt).to.deep.equal(run.lease.attempt);
    expect([context.signal, context.cancelled]).to.deep.equal([run.watching.signal, run.cancelled.signal]);
    expect([context.reported, context.logger]).to.deep.equal([run.reported.current, run.logger]);
  });

  it('can be copied with all its members', async () => {
    const { contexts, run } = await createRunBench();
    const context = contexts.create(SERIAL);
    const copy = { ...context };

    expect([copy.signal, copy.cancelled]).to.deep.equal([run.watching.signal, run.cancelled.signal]);
    expect(copy.reported).to.equal(run.reported.current);
    expect(Object.keys(copy).sort()).to.deep.equal([
      'assertOwned',
      'attempt',
      'cancelled',
      'launchPlace',
      'launching',
      'logger',
      'mayHaveLaunched',
      'output',
      'outputCursor',
      'progress',
      'relaunch',
      'reported',
      'signal',
      'started',
    ]);
  });

  it('starts an attempt no earlier than its current launch can have been sent', async () => {
    const { contexts, run } = await createRunBench();
    const { startedAtMs } = run.lease.attempt;
    for (const [notBeforeMs, expected] of [
      [startedAtMs + 5000, startedAtMs + 5000],
      [startedAtMs - 5000, startedAtMs],
      [null, startedAtMs],
    ] as const) {
      run.state = inStep('launch', { notBeforeMs });
      expect(contexts.create(SERIAL).attempt.startedAtMs).to.equal(expected);
    }
  });

  it('asserts that the lease is held and has not expired', async () => {
    const { contexts, run, clock, orchestrator } = await createRunBench();
    const { assertOwned } = contexts.create(SERIAL);
    await clock.advance(run.lease.expiresAtMs - clock.monotonicMs() - 1);
    assertOwned();

    await clock.advance(1);
    expect(assertOwned).to.throw().with.property('code', 'ORCHESTRATOR_UNAVAILABLE');
    await run.lease.release('failed');

    expect(assertOwned).to.throw().with.property('code', 'LEASE_LOST');
    expect(orchestrator.callsOf('renew')).to.equal(0);
  });

  it('stores the place before it notifies the machine', async () => {
    const { contexts, pool, orchestrator, events } = await createRunBench();
    const hold = orchestrator.faults.hold('storeLaunch');
    const sent = contexts.create(SERIAL).launching({ cluster: 'c' });
    await settle();
    expect(events).to.deep.equal([]);

    hold.release();
    await sent;

    expect(pool.launch('a')?.place).to.deep.equal({ cluster: 'c' });
    expect(events).to.deep.equal([{ type: 'launching', serial: SERIAL, place: { cluster: 'c' } }]);
  });

  for (const hostReportsStates of [true, false])
    it(`reports the launched infrastructure once (host reports states: ${hostReportsStates})`, async () => {
      const { contexts, run, writes, events, runLog, orchestrator } = await createRunBench({ hostReportsStates });
      const context = contexts.create(SERIAL);

      await context.started('pid');
      run.state = inStep('launch', { infrastructurePid: 'pid' });
      await context.started('pid');
      await writes.statesProposed;

      expect(events).to.deep.equal([{ type: 'launched', serial: SERIAL, infrastructurePid: 'pid' }]);
      expect(runLog.messages('info')).to.deep.equal(['Launched on pid']);
      expect(orchestrator.callTexts.filter((text) => text.startsWith('propose'))).to.deep.equal(
        hostReportsStates ? ['proposeState InfrastructurePending a'] : [],
      );
    });

  it('resolves when the launched infrastructure is stored', async () => {
    const { contexts, run, writes, orchestrator } = await createRunBench();
    const hold = orchestrator.faults.hold('storeInfrastructurePid');
    run.send = () => {
      run.state = inStep('watch', { infrastructurePid: 'pid' });
      writes.storePid('pid');
    };
    let isStored = false;
    const started = contexts.create(SERIAL).started('pid');
    void started.then(() => {
      isStored = true;
    });
    await settle();
    expect(isStored).to.equal(false);

    hold.release();
    await started;
  });

  for (const hostReportsStates of [true, false]) {
    it(`reports once that the job runs (host reports states: ${hostReportsStates})`, async () => {
      const { contexts, run, writes, events, orchestrator } = await createRunBench({ hostReportsStates });
      const context = contexts.create(SERIAL);

      context.progress(PENDING);
      context.progress({ phase: 'running' });
      context.progress({ phase: 'running' });
      await writes.statesProposed;

      expect(events).to.deep.equal([{ type: 'running', serial: SERIAL }]);
      expect(run.progress).to.deep.equal({ phase: 'running' });
      expect(orchestrator.callTexts.filter((text) => text.startsWith('propose'))).to.deep.equal(
        hostReportsStates ? ['proposeState Running a'] : [],
      );
    });

    it(`warns once of missing capacity (host reports states: ${hostReportsStates})`, async () => {
      const { contexts, run, writes, events, runLog, pool } = await createRunBench({ hostReportsStates });
      const context = contexts.create(SERIAL);
      const waiting = { phase: 'waiting-for-capacity', sinceMs: 0, reason: 'none left' } as const;

      context.progress(waiting);
      context.progress({ ...waiting, reason: 'still none' });
      await writes.statesProposed;

      const message = 'Waiting for capacity since 1970-01-01T00:00:00.000Z: none left';
      expect(runLog.messages('warn')).to.deep.equal([message]);
      expect(run.progress).to.have.property('reason', 'still none');
      expect(events).to.deep.equal([]);
      if (hostReportsStates) expect(pool.lastState('a')).to.deep.include({ name: 'WaitingForCapacity', message });
      else expect(pool.lastState('a')?.name).to.equal('Pending');
    });
  }

  it('does not report a running job again', async () => {
    const { contexts, run, writes, events, orchestrator } = await createRunBench();
    run.state = inStep('watch', { phase: 'running' });

    contexts.create(SERIAL).progress({ phase: 'running' });
    await writes.statesProposed;

    expect([events, orchestrator.callsOf('proposeState')]).to.deep.equal([[], 0]);
  });

  it('of a step that is over is ignored', async () => {
    const { contexts, run, events } = await createRunBench();

    contexts.create(SERIAL - 1).progress({ phase: 'running' });

    expect([run.progress, events]).to.deep.equal([null, []]);
  });

  it('rejects an invalid pid, or another one than the same call has reported', async () => {
    const { contexts, events } = await createRunBench();
    const context = contexts.create(SERIAL);
    const failureOf = (pid: unknown) => context.started(pid as string).catch((error: unknown) => error);
    for (const pid of ['', 'x'.repeat(2049), 7, null, ['pid']]) {
      expect(await failureOf(pid), String(pid))
        .to.be.an('error')
        .with.property('message')
        .that.includes('a text of 1 to 2048 characters');
    }
    await context.started('x'.repeat(2048));

    expect(await failureOf('another'))
      .to.be.an('error')
      .with.property('message')
      .that.includes('the pid of its first call');
    await contexts.create(SERIAL).started('p');
    expect(events.map(({ type }) => type)).to.deep.equal(['launched', 'launched']);
  });

  it('accepts only valid progress, and records the fault of the plugin', async () => {
    const { contexts, guarded, run, runLog } = await createRunBench();
    const context = contexts.create(SERIAL);
    const wait = { phase: 'waiting-for-capacity' };
    const wrong = [null, 'running', {}, { phase: 'x' }, wait, { ...wait, sinceMs: 1 }, { ...wait, reason: 'x' }];

    for (const progress of wrong) context.progress(progress as never);

    expect(run.progress).to.equal(null);
    expect(runLog.messages()).to.deep.equal([]);
    expect(guarded.faults.lines).to.deep.equal([
      `The plugin 'fake' called context.progress() with no progress [run=a] (${wrong.length} times)`,
    ]);
    for (const phase of ['provisioning', 'running'] as const) context.progress({ phase });
    expect(run.progress).to.deep.equal({ phase: 'running' });
  });

  it('accepts only lines as output, and records the fault of the plugin', async () => {
    const { contexts, guarded, pool, run } = await createRunBench();
    const context = contexts.create(SERIAL);
    const good = { message: 'm', timestampMs: 1 };
    const wrong = [
      null,
      'm',
      { every: () => true },
      ...[null, 'm', { message: 'm' }, { timestampMs: 1 }, { ...good, timestampMs: Number.NaN }].map((line) => [
        good,
        line,
      ]),
    ];

    for (const lines of wrong) context.output(lines as never, 'c1');

    expect([pool.output('a'), run.outputCursor]).to.deep.equal([[], null]);
    expect(guarded.faults.lines).to.deep.equal([
      `The plugin 'fake' called context.output() with a value that is not a list of lines [run=a] (${wrong.length} times)`,
    ]);
  });

  it("redacts the run's secrets in its output, and keeps the cursor", async () => {
    const { contexts, run, pool } = await createRunBench();
    run.own.secrets.add('hunter2-hunter2');
    const context = contexts.create(SERIAL);

    context.output([{ message: 'key hunter2-hunter2', timestampMs: 5 }], 'c1');
    context.output([{ message: 'more', timestampMs: 6 }], undefined);

    expect(pool.output('a')).to.deep.equal([
      { message: 'key ********', timestampMs: 5 },
      { message: 'more', timestampMs: 6 },
    ]);
    expect([pool.outputCursor('a'), run.outputCursor]).to.deep.equal(['c1', 'c1']);
  });
});
