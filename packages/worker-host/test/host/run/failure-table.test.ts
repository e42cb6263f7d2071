import { expect } from 'chai';
import { FAULT_PATIENCE, PATIENCE } from '../../../src/host/run/failure-table.js';
import { next } from '../../../src/host/run/run-machine.js';
import type { FailureKind, RunState, RunStep } from '../../../src/host/run/run-state.js';
import { effectsOf, failure, inStep, POLICY, SERIAL } from '../support/machine.js';

const KINDS: readonly FailureKind[] = [
  'unavailable',
  'unauthorized',
  'lease-lost',
  'cancelled',
  'not-ready',
  'refused',
  'invalid',
  'deployment-gone',
  'unreadable',
  'not-found',
  'failed',
  'fault',
];

const RELEASED = ['release failed', 'finish released'];
const NOT_READY = ['not-ready', 'release worker-not-ready', 'finish released'];
const concluded = (because: string): readonly string[] => ['end-infrastructure', `conclude ${because}`, 'step read'];

/** Consequence of the first failure of each step, by kind; the default applies to other kinds. */
const EXPECTED: Readonly<
  Record<RunStep, Partial<Record<FailureKind, readonly string[]>> & { any: readonly string[] }>
> = {
  claim: { any: ['finish not-claimed'], unauthorized: ['fatal', 'finish not-claimed'] },
  render: {
    any: ['retry render 1'],
    'not-ready': NOT_READY,
    refused: concluded('refused'),
    invalid: concluded('refused'),
    fault: concluded('refused'),
    'deployment-gone': concluded('cancelled'),
    unreadable: ['release unreadable', 'finish released'],
  },
  find: { any: ['retry find 1'] },
  launch: {
    any: ['retry launch 1'],
    'not-ready': NOT_READY,
    refused: concluded('refused'),
    invalid: concluded('refused'),
    'deployment-gone': concluded('cancelled'),
  },
  watch: { any: ['retry watch 1'], 'not-found': concluded('ended') },
  read: { any: ['retry read 1'] },
  report: { any: ['retry read 1'] },
};

function expected(step: RunStep, kind: FailureKind): readonly string[] {
  const own = EXPECTED[step][kind];
  if (own !== undefined) return own;
  if (kind === 'unauthorized') return ['fatal', ...RELEASED];
  if (kind === 'lease-lost' && step !== 'claim') return ['finish lost'];
  return EXPECTED[step].any;
}

describe('a failure of a step', () => {
  for (const step of Object.keys(EXPECTED) as RunStep[])
    for (const kind of KINDS)
      it(`'${kind}' of '${step}' leads to: ${expected(step, kind).join(', ')}`, () => {
        const result = next(inStep(step), failure(kind), POLICY);

        expect(effectsOf(result)).to.deep.equal(expected(step, kind));
      });

  for (const step of ['find', 'watch', 'read', 'report'] as const)
    for (const kind of KINDS)
      it(`'${kind}' of '${step}' never crashes the run`, () => {
        const effects = effectsOf(next(inStep(step, { failures: 1000 }), failure(kind), POLICY));

        expect(effects).not.to.include('conclude refused');
        expect(effects).not.to.include('conclude cancelled');
      });

  for (const [step, kind] of [
    ['render', 'unavailable'],
    ['render', 'failed'],
    ['find', 'fault'],
    ['launch', 'failed'],
    ['launch', 'unavailable'],
    ['watch', 'fault'],
    ['read', 'unavailable'],
    ['report', 'unavailable'],
  ] as const)
    it(`'${kind}' of '${step}' is retried without limit, with increasing delays`, () => {
      const { state, effects } = next(inStep(step, { failures: 99_999 }), failure(kind), POLICY);

      expect(effects).to.deep.equal([
        { do: 'retry', step: step === 'report' ? 'read' : step, serial: SERIAL + 1, failures: 100_000 },
      ]);
      expect(state).to.deep.include({ failures: 100_000, isWaiting: true, serial: SERIAL + 1, outcome: null });
    });

  for (const step of ['read', 'report'] as const)
    it(`of '${step}' is retried ${PATIENCE - 1} times, then releases the run`, () => {
      const last = next(inStep(step, { failures: PATIENCE - 2 }), failure('failed'), POLICY);
      const beyond = next(inStep(step, { failures: PATIENCE - 1 }), failure('failed'), POLICY);

      expect(effectsOf(last)).to.deep.equal([`retry read ${PATIENCE - 1}`]);
      expect(effectsOf(beyond)).to.deep.equal(RELEASED);
      expect(beyond.state.outcome).to.deep.equal({ kind: 'released' });
    });

  it('refuses a launch after three faults of the plugin, and first searches for what one of them may have launched', () => {
    const launched: Partial<RunState> = { mayHaveLaunched: true, rendered: 'launch' };
    const second = next(inStep('launch', { ...launched, failures: 1 }), failure('fault'), POLICY);
    const third = next(inStep('launch', { ...launched, failures: FAULT_PATIENCE - 1 }), failure('fault'), POLICY);

    expect(effectsOf(second)).to.deep.equal(['retry launch 2']);
    expect(effectsOf(third)).to.deep.equal(['step find']);
    expect(third.state.refusal).to.equal('Failed to submit flow run to infrastructure: why');
  });

  it('of a launch is remembered as a launch that may have been sent', () => {
    expect(next(inStep('launch'), failure('failed'), POLICY).state.mayHaveLaunched).to.equal(true);
    expect(next(inStep('render'), failure('failed'), POLICY).state.mayHaveLaunched).to.equal(false);
  });

  it('includes the reason in concluded, lost and unclaimed runs', () => {
    const refused = next(inStep('launch'), failure('refused', 'no such image'), POLICY);
    const gone = next(inStep('render'), failure('deployment-gone', 'it is gone'), POLICY);
    const lost = next(inStep('watch'), failure('lease-lost', 'another has it'), POLICY);
    const dropped = next(inStep('claim'), failure('failed', 'no'), POLICY);
    const notReady = next(inStep('launch'), failure('not-ready', 'no credentials'), POLICY);

    expect(refused.state.conclusion).to.deep.equal({
      because: 'refused',
      message: 'Failed to submit flow run to infrastructure: no such image',
    });
    expect(gone.state.conclusion).to.deep.equal({ because: 'cancelled', message: 'it is gone.' });
    expect(lost.state.outcome).to.deep.equal({ kind: 'lost', reason: 'another has it' });
    expect(dropped.state.outcome).to.deep.equal({ kind: 'not-claimed', reason: 'no' });
    expect(notReady.effects[0]).to.deep.equal({ do: 'not-ready', message: 'no credentials' });
  });

  for (const kind of ['invalid', 'fault', 'deployment-gone'] as const)
    it(`'${kind}' of rendering a run that may be launched leads to the search for it`, () => {
      const stored = { mayHaveLaunched: true, launchPlace: { cluster: 'c' } };
      const unstored = next(inStep('render', { mayHaveLaunched: true }), failure(kind), POLICY);
      const result = next(inStep('render', stored), failure(kind), POLICY);

      expect(effectsOf(unstored).at(-1)).to.equal('step find');
      expect(effectsOf(result).at(-1)).to.equal('step render');
      expect(result.state).to.deep.include({ rendering: 'watch', outcome: null, conclusion: null });
      expect(result.state.cancelCause).to.equal(kind === 'deployment-gone' ? 'ordered' : null);
      expect(effectsOf(result).includes('forbid-launch')).to.equal(kind === 'deployment-gone');
    });

  it("'unreadable' of a run that may be launched is retried, because it must not become due again", () => {
    const result = next(inStep('render', { mayHaveLaunched: true }), failure('unreadable'), POLICY);

    expect(effectsOf(result)).to.deep.equal(['retry render 1']);
  });

  it('of a launch that the plugin refused with certainty is not searched for', () => {
    const result = next(inStep('launch', { mayHaveLaunched: true }), failure('refused'), POLICY);

    expect(effectsOf(result)).to.deep.equal(concluded('refused'));
  });

  for (const kind of ['invalid', 'fault', 'refused', 'deployment-gone', 'not-ready'] as const)
    it(`'${kind}' of a rendering that only serves to watch is retried`, () => {
      const state = inStep('render', { rendering: 'watch', mayHaveLaunched: true });

      expect(effectsOf(next(state, failure(kind), POLICY))).to.deep.equal(['retry render 1']);
    });

  it('of watching is concluded if the worker cannot resume, unless the run is lost or the job is gone', () => {
    const policy = { ...POLICY, canResume: false };

    const failed = next(inStep('watch'), failure('failed', 'no sight'), policy);
    expect(effectsOf(failed)).to.deep.equal(concluded('unwatchable'));
    expect(failed.state.conclusion).to.have.property(
      'message',
      'The job can no longer be watched, as its worker type cannot resume [infrastructure=pid]: no sight. ' +
        'The infrastructure was not changed.',
    );
    expect(effectsOf(next(inStep('watch'), failure('lease-lost'), policy))).to.deep.equal(['finish lost']);
    expect(effectsOf(next(inStep('watch'), failure('not-found'), policy))).to.deep.equal(concluded('ended'));
    expect(effectsOf(next(inStep('launch'), failure('failed'), policy))).to.deep.equal(['retry launch 1']);
  });

  it('of a launch without reported infrastructure is retried as a launch', () => {
    const policy = { ...POLICY, canResume: false };

    expect(effectsOf(next(inStep('watch', { infrastructurePid: null }), failure('failed'), policy))).to.deep.equal([
      'retry watch 1',
    ]);
  });

  it('that reports a cancellation is accepted only if the run is cancelled', () => {
    const believed = next(inStep('launch', { cancelCause: 'ordered' }), failure('cancelled'), POLICY);
    const sent = inStep('launch', { cancelCause: 'ordered', mayHaveLaunched: true, rendered: 'launch' });

    expect(effectsOf(believed)).to.deep.equal(concluded('cancelled'));
    expect(effectsOf(next(sent, failure('cancelled'), POLICY))).to.deep.equal(['step find']);
    expect(effectsOf(next(inStep('launch'), failure('cancelled'), POLICY))).to.deep.equal(['retry launch 1']);
  });

  it('ends a vanished job with an unknown exit status', () => {
    const { state } = next(inStep('watch', { relaunch: 1 }), failure('not-found'), POLICY);

    expect(state.phase).to.equal('ended');
    const { conclusion } = state;
    if (conclusion?.because !== 'ended') throw new Error('not ended');
    expect(conclusion.nowMs).to.equal(1000);
    expect(conclusion.result).to.deep.include({ identifier: 'pid', statusCode: -1 });
    expect(conclusion.result.end).to.deep.include({
      exitCode: null,
      stopRequested: false,
      userCodeRan: 'unknown',
      relaunchable: false,
      relaunch: 1,
      logTail: [],
    });
    expect(conclusion.result.end?.diagnosis).to.deep.include({ kind: 'infrastructure-gone', level: 'error' });
    expect(conclusion.result.end?.diagnosis?.detail).to.include('pid');
  });

  it('changes nothing if there is no step', () => {
    const state = inStep('watch', { step: null });

    expect(next(state, failure('failed'), POLICY)).to.deep.equal({ state, effects: [] });
  });
});
