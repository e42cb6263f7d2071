import { OrchestratorUnauthorizedError } from '@worker-host/core';
import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { LazyAbortController } from '../../src/host/lazy-abort-controller.js';
import {
  DEFAULT_RETRY_POLICY,
  pauseMs,
  type RetryOptions,
  retryMs,
  retryUntilDone,
  seconds,
} from '../../src/host/retry.js';
import { rejected } from './support/promises.js';

const MIDDLE = new FakeClock({ random: 0.5 });
const LOW = new FakeClock({ random: 0 });
describe('the delay before a retry', () => {
  it('doubles from one second to a minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => retryMs(DEFAULT_RETRY_POLICY, failures, MIDDLE));

    expect(waits).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('has a jitter of a quarter', () => {
    expect(retryMs(DEFAULT_RETRY_POLICY, 1, LOW)).to.equal(750);
    expect(retryMs(DEFAULT_RETRY_POLICY, 1, new FakeClock({ random: 0.999 }))).to.be.closeTo(1250, 1);
  });
});

describe('the delay of a loop', () => {
  it('is its interval, and doubles with each failure to a minute', () => {
    const pauses = [0, 1, 2, 3, 4, 1000].map((failures) => pauseMs(DEFAULT_RETRY_POLICY, 10_000, failures, LOW));

    expect(pauses).to.deep.equal([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it('is never shorter than its interval', () => {
    expect(pauseMs(DEFAULT_RETRY_POLICY, 300_000, 5, LOW)).to.equal(300_000);
    expect(pauseMs(DEFAULT_RETRY_POLICY, 10_000, 0, MIDDLE)).to.equal(12_000);
  });
});

describe('an operation that is retried', () => {
  function create(failures: number, over: Partial<RetryOptions> = {}) {
    const [clock, logger] = [new FakeClock(), new RecordingLogger()];
    const subject = { calls: 0, error: new Error('503') as unknown };
    const operation = async (): Promise<string> => {
      subject.calls += 1;
      if (subject.calls <= failures) throw subject.error;
      return 'done';
    };
    const until = new LazyAbortController();
    const options: RetryOptions = { clock, logger, policy: DEFAULT_RETRY_POLICY, until, ...over };
    return { clock, logger, subject, run: () => retryUntilDone('Storing it', operation, options) };
  }

  it('that succeeds at the first attempt is not logged', async () => {
    const { run, logger, clock } = create(0);

    expect(await run()).to.equal('done');
    expect([logger.lines, clock.pendingSleeps]).to.deep.equal([[], []]);
  });

  it('logs its first failure with the delay, the others as details, and its recovery', async () => {
    const { run, logger, clock, subject } = create(2);
    const { error } = subject;

    expect(await clock.run(run())).to.equal('done');

    expect(logger.lines).to.deep.equal([
      { level: 'error', message: 'Storing it failed; retrying in 1.0 s', fields: { error } },
      { level: 'debug', message: 'Storing it failed again; retrying in 2.0 s', fields: { failures: 2, error } },
      { level: 'info', message: 'Storing it succeeded after 2 retries', fields: {} },
    ]);
  });

  it('uses the singular for one retry', async () => {
    const { run, logger, clock } = create(1);
    await clock.run(run());

    expect(logger.messages('info')).to.deep.equal(['Storing it succeeded after 1 retry']);
  });

  it('waits between its attempts', async () => {
    const { run, clock, subject } = create(9);
    void rejected(run());
    await clock.advance(999);
    expect(subject.calls).to.equal(1);
    await clock.advance(1);
    expect(subject.calls).to.equal(2);
  });

  it('ends with rejected credentials, and with failures that its caller declares final', async () => {
    const refused = create(9);
    refused.subject.error = new OrchestratorUnauthorizedError('The call', 'memory', 'Log in.');
    expect(await rejected(refused.run())).to.equal(refused.subject.error);

    const final = create(9, { isFinal: (error) => error instanceof TypeError });
    final.subject.error = new TypeError('no');
    expect(await rejected(final.run())).to.equal(final.subject.error);
    expect([refused.subject.calls, final.subject.calls]).to.deep.equal([1, 1]);
    expect(final.logger.lines).to.deep.equal([]);
  });

  it('ends with the reason of its signal, before an attempt and during a delay', async () => {
    const control = new LazyAbortController();
    const { run, subject, clock } = create(9, { until: control });
    const during = rejected(run());
    await settle();

    control.abort(new Error('over'));

    expect(await during).to.have.property('message', 'over');
    expect(await rejected(run())).to.have.property('message', 'over');
    expect([subject.calls, clock.pendingSleeps.length]).to.deep.equal([1, 0]);
  });
});

describe('seconds', () => {
  it('are formatted with a tenth below ten', () => {
    expect([0, 750, 9949, 10_000, 12_600].map(seconds)).to.deep.equal(['0.0 s', '0.8 s', '9.9 s', '10 s', '13 s']);
  });
});
