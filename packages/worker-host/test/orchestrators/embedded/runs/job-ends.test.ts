import { expect } from 'chai';
import { actionOf, attemptEndOf, retryDelayMs } from '../../../../src/orchestrators/embedded/runs/job-ends.js';
import {
  assertJobPolicy,
  type EndRule,
  type JobPolicy,
  mergePolicies,
} from '../../../../src/orchestrators/embedded/runs/job-policy.js';
import { thrownBy } from '../support/pool-bench.js';

const ended = (exitCode: number | null, kind: string | null = null, message = 'The job failed') =>
  attemptEndOf({
    result: {
      exitCode,
      diagnosis: kind === null ? null : { kind, summary: 'It failed', detail: 'Connection reset by peer' },
    },
    isLaunched: true,
    message,
    isTimedOut: false,
  });

describe('what follows from the end of an attempt', () => {
  const cases: readonly (readonly [rule: EndRule, fits: readonly unknown[], not: readonly unknown[]])[] = [
    [{ exitCodes: '75', action: 'complete' }, [ended(75)], [ended(7), ended(null)]],
    [{ exitCodes: '1-9,75', action: 'complete' }, [ended(1), ended(9), ended(75)], [ended(10), ended(0)]],
    [
      { kind: 'out-of-memory', action: 'complete' },
      [ended(137, 'out-of-memory')],
      [ended(137), ended(1, 'out-of-memory-x')],
    ],
    [{ kind: 'out-*', action: 'complete' }, [ended(1, 'out-of-memory'), ended(1, 'OUT-')], [ended(1, 'timeout-out-')]],
    [{ reason: '*connection*peer', action: 'complete' }, [ended(1, 'x')], [ended(1)]],
    [{ reason: 'the job failed', action: 'complete' }, [ended(1)], [ended(1, null, 'The job failed badly')]],
    [{ exitCodes: '1', kind: 'x', action: 'complete' }, [ended(1, 'x')], [ended(1), ended(2, 'x')]],
    [
      { reason: '*oom*oom*', action: 'complete' },
      [ended(1, null, 'oom, then oom'), ended(1, null, 'oomoom')],
      [ended(1, null, 'oom'), ended(1, null, 'ooom')],
    ],
    [{ reason: 'a*a', action: 'complete' }, [ended(1, null, 'aa')], [ended(1, null, 'a')]],
  ];
  for (const [rule, fits, not] of cases)
    it(`is told by ${JSON.stringify(rule)}`, () => {
      const actions = (ends: readonly unknown[]) =>
        ends.map((end) => actionOf({ rules: [rule] }, end as ReturnType<typeof ended>));
      expect(actions(fits)).to.deep.equal(fits.map(() => 'complete'));
      expect(actions(not)).to.deep.equal(not.map(() => 'retry'));
    });

  it('is told by the first rule that fits', () => {
    const rules: readonly EndRule[] = [
      { exitCodes: '3', action: 'complete' },
      { exitCodes: '1-9', action: 'fail' },
    ];
    expect([3, 4, 10].map((code) => actionOf({ rules }, ended(code)))).to.deep.equal(['complete', 'fail', 'retry']);
  });

  it('is no retry for what was not launched, unless a rule says so', () => {
    const end = attemptEndOf({ result: null, isLaunched: false, message: 'refused', isTimedOut: false });
    expect(actionOf({}, end)).to.equal('fail');
    expect(actionOf({ rules: [{ kind: 'not-launched', action: 'retry' }] }, end)).to.equal('retry');
  });

  it('of a time limit has a kind of its own, and no exit code of the stop', () => {
    const end = attemptEndOf({ result: { exitCode: 143 }, isLaunched: true, message: 'late', isTimedOut: true });
    expect(end).to.deep.include({ kind: 'time-limit', exitCode: null });
    expect(actionOf({ rules: [{ kind: 'time-limit', action: 'fail' }] }, end)).to.equal('fail');
  });
});

describe('the wait before a retry', () => {
  const waits = (retries: JobPolicy['retries'] & object) =>
    [1, 2, 3, 4, 80].map((retry) => retryDelayMs(retries, 'run', retry) / 1000);

  it('is fixed, or doubles up to its longest', () => {
    expect(waits({ attempts: 9, delaySeconds: 5, backOff: 'fixed', jitter: 0 })).to.deep.equal([5, 5, 5, 5, 5]);
    expect(waits({ attempts: 9, delaySeconds: 5, jitter: 0, maxDelaySeconds: 30 })).to.deep.equal([5, 10, 20, 30, 30]);
    expect(waits({ attempts: 9, jitter: 0 })).to.deep.equal([10, 20, 40, 80, 3600]);
  });

  it('differs by its jitter, from run to run', () => {
    const delays = Array.from({ length: 200 }, (_, index) =>
      retryDelayMs({ attempts: 2, jitter: 0.5 }, `run-${index}`, 1),
    );
    expect(Math.min(...delays)).to.be.within(5000, 6000);
    expect(Math.max(...delays)).to.be.within(14_000, 15_000);
  });
});

describe('a policy', () => {
  it('of a run goes before that of its deployment: retries and rules as a whole, limits each', () => {
    const base: JobPolicy = { retries: { attempts: 3 }, limits: { runSeconds: 60, queueSeconds: 5 } };
    expect(mergePolicies(base, { retries: { attempts: 1 }, limits: { runSeconds: 90 } })).to.deep.equal({
      retries: { attempts: 1 },
      limits: { runSeconds: 90, queueSeconds: 5 },
    });
    expect(mergePolicies(null, null)).to.equal(null);
    expect(mergePolicies(base, null)).to.deep.equal(base);
  });

  it('is refused with all that is wrong with it', () => {
    const policy: JobPolicy = {
      retries: { attempts: 0, delaySeconds: -1, maxDelaySeconds: -1, jitter: 2 },
      rules: [{ action: 'retry' }, { exitCodes: '1-', action: 'explode' as 'retry' }],
      limits: { queueSeconds: 0 },
    };
    const { message } = thrownBy(() => assertJobPolicy(policy));
    for (const part of [
      'attempts must be',
      'delay of a retry',
      'longest delay',
      'jitter of',
      'rule 1: it has no condition',
    ])
      expect(message).to.contain(part);
    for (const part of ['rule 2: it must end in', 'rule 2: exit codes must', 'queueSeconds must be above 0 s'])
      expect(message).to.contain(part);
    for (const condition of [{ exitCodes: '1' }, { kind: 'x' }, { reason: 'x' }])
      assertJobPolicy({ rules: [{ ...condition, action: 'fail' }] });
    for (const [retries, problem] of [
      [{ delaySeconds: -0.1 }, 'the delay of a retry must be 0 s or more (found: -0.1)'],
      [{ maxDelaySeconds: -0.1 }, 'the longest delay of a retry must be 0 s or more (found: -0.1)'],
      [{ jitter: -0.1 }, 'the jitter of a retry must be 0 to 1 (found: -0.1)'],
      [{ jitter: 1.1 }, 'the jitter of a retry must be 0 to 1 (found: 1.1)'],
    ] as const)
      expect(thrownBy(() => assertJobPolicy({ retries: { attempts: 2, ...retries } }))).to.deep.include({
        problems: [problem],
      });
    assertJobPolicy({ retries: { attempts: 1000, jitter: 0 } });
    for (const attempts of [1001, 1.5])
      expect(thrownBy(() => assertJobPolicy({ retries: { attempts } })).message).to.contain('1 to 1000');
    assertJobPolicy({
      retries: { attempts: 1, delaySeconds: 0, maxDelaySeconds: 0, jitter: 1 },
      limits: { runSeconds: 0.1 },
    });
  });
});
