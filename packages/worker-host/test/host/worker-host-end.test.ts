import { OrchestratorUnavailableError, WorkerNameInUseError } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { recordOrder } from './support/recorded-order.js';
import { createSubject } from './support/subject.js';

const FOREVER = (): Promise<void> => new Promise(() => {});

describe('the end of a worker host', () => {
  it('releases its runs, then tears the plugin down, then closes the control plane', async () => {
    const subject = createSubject();
    const order = recordOrder(subject);
    subject.pool.addRun({ id: 'a' });
    await subject.start();

    subject.host.stop();
    await subject.ended();

    expect(order).to.deep.equal(['claim a', 'release a worker-stopping', 'teardown', 'close']);
    expect(subject.host.status).to.deep.include({ phase: 'stopped', runs: [], slots: { taken: 0, limit: null } });
  });

  it('claims nothing after the stop, also while the drain waits', async () => {
    const subject = createSubject({ drain: 'await', querySeconds: 1 });
    const order = recordOrder(subject);
    subject.pool.addRun({ id: 'a' });
    await subject.start();

    subject.host.stop();
    expect(subject.host.status.phase).to.equal('draining');
    subject.pool.addRun({ id: 'b' });
    await subject.clock.advance(60_000);
    subject.worker.last.end(0);
    await subject.ended();

    expect(order).not.to.include('claim b');
    expect(subject.pool.lastState('b')?.name).to.equal('Scheduled');
  });

  it('releases a run whose claim is granted during the drain, without a launch', async () => {
    const subject = createSubject();
    const order = recordOrder(subject);
    subject.pool.addRun({ id: 'a' });
    const hold = subject.orchestrator.faults.hold('claim', { at: 'answer' });
    await subject.start();

    subject.host.stop();
    await subject.clock.advance(1000);
    hold.release();
    await subject.ended();

    expect(subject.worker.jobs).to.deep.equal([]);
    expect(order).to.deep.equal(['claim a', 'release a worker-stopping', 'teardown', 'close']);
    expect(subject.pool.owner('a')).to.equal(null);
  });

  it('launches a run whose claim is granted during a drain that awaits runs', async () => {
    const subject = createSubject();
    subject.pool.addRun({ id: 'a' });
    const hold = subject.orchestrator.faults.hold('claim', { at: 'answer' });
    await subject.start();

    subject.host.stop('await');
    await subject.clock.advance(1000);
    hold.release();
    await settle();
    subject.worker.last.end(0);
    await subject.ended();

    expect(subject.pool.lastState('a')?.name).to.equal('Completed');
  });

  it('launches nothing for a claim that is granted after the drain, and leaves the run to the next worker', async () => {
    const subject = createSubject();
    const order = recordOrder(subject);
    subject.pool.addRun({ id: 'a' });
    const hold = subject.orchestrator.faults.hold('claim', { at: 'answer' });
    await subject.start();

    subject.host.stop();
    await subject.clock.advance(5100);
    hold.release();
    await subject.ended();
    const next = createSubject({ workerName: 'next' }, { others: subject });
    await next.start();

    expect(subject.worker.jobs).to.deep.equal([]);
    expect(order.at(-1)).to.equal('close');
    expect(next.worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['a']);
    next.host.stop();
  });

  it('waits five seconds for runs that are being launched, and not longer', async () => {
    const subject = createSubject();
    subject.pool.addRun({ id: 'a' });
    const hold = subject.orchestrator.faults.hold('storeInfrastructurePid');
    await subject.start();

    subject.host.stop();
    await subject.clock.advance(4900);
    expect(subject.host.status.phase).to.equal('draining');
    expect(subject.worker.teardowns).to.equal(0);
    await subject.clock.advance(200);

    expect(await subject.ended()).to.deep.include({ runsLeft: 1 });
    hold.stop();
  });

  it('comes two seconds after a release that hangs, and is logged', async () => {
    const subject = createSubject();
    subject.pool.addRun({ id: 'a' });
    await subject.start();
    const hold = subject.orchestrator.faults.hold('release');

    subject.host.stop();
    await subject.clock.advance(1900);
    expect(subject.worker.teardowns).to.equal(0);
    await subject.clock.advance(200);

    expect(subject.worker.teardowns).to.equal(1);
    expect(subject.lines).to.deep.include({
      level: 'warn',
      message: 'Runs could not be released in time',
      fields: { runs: 1 },
    });
    hold.stop();
    await subject.ended();
  });

  for (const stops of [1, 2])
    it(`comes immediately after ${stops} ${stops === 1 ? 'stop' : 'stops'} while the setup hangs`, async () => {
      const subject = createSubject();
      subject.worker.onSetup = FOREVER;
      await subject.start();

      for (let each = 0; each < stops; each += 1) subject.host.stop();

      expect(await subject.ended()).to.deep.equal({ reason: 'stopped', runsEnded: 0, runsLeft: 0 });
      expect(subject.orchestrator.callsOf('open')).to.equal(0);
      expect(subject.orchestrator.isClosed).to.equal(true);
      expect(subject.worker.teardowns).to.equal(1);
    });

  it('comes with an error after a minute of a setup that hangs', async () => {
    const subject = createSubject();
    subject.worker.onSetup = FOREVER;
    await subject.start();

    await subject.clock.advance(59_900);
    expect(subject.host.status.phase).to.equal('starting');
    await subject.clock.advance(200);

    expect(await subject.ended()).to.have.nested.property('error.code', 'PLUGIN_TOO_SLOW');
    expect(subject.worker.teardowns).to.equal(1);
  });

  it('closes the control plane five seconds after a teardown began that hangs', async () => {
    const subject = createSubject();
    subject.worker.onTeardown = FOREVER;
    await subject.start();

    subject.host.stop();
    await subject.clock.advance(4900);
    expect(subject.orchestrator.isClosed).to.equal(false);
    await subject.clock.advance(200);

    expect(await subject.ended()).to.have.property('reason', 'stopped');
    expect(subject.orchestrator.isClosed).to.equal(true);
    expect(subject.lines.map(({ message }) => message)).to.include('The teardown of the plugin failed');
  });

  for (const [what, close, error] of [
    ['hangs', FOREVER, 'Closing the control plane did not finish within 3 s'],
    ['fails', () => Promise.reject(new Error('no close')), 'no close'],
  ] as const)
    it(`does not depend on a close of the control plane, which ${what}`, async () => {
      const subject = createSubject();
      subject.orchestrator.close = close;
      await subject.start();

      subject.host.stop();
      await subject.clock.advance(3100);

      expect(await subject.ended()).to.have.property('reason', 'stopped');
      const line = subject.lines.find(({ message }) => message === 'Closing the control plane failed');
      expect(line?.fields).to.have.nested.property('error.message', error);
    });

  it('ends the heartbeats after the drain, not before', async () => {
    const subject = createSubject({ drain: 'await', heartbeatSeconds: 10 });
    subject.pool.addRun({ id: 'a' });
    await subject.start();
    subject.host.stop();
    const before = subject.orchestrator.callsOf('heartbeat');
    await subject.clock.advance(35_000);
    expect(subject.orchestrator.callsOf('heartbeat') - before).to.equal(3);

    subject.worker.last.end(0);
    await subject.ended();
    const after = subject.orchestrator.callsOf('heartbeat');
    await subject.clock.advance(60_000);

    expect(subject.orchestrator.callsOf('heartbeat')).to.equal(after);
    expect(subject.clock.pendingSleeps).to.deep.equal([]);
  });

  it('logs what it waits for and what it releases', async () => {
    const subject = createSubject({ drain: 'await', drainDeadlineSeconds: 10 });
    subject.pool.addRun({ id: 'a' });
    await subject.start();

    subject.host.stop();
    await subject.clock.advance(11_000);
    await subject.ended();

    const lines = subject.lines.filter(({ level }) => level === 'info');
    expect(lines).to.deep.include({
      level: 'info',
      message: 'Stopping: no more runs are claimed',
      fields: { drain: 'await', active: 1 },
    });
    expect(lines).to.deep.include({ level: 'info', message: 'Releasing runs to the next worker', fields: { runs: 1 } });
  });

  it('uses the mode of the stop', async () => {
    const subject = createSubject({ drain: 'leave' });
    subject.pool.addRun({ id: 'a' });
    await subject.start();

    subject.host.stop('await');
    await subject.clock.advance(60_000);
    expect(subject.host.status.phase).to.equal('draining');
    subject.worker.last.end(0);

    expect(await subject.ended()).to.deep.equal({ reason: 'stopped', runsEnded: 1, runsLeft: 0 });
  });

  it('is one: a second run returns the outcome of the first, and the first failure is thrown', async () => {
    const subject = createSubject();
    await subject.start();
    const second = subject.host.run().catch((error: unknown) => error);

    subject.host.fail(new Error('first'));
    subject.host.fail(new Error('second'));

    expect(await subject.ended()).to.have.nested.property('error.message', 'first');
    expect(await second).to.have.property('message', 'first');
    expect(subject.worker.setups).to.equal(1);
    expect(subject.worker.teardowns).to.equal(1);
  });

  it('stops a run-once that waits for its runs, in the mode of the drain', async () => {
    const subject = createSubject({ isRunOnce: true });
    subject.pool.addRun({ id: 'a' });
    await subject.start();

    subject.host.stop();

    expect(await subject.ended()).to.deep.equal({ reason: 'stopped', runsEnded: 0, runsLeft: 1 });
  });

  it('waits for the runs of a stopped run-once if the drain awaits them', async () => {
    const subject = createSubject({ isRunOnce: true, drain: 'await' });
    subject.pool.addRun({ id: 'a' });
    await subject.start();

    subject.host.stop();
    await subject.clock.advance(60_000);
    expect(subject.host.status.phase).to.equal('draining');
    subject.worker.last.end(0);

    expect(await subject.ended()).to.deep.equal({ reason: 'stopped', runsEnded: 1, runsLeft: 0 });
  });

  it('comes for a run-once that is stopped while it polls, without a claim', async () => {
    const subject = createSubject({ isRunOnce: true });
    subject.pool.addRun({ id: 'a' });
    const hold = subject.orchestrator.faults.hold('getScheduledFlowRuns', { at: 'answer' });
    await subject.start();
    expect(hold.waiting).to.equal(1);

    subject.host.stop();
    hold.release();

    expect(await subject.ended()).to.deep.equal({ reason: 'stopped', runsEnded: 0, runsLeft: 0 });
    expect(subject.worker.jobs).to.deep.equal([]);
  });

  it('comes immediately for a permanent failure, whatever the drain', async () => {
    const subject = createSubject({ drain: 'await' });
    subject.pool.addRun({ id: 'a' });
    await subject.start();
    subject.host.stop();

    subject.host.fail(new Error('refused'));

    expect(await subject.ended()).to.have.nested.property('error.message', 'refused');
    expect(subject.pool.owner('a')).to.equal(null);
  });

  it('is announced once, and mentions released runs only if there are any', async () => {
    const subject = createSubject();
    await subject.start();

    subject.host.stop();
    subject.host.stop();
    await subject.ended();

    const messages = subject.lines.map(({ message }) => message);
    expect(messages.filter((message) => message.startsWith('Stopping'))).to.have.length(1);
    expect(messages).not.to.include('Leaving runs to the next worker');
  });

  it('does not handle errors that the plugin did not throw', async () => {
    const subject = createSubject();
    await subject.start();

    expect(subject.host.takeUnhandled(new Error('not of the plugin'), 'uncaughtException')).to.equal(false);

    subject.host.stop();
    await subject.ended();
  });

  it('treats an error that the plugin throws outside its calls as a fault of the plugin', async () => {
    const subject = createSubject();
    let isTaken = false;
    subject.worker.onSetup = async () => {
      isTaken = subject.host.takeUnhandled(new Error('late'), 'unhandledRejection');
    };
    await subject.start();

    expect(isTaken).to.equal(true);
    expect(subject.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).to.deep.equal([
      "The plugin 'fake' left a rejected promise unhandled in setup()",
    ]);
    subject.host.stop();
    await subject.ended();
  });

  it('emits a started and a stopped event, in this order, and none if it never started', async () => {
    const subject = createSubject();
    await subject.start();
    subject.host.stop();
    await subject.ended();
    const never = createSubject();
    never.worker.onSetup = () => Promise.reject(new Error('no'));
    await never.start();
    await never.ended();

    expect(subject.pool.events).to.have.length(2);
    expect(subject.pool.events[1]).to.have.property('follows', 'event-1');
    expect(never.pool.events).to.deep.equal([]);
  });
});

describe('the start of a worker host', () => {
  it('ends immediately when it is stopped while the control plane does not respond', async () => {
    for (const method of ['open', 'heartbeat'] as const) {
      const subject = createSubject();
      const hold = subject.orchestrator.faults.hold(method);
      await subject.start();
      expect(hold.waiting).to.equal(1);

      subject.host.stop();

      expect(await subject.ended()).to.have.property('reason', 'stopped');
      expect(subject.worker.jobs).to.deep.equal([]);
    }
  });

  it('ends immediately when it is stopped while it waits to reconnect', async () => {
    const subject = createSubject();
    subject.orchestrator.faults.fail('open');
    await subject.start();

    subject.host.stop();

    expect(await subject.ended()).to.have.property('reason', 'stopped');
  });

  it('reconnects with increasing delays, logs that once, and opens only once', async () => {
    const subject = createSubject();
    const opens = subject.orchestrator.faults.fail('open', { times: 2 });
    const beats = subject.orchestrator.faults.fail('heartbeat', { times: 2 });
    await subject.start();

    await subject.clock.advance(1000 + 2000 + 4000 + 7999);
    expect([opens.hits, beats.hits, subject.host.status.phase]).to.deep.equal([2, 2, 'starting']);
    await subject.clock.advance(1);

    expect(subject.host.status.phase).to.equal('working');
    expect(subject.orchestrator.callsOf('open')).to.equal(3);
    expect(subject.lines.filter(({ level }) => level === 'warn')).to.have.length(1);
    subject.host.stop();
  });

  for (const [what, settings, error, code] of [
    ['run-once and the control plane is away', { isRunOnce: true }, undefined, 'ORCHESTRATOR_UNAVAILABLE'],
    ['its name is in use', {}, new WorkerNameInUseError('w', 'another'), 'WORKER_NAME_IN_USE'],
    ['the control plane fails in another way', {}, Object.assign(new Error('odd'), { code: 'odd' }), 'odd'],
  ] as const)
    it(`fails if ${what}`, async () => {
      const subject = createSubject(settings);
      subject.orchestrator.faults.fail('open', { error: error ?? new OrchestratorUnavailableError('open', 'memory') });

      await subject.start();

      expect(await subject.ended()).to.have.nested.property('error.code', code);
      expect(subject.orchestrator.callsOf('open')).to.equal(1);
    });

  it('identifies itself to the control plane, and passes on how to create the pool', async () => {
    const subject = createSubject({ workQueueNames: ['q'], heartbeatSeconds: 7, createPoolIfNotFound: false });
    const opened: unknown[] = [];
    const open = subject.orchestrator.open.bind(subject.orchestrator);
    subject.orchestrator.open = (identity, request, listener) => {
      opened.push(identity, request.createIfNotFound);
      return open(identity, request, listener);
    };
    await subject.start();

    expect(opened).to.deep.equal([
      { name: 'w', type: 'fake', workPoolName: 'p', workQueueNames: ['q'], limit: null, heartbeatIntervalSeconds: 7 },
      false,
    ]);
    subject.host.stop();
  });

  it('logs what it serves', async () => {
    const subject = createSubject();

    await subject.start();

    expect(subject.lines.find(({ message }) => message === 'Serving the work pool')?.fields).to.deep.equal({
      pool: 'p',
      worker: 'w',
      type: 'fake',
      at: 'memory',
    });
    subject.host.stop();
  });

  it('takes over before it polls', async () => {
    const subject = createSubject();
    subject.pool.addRun({ id: 'due' });
    subject.pool.addRun({ id: 'left', stateType: 'PENDING' });
    await subject.start();

    const methods = subject.orchestrator.calls.map(({ method }) => method);
    expect(methods.indexOf('takeOverInterruptedRuns')).to.be.lessThan(methods.indexOf('getScheduledFlowRuns'));
    subject.host.stop();
  });

  it('takes over before a run-once polls', async () => {
    const subject = createSubject({ isRunOnce: true });
    subject.pool.addRun({ id: 'due' });
    subject.pool.addRun({ id: 'left', stateType: 'PENDING' });
    const hold = subject.orchestrator.faults.hold('takeOverInterruptedRuns', { at: 'answer' });
    await subject.start();
    expect([hold.waiting, subject.orchestrator.callsOf('getScheduledFlowRuns')]).to.deep.equal([1, 0]);

    hold.release();
    await settle();

    expect(subject.orchestrator.callsOf('getScheduledFlowRuns')).to.equal(1);
    subject.host.stop();
    await subject.ended();
  });

  it('has a recorded time', async () => {
    const subject = createSubject();
    const startedAtMs = subject.clock.nowMs();
    await subject.start();
    await subject.clock.advance(5000);

    expect(subject.host.status.startedAtMs).to.equal(startedAtMs);
    subject.host.stop();
  });
});
