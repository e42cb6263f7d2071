import { type Meter, OrchestratorUnauthorizedError } from '@worker-host/core';
import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { Loop, type LoopOptions } from '../../../src/host/loops/loop.js';

function createLoop(options: Partial<LoopOptions> = {}) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const fatal: unknown[] = [];
  const measured: string[] = [];
  const meter: Meter = {
    count: (name, labels) => void measured.push(`${name} ${Object.values(labels ?? {}).join(' ')}`),
    gauge: (name, value) => void measured.push(`${name} ${value}`),
    observe: (name, value) => void measured.push(`${name} ${value}`),
  };
  const loop = new Loop({
    id: 'poll',
    meter,
    name: 'Polling for runs',
    pause: (failures) => 1000 * 2 ** failures,
    deadlineMs: 10_000,
    clock,
    logger,
    onFatal: (error) => void fatal.push(error),
    ...options,
  });
  const control = new AbortController();
  const startMs = clock.monotonicMs();
  const roundsAt: number[] = [];
  const subject = {
    ...{ clock, logger, measured, fatal, loop, control, roundsAt },
    work: async (_: AbortSignal): Promise<void> => {},
    run: (first?: 'now' | 'later') => {
      const round = async (signal: AbortSignal): Promise<void> => {
        roundsAt.push(clock.monotonicMs() - startMs);
        await subject.work(signal);
      };
      return loop.run(round, control.signal, first);
    },
  };
  return subject;
}

const failing = async () => {
  throw new Error('no route');
};

describe('a loop', () => {
  it('starts now, or after one delay, and repeats', async () => {
    const now = createLoop();
    const later = createLoop();

    void now.run();
    void later.run('later');
    await now.clock.advance(2500);
    await later.clock.advance(2500);

    expect(now.roundsAt).to.deep.equal([0, 1000, 2000]);
    expect(later.roundsAt).to.deep.equal([1000, 2000]);
  });

  it('measures each round with its outcome, and when one last succeeded', async () => {
    const subject = createLoop();
    const startMs = subject.clock.nowMs();
    subject.work = async () => {
      if (subject.roundsAt.length === 2) throw new Error('away');
      await subject.clock.sleep(500);
    };
    void subject.run();
    await subject.clock.advance(1600);

    expect(subject.measured).to.deep.equal([
      'worker_host_loop_rounds_total poll success',
      'worker_host_loop_round_seconds 0.5',
      `worker_host_loop_last_success_timestamp_seconds ${(startMs + 500) / 1000}`,
      'worker_host_loop_rounds_total poll failure',
      'worker_host_loop_round_seconds 0',
    ]);
  });

  it('counts its delay from the end of a round, or, if paced, from the start', async () => {
    const [usual, paced] = [createLoop(), createLoop({ isPaced: true })];
    for (const each of [usual, paced]) {
      each.work = () => each.clock.sleep(400);
      void each.run();
      await each.clock.advance(3000);
    }

    expect(usual.roundsAt).to.deep.equal([0, 1400, 2800]);
    expect(paced.roundsAt).to.deep.equal([0, 1000, 2000, 3000]);
  });

  it('starts the next round immediately if a paced one took longer than its delay', async () => {
    const subject = createLoop({ isPaced: true });
    subject.work = () => subject.clock.sleep(1500);

    void subject.run();
    await subject.clock.advance(3100);

    expect(subject.roundsAt).to.deep.equal([0, 1500, 3000]);
  });

  it('is woken from the delay after a success, also by a wake during the round', async () => {
    const subject = createLoop();
    void subject.run();
    await settle();

    subject.loop.wake();
    await settle();
    expect(subject.roundsAt).to.deep.equal([0, 0]);

    subject.work = async () => {
      if (subject.roundsAt.length === 3) subject.loop.wake();
    };
    await subject.clock.advance(1000);
    expect(subject.roundsAt).to.deep.equal([0, 0, 1000, 1000]);
  });

  it('clears a wake when the round that answers it has started', async () => {
    const subject = createLoop();
    void subject.run();
    await settle();
    subject.loop.wake();
    await settle();

    await subject.clock.advance(999);
    expect(subject.roundsAt).to.have.length(2);
  });

  it('is not woken from its back-off, however often', async () => {
    const subject = createLoop();
    subject.work = failing;
    void subject.run();
    await settle();

    for (let wakes = 0; wakes < 100; wakes += 1) {
      subject.loop.wake();
      await settle();
    }
    expect(subject.roundsAt).to.deep.equal([0]);
    await subject.clock.advance(2000);

    expect(subject.roundsAt).to.deep.equal([0, 2000]);
  });

  it('keeps its back-off when it is woken during the failing round', async () => {
    const subject = createLoop();
    subject.work = async () => {
      subject.loop.wake();
      await failing();
    };
    void subject.run();
    await subject.clock.advance(1999);

    expect(subject.roundsAt).to.deep.equal([0]);
  });

  it('backs off further with each failure and returns to its interval after a success', async () => {
    const subject = createLoop();
    subject.work = failing;
    void subject.run();
    await subject.clock.advance(7000);
    subject.work = async () => {};
    await subject.clock.advance(9000);

    expect(subject.roundsAt).to.deep.equal([0, 2000, 6000, 14_000, 15_000, 16_000]);
  });

  it('logs consecutive failures once, at their beginning and their end', async () => {
    const subject = createLoop({ pause: () => 1000 });
    subject.work = failing;
    void subject.run();
    await subject.clock.advance(2500);
    subject.work = async () => {};
    await subject.clock.advance(1000);

    expect(subject.logger.lines.map(({ level, message }) => `${level}: ${message}`)).to.deep.equal([
      'warn: Polling for runs failed; retrying',
      'debug: Polling for runs failed again',
      'debug: Polling for runs failed again',
      'info: Polling for runs succeeded after 3 failures',
    ]);
    expect(subject.logger.lines[0]?.fields.error).to.be.instanceOf(Error);
    expect(subject.logger.lines[2]?.fields).to.deep.include({ failures: 3 });
  });

  it('reports its problem until it recovers', async () => {
    const subject = createLoop({ pause: () => 1000 });
    expect(subject.loop.problem).to.equal(null);
    subject.work = failing;
    void subject.run();
    await settle();
    expect(subject.loop.problem).to.equal('Polling for runs failed 1 time in a row: no route');
    subject.work = () => Promise.reject('a text');
    await subject.clock.advance(1000);
    expect(subject.loop.problem).to.equal('Polling for runs failed 2 times in a row: a text');
    expect(subject.loop.failures).to.equal(2);

    subject.work = async () => {};
    await subject.clock.advance(1000);

    expect(subject.loop.problem).to.equal(null);
    expect(subject.loop.failures).to.equal(0);
    expect(subject.logger.messages('info')).to.deep.equal(['Polling for runs succeeded after 2 failures']);
  });

  it('counts one failure as one', async () => {
    const subject = createLoop({ pause: () => 1000 });
    subject.work = failing;
    void subject.run();
    await settle();
    subject.work = async () => {};
    await subject.clock.advance(1000);

    expect(subject.logger.messages('info')).to.deep.equal(['Polling for runs succeeded after 1 failure']);
  });

  it('reports permanent failures without a warning that it retries', async () => {
    const subject = createLoop();
    const error = new OrchestratorUnauthorizedError('It', 'memory', 'Log in.');
    subject.work = () => Promise.reject(error);

    void subject.run();
    await settle();

    expect(subject.fatal).to.deep.equal([error]);
    expect(subject.logger.lines).to.deep.equal([]);
  });

  it('aborts a round that exceeds its deadline, and continues', async () => {
    const subject = createLoop();
    const signals: AbortSignal[] = [];
    subject.work = (signal) => {
      signals.push(signal);
      return new Promise(() => {});
    };

    void subject.run();
    await subject.clock.advance(9999);
    expect(signals[0]?.aborted).to.equal(false);
    await subject.clock.advance(1);

    expect(signals[0]?.aborted).to.equal(true);
    expect(subject.loop.problem).to.include('Polling for runs did not finish within 10 s');
    await subject.clock.advance(2000);
    expect(subject.roundsAt).to.deep.equal([0, 12_000]);
  });

  it('leaves no deadline behind when a round finishes in time', async () => {
    const subject = createLoop();

    void subject.run();
    await settle();

    expect(subject.clock.pendingSleeps).to.have.length(1);
  });

  for (const moment of ['in its pause', 'in its back-off', 'in a round', 'before its first pause'] as const)
    it(`ends when it is aborted ${moment}`, async () => {
      const subject = createLoop();
      if (moment === 'in its back-off') subject.work = failing;
      if (moment === 'in a round')
        subject.work = (signal) =>
          new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      const over = subject.run(moment === 'before its first pause' ? 'later' : 'now');
      await settle();
      const lines = subject.logger.lines.length;

      subject.control.abort(new Error('over'));
      await over;

      expect(subject.roundsAt).to.have.length(moment === 'before its first pause' ? 0 : 1);
      expect(subject.logger.lines).to.have.length(lines);
      expect(subject.clock.pendingSleeps).to.deep.equal([]);
    });

  it('runs no round if it is aborted before it starts', async () => {
    const subject = createLoop();
    subject.control.abort();

    await subject.run('later');

    expect(subject.roundsAt).to.deep.equal([]);
    expect(subject.clock.pendingSleeps).to.deep.equal([]);
  });

  it('informs a round that the loop was already aborted', async () => {
    const { loop, control } = createLoop();
    control.abort(new Error('over'));
    let isAborted = false;

    await loop.round(async ({ aborted }) => {
      isAborted = aborted;
    }, control.signal);

    expect(isAborted).to.equal(true);
    expect(loop.failures).to.equal(0);
  });

  it('makes progress while rounds fail and time out, and is stuck when its time stands still', async () => {
    const subject = createLoop();
    expect(subject.loop.isTurning).to.equal(true);
    subject.work = failing;
    void subject.run();
    await subject.clock.advance(600_000);
    expect(subject.loop.isTurning).to.equal(true);
    subject.control.abort();
    await settle();
    expect(subject.loop.isTurning).to.equal(true);
  });

  it('is stuck one minute after its turn was due, in a round as in a pause', async () => {
    for (const where of ['round', 'pause']) {
      let nowMs = 0;
      const frozen = {
        nowMs: () => nowMs,
        monotonicMs: () => nowMs,
        random: () => 0,
        sleep: () => new Promise<void>(() => {}),
      };
      const { loop, control } = createLoop({ clock: frozen });
      void loop.run(() => (where === 'round' ? new Promise(() => {}) : Promise.resolve()), control.signal);
      await settle();
      const dueMs = where === 'round' ? 10_000 : 1000;

      nowMs = dueMs + 60_000;
      expect(loop.isTurning, where).to.equal(true);
      nowMs += 1;
      expect(loop.isTurning, where).to.equal(false);
    }
  });

  it('leaves no listener on its signal after a thousand rounds', async () => {
    const subject = createLoop();
    const { signal } = subject.control;
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

    for (let rounds = 0; rounds < 1000; rounds += 1) await subject.loop.round(async () => {}, signal);
    void subject.run();
    for (let rounds = 0; rounds < 20; rounds += 1) {
      subject.loop.wake();
      await settle();
    }

    expect(listeners).to.be.at.most(1);
  });
});
