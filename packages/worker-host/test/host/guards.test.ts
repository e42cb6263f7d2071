import { BaseJobConfiguration, WorkerNotReadyError, WorkerResult } from '@worker-host/core';
import { aFlowRun, aRunContext, FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { GuardedWorker } from '../../src/host/guarded-worker.js';
import { Readiness } from '../../src/host/readiness.js';
import { ReportedSignal } from '../../src/host/run/reported-signal.js';
import { Slots } from '../../src/host/slots.js';
import { within } from '../../src/host/within.js';
import { endOf, FakeWorker } from './support/fake-worker.js';

const FOREVER = (): Promise<void> => new Promise(() => {});
const NEVER = new AbortController().signal;
const NO_CREDENTIALS = 'The fake worker cannot reach its infrastructure: no credentials';

function createGuarded() {
  const [worker, logger, clock] = [new FakeWorker(), new RecordingLogger(), new FakeClock()];
  return { worker, logger, clock, guarded: new GuardedWorker(worker, logger, clock) };
}

const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it resolved',
    (error: unknown) => error,
  );

describe('a guarded worker', () => {
  it('is set up once and torn down once, however often requested', async () => {
    const { worker, guarded } = createGuarded();

    await Promise.all([guarded.setup(NEVER), guarded.setup(NEVER)]);
    await Promise.all([guarded.teardown(), guarded.teardown()]);

    expect([worker.setups, worker.teardowns]).to.deep.equal([1, 1]);
  });

  it('has 60 s for its setup and 5 s for its teardown', async () => {
    const { worker, guarded, clock, logger } = createGuarded();
    worker.onSetup = worker.onTeardown = FOREVER;

    const setup = rejected(guarded.setup(NEVER));
    await clock.advance(59_999);
    expect(clock.pendingSleeps).to.have.length(1);
    await clock.advance(1);
    expect(await setup).to.have.property('code', 'PLUGIN_TOO_SLOW');
    const teardown = guarded.teardown();
    await clock.advance(4999);
    expect(logger.lines).to.deep.equal([]);
    await clock.advance(1);
    await teardown;

    expect(logger.lines[0]).to.deep.include({ level: 'error', message: 'The teardown of the plugin failed' });
    expect(logger.lines[0]?.fields).to.deep.include({ plugin: 'fake' });
  });

  it('stops waiting for its setup when aborted', async () => {
    const { worker, guarded, clock } = createGuarded();
    worker.onSetup = FOREVER;
    const control = new AbortController();
    const setup = rejected(guarded.setup(control.signal));

    control.abort(new Error('stopped'));

    expect(await setup).to.have.property('message', 'stopped');
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('is not called after its teardown began', async () => {
    const { worker, guarded } = createGuarded();
    const configuration = new BaseJobConfiguration();
    const run = aFlowRun();
    void guarded.teardown();

    for (const call of [
      () => guarded.run(run, configuration, aRunContext()),
      () => guarded.resume('pid', run, configuration, aRunContext()),
      () => guarded.killInfrastructure('pid', configuration, 1),
      () => guarded.listInfrastructure([], []),
      () => guarded.checkReady(configuration),
      () => guarded.prewarm(configuration),
    ])
      expect(await rejected(call())).to.have.property('message', 'The worker is torn down [type=fake]');
    expect([worker.jobs, worker.kills]).to.deep.equal([[], []]);
  });

  it('rejects with errors that the plugin throws synchronously', async () => {
    const { worker, guarded } = createGuarded();
    worker.killInfrastructure = worker.teardown = () => {
      throw new Error('thrown');
    };

    const killed = guarded.killInfrastructure('pid', new BaseJobConfiguration(), 1);
    expect(await rejected(killed)).to.have.property('message', 'thrown');
    await guarded.teardown();
  });

  it('accepts a result of another copy of the core, and rejects values that are not results', async () => {
    const { worker, guarded } = createGuarded();
    const run = (result: unknown) => {
      worker.run = worker.resume = async () => result as WorkerResult;
      return guarded.run(aFlowRun(), new BaseJobConfiguration(), aRunContext());
    };

    const own = new WorkerResult('pid', 3);
    expect(await run(own)).to.equal(own);
    const foreign = await run({ identifier: 'pid', statusCode: 3 });
    expect(foreign).to.be.instanceOf(WorkerResult);
    expect(foreign).to.deep.include({ identifier: 'pid', statusCode: 3, end: null });
    const end = endOf(3);
    expect((await run({ identifier: 7, statusCode: 3, end })).end).to.deep.equal(end);
    for (const none of [null, undefined, 'text', {}, { statusCode: 3 }, { identifier: 'pid' }])
      expect(await rejected(run(none))).to.have.property('code', 'WORKER_RESULT_INVALID');
    for (const statusCode of ['3', 1.5])
      expect(await rejected(run({ identifier: 'pid', statusCode }))).to.have.property('code', 'WORKER_RESULT_INVALID');
    expect(await rejected(run(null)))
      .to.have.property('message')
      .that.includes('got=null');
    expect(await rejected(run('text')))
      .to.have.property('message')
      .that.includes('got=string');
  });

  it('omits an invalid end, and records the fault', async () => {
    const { worker, guarded, logger } = createGuarded();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const end of [
      {},
      'text',
      { ...endOf(0), facts: cycle },
      { ...endOf(0), phasesSeconds: { run: Number.NaN } },
    ]) {
      worker.run = async () => new WorkerResult('pid', 0, end as never);
      const result = await guarded.run(aFlowRun({ id: 'r' }), new BaseJobConfiguration(), aRunContext());
      expect([result.statusCode, result.end]).to.deep.equal([0, null]);
    }

    expect(guarded.faults.lines).to.have.length(4);
    expect(guarded.faults.lines[0]).to.equal(
      "The plugin 'fake' gave a result that cannot be used: end.phasesSeconds [run=r]",
    );
    expect(logger.messages('error')).to.have.length(4);
  });

  it('makes errors of the plugin readable', async () => {
    const { worker, guarded } = createGuarded();
    const failing = (error: unknown) => {
      worker.killInfrastructure = () => Promise.reject(error);
      return rejected(guarded.killInfrastructure('pid', new BaseJobConfiguration(), 1));
    };
    const throwing = Object.defineProperty(new Error(), 'message', { get: () => expect.fail('read') });
    const proxy = new Proxy({}, { get: () => expect.fail('read'), getPrototypeOf: () => expect.fail('read') });

    for (const unreadable of [throwing, proxy, Object.create(null), new Error('x', { cause: throwing })])
      expect(await failing(unreadable)).to.have.property('code', 'PLUGIN_ERROR_UNREADABLE');
    const huge = new Error('x'.repeat(1_000_000));
    expect(await failing(huge)).to.equal(huge);
    expect(huge.message.length).to.be.lessThan(11_000);
    expect(await failing('y'.repeat(1_000_000)))
      .to.have.property('message')
      .with.length.below(11_000);
    for (const kept of [undefined, 'text', Symbol('s'), new Error('short')]) expect(await failing(kept)).to.equal(kept);
  });

  it('ends a call whose plugin threw outside it, continues after a rejection, and handles nothing else', async () => {
    const { worker, guarded } = createGuarded();
    const [thrown, unhandled] = [new Error('thrown'), new Error('unhandled')];
    worker.run = () => {
      guarded.faults.take(unhandled, 'unhandledRejection');
      guarded.faults.take(unhandled, 'unhandledRejection');
      guarded.faults.take(thrown, 'uncaughtException');
      return new Promise(() => {});
    };

    const error = await rejected(guarded.run(aFlowRun({ id: 'r' }), new BaseJobConfiguration(), aRunContext()));

    expect(error).to.include({ code: 'PLUGIN_FAULT', cause: thrown });
    expect(guarded.faults.lines).to.deep.equal([
      "The plugin 'fake' threw an error outside of its promise in run() [run=r]",
      "The plugin 'fake' left a rejected promise unhandled in run() [run=r] (2 times)",
    ]);
    expect(guarded.faults.take(thrown, 'uncaughtException')).to.equal(false);
  });

  it('records a method that blocks for a second or longer', async () => {
    const { worker, logger } = createGuarded();
    const clock = new FakeClock();
    let nowMs = 0;
    clock.monotonicMs = () => nowMs;
    const guarded = new GuardedWorker(worker, logger, clock);
    for (const [each, blockedMs] of [999, 3_000].entries()) {
      worker.killInfrastructure = async () => {
        nowMs += blockedMs;
      };
      await guarded.killInfrastructure('pid', new BaseJobConfiguration(), 1);
      expect(guarded.faults.lines).to.have.length(each);
    }

    expect(guarded.faults.lines).to.deep.equal([
      "The plugin 'fake' blocked the worker for 3 s in killInfrastructure()",
    ]);
  });

  it('stores the last twenty faults', () => {
    const { guarded } = createGuarded();
    for (let each = 1; each <= 25; each += 1) guarded.faults.record(`did ${each}`);

    expect(guarded.faults.lines).to.have.length(20);
    expect(guarded.faults.lines[0]).to.include('did 25');
  });

  it('is unhealthy if its health cannot be read', () => {
    const { worker, guarded } = createGuarded();
    worker.health = () => {
      throw new Error('no health');
    };

    expect(guarded.health()).to.deep.equal({
      isHealthy: false,
      problems: ['Reading the health of the plugin failed: Error: no health'],
    });
  });
});

describe('within', () => {
  it('settles as the promise does, and leaves no sleep and no listener', async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const onLimit = () => new Error('late');

    for (let each = 0; each < 1000; each += 1)
      expect(await within(clock, 5, Promise.resolve(each), onLimit, signal)).to.equal(each);
    expect(await rejected(within(clock, 5, Promise.reject(new Error('no')), onLimit, signal))).to.have.property(
      'message',
      'no',
    );

    expect([listeners, clock.pendingSleeps.length]).to.deep.equal([0, 0]);
  });

  it('rejects at its limit, when aborted, and when already aborted', async () => {
    const clock = new FakeClock();
    const control = new AbortController();
    const late = rejected(within(clock, 5, FOREVER(), () => new Error('late')));
    await clock.advance(5000);
    expect(await late).to.have.property('message', 'late');

    for (const limit of [5, null]) {
      const onLimit = () => new Error('late');
      const aborted = rejected(within(clock, limit, FOREVER(), onLimit, control.signal));
      control.abort(new Error('over'));
      expect(await aborted).to.have.property('message', 'over');
    }
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('waits indefinitely without a limit', async () => {
    const clock = new FakeClock();
    let isOver = false;
    void within(clock, null, FOREVER(), () => new Error('late')).finally(() => {
      isOver = true;
    });

    await clock.advance(86_400_000);

    expect(isOver).to.equal(false);
  });
});

describe('readiness', () => {
  function create() {
    const { worker, guarded, clock, logger } = createGuarded();
    const readiness = new Readiness(guarded, clock, logger);
    const subject = { worker, clock, logger, readiness, checks: 0, problem: null as Error | null };
    worker.onCheckReady = async () => {
      subject.checks += 1;
      if (subject.problem !== null) throw subject.problem;
    };
    return { ...subject, subject, check: () => readiness.check(async () => new BaseJobConfiguration()) };
  }

  it('trusts a successful check for five minutes and a failed one for ten seconds', async () => {
    const { subject, check, clock, readiness } = create();
    expect(await check()).to.equal(true);
    await clock.advance(299_999);
    expect([await check(), subject.checks]).to.deep.equal([true, 1]);
    subject.problem = new WorkerNotReadyError('fake', 'no credentials');
    await clock.advance(1);
    expect([await check(), subject.checks]).to.deep.equal([false, 2]);
    expect(readiness.problem).to.equal(NO_CREDENTIALS);
    await clock.advance(9999);
    expect([await check(), subject.checks]).to.deep.equal([false, 2]);
    subject.problem = null;
    await clock.advance(1);

    expect([await check(), subject.checks]).to.deep.equal([true, 3]);
    expect(readiness.problem).to.equal(null);
  });

  it('logs the beginning and the end of a problem once each', async () => {
    const { subject, check, clock, logger } = create();
    subject.problem = new WorkerNotReadyError('fake', 'no credentials');
    for (let each = 0; each < 3; each += 1) {
      await check();
      await clock.advance(10_000);
    }
    subject.problem = null;
    await check();
    await clock.advance(300_000);
    await check();

    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).to.deep.equal([
      `error: The worker claims no runs: ${NO_CREDENTIALS}`,
      'info: The worker can reach its infrastructure again; it claims runs',
    ]);
  });

  it('checks once for concurrent callers', async () => {
    const { subject, check } = create();

    expect(await Promise.all([check(), check(), check()])).to.deep.equal([true, true, true]);
    expect(subject.checks).to.equal(1);
  });

  it('is not affected by a check that fails in another way', async () => {
    const { subject, check, readiness, logger } = create();
    subject.problem = new Error('a fault');

    expect(await check()).to.equal(true);
    expect(readiness.problem).to.equal(null);
    expect(logger.messages('debug')).to.deep.equal(['Checking the access to the infrastructure failed']);
  });

  it('is lost after a launch that fails because of a missing prerequisite, until the next check', async () => {
    const { check, readiness, clock } = create();
    await check();

    readiness.fail('expired');

    expect(readiness.problem).to.equal('expired');
    expect(await check()).to.equal(false);
    await clock.advance(10_000);
    expect(await check()).to.equal(true);
  });

  it('of a single run does not affect that of the worker', async () => {
    const { subject, check, readiness } = create();
    subject.problem = new WorkerNotReadyError('fake', 'no credentials');
    await check();
    subject.problem = null;

    expect(await readiness.isReadyFor(new BaseJobConfiguration())).to.equal(true);
    expect(readiness.problem).to.equal(NO_CREDENTIALS);
  });
});

describe('slots', () => {
  it('are reserved up to the limit, and beyond it for running jobs', () => {
    const slots = new Slots({ limit: 1 });
    const first = slots.tryTake();
    expect([first === null, slots.taken, slots.free, slots.tryTake()]).to.deep.equal([false, 1, 0, null]);

    const second = slots.take();
    expect([slots.taken, slots.free]).to.deep.equal([2, 0]);
    first?.release();
    first?.release();
    expect([slots.taken, slots.free]).to.deep.equal([1, 0]);
    second.release();
    expect([slots.taken, slots.free]).to.deep.equal([0, 1]);
  });

  it('are unlimited without a limit', () => {
    const slots = new Slots({ limit: null });
    for (let each = 0; each < 1000; each += 1) expect(slots.tryTake()).not.to.equal(null);

    expect([slots.free, slots.taken]).to.deep.equal([null, 1000]);
  });
});

describe('the signal that the result of a launch was processed', () => {
  const stateOf = async (promise: Promise<void>): Promise<string> => {
    let state = 'pending';
    promise.then(
      () => {
        state = 'resolved';
      },
      (error: Error) => {
        state = error.message;
      },
    );
    await settle();
    return state;
  };

  it('resolves for a launch that is followed by another when that one is stored', async () => {
    const signal = new ReportedSignal();
    const first = signal.current;
    signal.supersede();
    const second = signal.current;
    expect([await stateOf(first), await stateOf(second)]).to.deep.equal(['pending', 'pending']);

    signal.confirmLaunch();
    expect([await stateOf(first), await stateOf(second)]).to.deep.equal(['resolved', 'pending']);
    signal.resolve();
    expect(await stateOf(second)).to.equal('resolved');
  });

  it('resolves for all launches when the end is reported', async () => {
    const signal = new ReportedSignal();
    const first = signal.current;
    signal.supersede();

    signal.resolve();

    expect([await stateOf(first), await stateOf(signal.current)]).to.deep.equal(['resolved', 'resolved']);
  });

  it('rejects if the run is released before, and not after', async () => {
    const released = new ReportedSignal();
    released.reject(new Error('released'));
    expect(await stateOf(released.current)).to.equal('released');

    const reported = new ReportedSignal();
    reported.resolve();
    reported.reject(new Error('released'));
    expect(await stateOf(reported.current)).to.equal('resolved');
  });
});
