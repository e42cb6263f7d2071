import { type FlowRun, type StateType, type WorkerEnd, WorkerResult } from '@worker-host/core';
import { aFlowRun } from '@worker-host/testing';
import { expect } from 'chai';
import { beginDue, beginResumed, next } from '../../../src/host/run/run-machine.js';
import type { RunEvent, RunState, RunStep } from '../../../src/host/run/run-state.js';
import { endOf } from '../support/fake-worker.js';
import { effectsOf, failure, inStep, POLICY, SERIAL } from '../support/machine.js';

const NO_RESUME = { ...POLICY, canResume: false };
const ENGINE = { ...POLICY, hostReportsStates: false };
const BEFORE_LAUNCH = { because: 'cancelled', message: 'Cancelled before it was launched.' };

const FOUND = { deaths: 0, cancelCause: null, relaunch: 0, launchPlace: null, infrastructurePid: null };

function ended(statusCode: number, end: Partial<WorkerEnd> = {}, nowMs = 5000): RunEvent {
  return { type: 'ended', serial: SERIAL, nowMs, result: new WorkerResult('pid', statusCode, endOf(statusCode, end)) };
}

function conclusionOf(statusCode: number, end: Partial<WorkerEnd> = {}, nowMs = 5000) {
  const result = new WorkerResult('pid', statusCode, endOf(statusCode, end));
  return { because: 'ended', result, nowMs } as const;
}

function read(stateType: StateType | null, over: Partial<FlowRun> = {}): RunEvent {
  const flowRun = stateType === null ? null : aFlowRun({ id: 'a', stateType, stateName: stateType, ...over });
  return { type: 'read', serial: SERIAL, flowRun };
}

describe('the beginning of a run', () => {
  it('that is due is its claim', () => {
    const { state, effects } = beginDue();

    expect(effects).to.deep.equal([{ do: 'step', step: 'claim', serial: 1 }]);
    expect(state).to.deep.include({ phase: 'scheduled', step: 'claim', serial: 1, isResumed: false, outcome: null });
    expect(state).to.deep.include({ relaunch: 0, failures: 0, isWaiting: false, mayHaveLaunched: false });
  });

  it('with an earlier owner is labelled, rendered and launched as one that may be launched already', () => {
    const begun = beginResumed({ ...FOUND, relaunch: 1, launchPlace: { cluster: 'c' } }, POLICY);

    expect(effectsOf(begun)).to.deep.equal(['label', 'step render']);
    expect(begun.state).to.deep.include({
      phase: 'claimed',
      isResumed: true,
      mayHaveLaunched: true,
      rendering: 'launch',
      relaunch: 1,
    });
    expect(begun.state.launchPlace).to.deep.equal({ cluster: 'c' });
  });

  it('with infrastructure of an earlier owner is rendered to be watched', () => {
    const begun = beginResumed({ ...FOUND, infrastructurePid: 'pid' }, POLICY);

    expect(effectsOf(begun)).to.deep.equal(['label', 'step render']);
    expect(begun.state).to.deep.include({ phase: 'launched', rendering: 'watch', infrastructurePid: 'pid' });
  });

  it('that is cancelled prevents a launch, and is rendered to be found if a launch is stored', () => {
    const begun = beginResumed({ ...FOUND, cancelCause: 'ordered', launchPlace: { cluster: 'c' } }, POLICY);

    expect(effectsOf(begun)).to.deep.equal(['label', 'forbid-launch', 'step render']);
    expect(begun.state).to.deep.include({ rendering: 'watch', cancelCause: 'ordered' });
  });

  it('that is cancelled without a stored launch is searched for without being rendered', () => {
    const begun = beginResumed({ ...FOUND, cancelCause: 'ordered', deaths: 9 }, POLICY);

    expect(effectsOf(begun)).to.deep.equal(['label', 'forbid-launch', 'step find']);
    const gone = next(begun.state, { type: 'found', serial: begun.state.serial, infrastructurePid: null }, POLICY);
    expect(gone.state.conclusion?.because).to.equal('cancelled');
  });

  it('with which too many owners died is neither rendered nor launched, and ends Crashed', () => {
    const begun = beginResumed({ ...FOUND, deaths: 3 }, POLICY);

    expect(effectsOf(begun)).to.deep.equal(['label', 'step find']);
    const gone = next(begun.state, { type: 'found', serial: begun.state.serial, infrastructurePid: null }, POLICY);
    expect(gone.state.conclusion)
      .to.have.property('message')
      .that.includes('3 workers died before launching this run. Check its job variables');
    const read = { ...aFlowRun(), stateType: 'PENDING' } as const;
    const { effects } = next(gone.state, { type: 'read', serial: gone.state.serial, flowRun: read }, POLICY);
    expect(effects[0]).to.have.nested.property('decision.proposal.type', 'CRASHED');
  });

  it('with which fewer owners died, that was launched or has no such limit is launched', () => {
    const fewer = beginResumed({ ...FOUND, deaths: 2 }, POLICY);
    const launched = beginResumed({ ...FOUND, deaths: 3, launchPlace: { cluster: 'c' } }, POLICY);
    const unlimited = beginResumed({ ...FOUND, deaths: 99 }, { ...POLICY, deathLimit: 0 });

    for (const { state } of [fewer, launched, unlimited])
      expect(state).to.deep.include({ step: 'render', rendering: 'launch', refusal: null });
  });

  it('whose worker type cannot resume is concluded, unless there is something to stop', () => {
    const lost = beginResumed({ ...FOUND, infrastructurePid: 'pid' }, NO_RESUME);
    const cancelled = beginResumed({ ...FOUND, infrastructurePid: 'pid', cancelCause: 'ordered' }, NO_RESUME);
    const unlaunched = beginResumed(FOUND, NO_RESUME);

    expect(effectsOf(lost)).to.deep.equal(['label', 'end-infrastructure', 'conclude unwatchable', 'step read']);
    expect(lost.state.conclusion).to.have.property('message').that.includes('the worker that launched it is gone');
    expect(effectsOf(cancelled)).to.deep.equal(['label', 'forbid-launch', 'step render']);
    expect(effectsOf(unlaunched)).to.deep.equal(['label', 'step render']);
  });
});

describe('a step of a run', () => {
  it('that claims leads to a label and a rendering', () => {
    const claimed = next(inStep('claim', { phase: 'scheduled' }), { type: 'claimed', serial: SERIAL }, POLICY);

    expect(effectsOf(claimed)).to.deep.equal(['label', 'step render']);
    expect(claimed.state).to.deep.include({ phase: 'claimed', serial: SERIAL + 1, rendering: 'launch', failures: 0 });
  });

  it('that claims a run which was cancelled meanwhile concludes it', () => {
    const state = inStep('claim', { cancelCause: 'ordered' });
    const claimed = next(state, { type: 'claimed', serial: SERIAL }, POLICY);

    expect(effectsOf(claimed)).to.deep.equal(['end-infrastructure', 'conclude cancelled', 'step read']);
    expect(claimed.state).to.deep.include({ phase: 'claimed', conclusion: BEFORE_LAUNCH });
  });

  it('that claims a run while the host releases its runs releases it, unless it is cancelled', () => {
    const draining = next(inStep('claim', { phase: 'scheduled' }), { type: 'drain' }, POLICY);
    const cancelled: RunState = { ...draining.state, cancelCause: 'ordered' };

    expect(draining.effects).to.deep.equal([]);
    expect(effectsOf(next(draining.state, { type: 'claimed', serial: SERIAL }, POLICY))).to.deep.equal([
      'release worker-stopping',
      'finish released',
    ]);
    expect(effectsOf(next(cancelled, { type: 'claimed', serial: SERIAL }, POLICY)).at(-1)).to.equal('step read');
  });

  it('continues while the host releases its runs, after it was claimed', () => {
    const draining = next(inStep('render'), { type: 'drain' }, POLICY);

    expect(draining.state).to.deep.include({ step: 'render', serial: SERIAL, outcome: null });
    expect(effectsOf(next(draining.state, { type: 'rendered', serial: SERIAL }, POLICY))).to.include('step launch');
  });

  it('whose claim is refused finishes', () => {
    const refused = next(inStep('claim'), { type: 'refused', serial: SERIAL, reason: 'taken' }, POLICY);

    expect(refused.state).to.deep.include({ step: null });
    expect(refused.state.outcome).to.deep.equal({ kind: 'not-claimed', reason: 'taken' });
    expect(effectsOf(refused)).to.deep.equal(['finish not-claimed']);
  });

  const rendered: RunEvent = { type: 'rendered', serial: SERIAL };

  it('that renders leads to the announced launch', () => {
    const result = next(inStep('render', { failures: 3 }), rendered, POLICY);

    expect(effectsOf(result)).to.deep.equal(['announce', 'step launch']);
    expect(result.state).to.deep.include({ phase: 'submitting', rendered: 'launch', failures: 0 });
  });

  it('that renders existing infrastructure leads to watching it, and stopping it if the run is cancelled', () => {
    const known: Partial<RunState> = { infrastructurePid: 'pid', rendering: 'watch', phase: 'claimed' };
    const watched = next(inStep('render', known), rendered, POLICY);
    const stopped = next(inStep('render', { ...known, cancelCause: 'ordered' }), rendered, POLICY);

    expect(effectsOf(watched)).to.deep.equal(['step watch']);
    expect(watched.state).to.deep.include({ phase: 'launched', rendered: 'watch', infrastructurePid: 'pid' });
    expect(effectsOf(stopped)).to.deep.equal(['step watch', 'stop-infrastructure pid']);
  });

  it('that renders existing infrastructure that cannot be resumed stops it if the run is cancelled, and concludes', () => {
    const known: Partial<RunState> = { infrastructurePid: 'pid', rendering: 'watch', cancelCause: 'ordered' };
    const result = next(inStep('render', known), rendered, NO_RESUME);

    expect(effectsOf(result)).to.deep.equal([
      'end-infrastructure',
      'conclude unwatchable',
      'step read',
      'stop-infrastructure pid',
    ]);
  });

  it('that renders for a search leads to the search', () => {
    const result = next(inStep('render', { rendering: 'watch' }), rendered, POLICY);

    expect(effectsOf(result)).to.deep.equal(['step find']);
    expect(result.state.rendered).to.equal('watch');
  });

  it('that finds something stores it and watches it', () => {
    const found: RunEvent = { type: 'found', serial: SERIAL, infrastructurePid: 'old' };
    const result = next(inStep('find', { refusal: 'no' }), found, POLICY);
    const cancelled = next(inStep('find', { cancelCause: 'ordered' }), found, POLICY);

    expect(effectsOf(result)).to.deep.equal(['store-pid old', 'step watch']);
    expect(result.state).to.deep.include({ phase: 'launched', infrastructurePid: 'old', refusal: null });
    expect(effectsOf(cancelled)).to.deep.equal(['store-pid old', 'step watch', 'stop-infrastructure old']);
  });

  it('that finds nothing concludes with the cancellation, or otherwise with the refusal', () => {
    const nothing: RunEvent = { type: 'found', serial: SERIAL, infrastructurePid: null };
    const concluded = (over: Partial<RunState>) => next(inStep('find', over), nothing, POLICY).state.conclusion;

    expect(concluded({ refusal: 'no' })).to.deep.equal({ because: 'refused', message: 'no' });
    expect(concluded({ refusal: 'no', cancelCause: 'ordered' })).to.deep.equal(BEFORE_LAUNCH);
    expect(concluded({})).to.deep.equal(BEFORE_LAUNCH);
  });

  it('that launches stores the place, then the infrastructure, and continues in the same step', () => {
    const place = { cluster: 'c' };
    const launching = next(inStep('launch'), { type: 'launching', serial: SERIAL, place }, POLICY);
    const launched = next(
      { ...launching.state, failures: 2 },
      { type: 'launched', serial: SERIAL, infrastructurePid: 'pid' },
      POLICY,
    );

    expect(effectsOf(launching)).to.deep.equal([]);
    expect(launching.state).to.deep.include({ launchPlace: place, mayHaveLaunched: true, step: 'launch' });
    expect(effectsOf(launched)).to.deep.equal(['store-pid pid']);
    expect(launched.state).to.deep.include({ phase: 'launched', step: 'watch', serial: SERIAL, failures: 0 });
    expect(launched.state.infrastructurePid).to.equal('pid');
  });

  it('that launched although the run was cancelled requests the stop', () => {
    const launched: RunEvent = { type: 'launched', serial: SERIAL, infrastructurePid: 'pid' };

    expect(effectsOf(next(inStep('launch', { cancelCause: 'ordered' }), launched, POLICY))).to.deep.equal([
      'store-pid pid',
      'stop-infrastructure pid',
    ]);
  });

  it('that runs is running', () => {
    const result = next(inStep('watch'), { type: 'running', serial: SERIAL }, POLICY);

    expect(result).to.deep.equal({ state: inStep('watch', { phase: 'running' }), effects: [] });
  });

  it('that ends is followed by a read, so that its end can be decided', () => {
    const result = next(inStep('watch', { failures: 4 }), ended(3), POLICY);

    expect(effectsOf(result)).to.deep.equal(['end-infrastructure', 'conclude ended', 'step read']);
    expect(result.state).to.deep.include({ phase: 'ended', failures: 0 });
    expect(result.state.conclusion).to.deep.equal(conclusionOf(3));
  });

  it('that ends successfully is reported without a read if the job reports its own final state', () => {
    const result = next(inStep('watch'), ended(0), ENGINE);

    expect(effectsOf(result)).to.deep.equal(['end-infrastructure', 'conclude ended', 'report nothing']);
    expect(result.state).to.deep.include({ step: 'report', phase: 'ended' });
    expect(result.state.conclusion).to.deep.equal(conclusionOf(0));
  });

  for (const [what, state, event] of [
    ['badly', inStep('watch'), ended(1)],
    ['and is cancelled', inStep('watch', { cancelCause: 'ordered' }), ended(0)],
    ['and was resumed', inStep('watch', { isResumed: true }), ended(0)],
  ] as const)
    it(`that ends ${what} is followed by a read if the job reports its own final state`, () => {
      expect(effectsOf(next(state, event, ENGINE)).at(-1)).to.equal('step read');
    });

  it('that reports finishes the run and releases its lease', () => {
    const result = next(inStep('report'), { type: 'reported', serial: SERIAL }, POLICY);

    expect(effectsOf(result)).to.deep.equal(['release unreported', 'finish reported']);
    expect(result.state).to.deep.include({ phase: 'reported', step: null });
  });

  it('that waited is executed', () => {
    const waiting = inStep('find', { isWaiting: true, failures: 3 });
    const result = next(waiting, { type: 'waited', serial: SERIAL }, POLICY);

    expect(result.effects).to.deep.equal([{ do: 'step', step: 'find', serial: SERIAL }]);
    expect(result.state).to.deep.include({ isWaiting: false, failures: 3, serial: SERIAL });
  });

  it('is not executed twice by an unexpected delay event', () => {
    for (const state of [inStep('find'), inStep('find', { step: null, isWaiting: true })])
      expect(next(state, { type: 'waited', serial: SERIAL }, POLICY)).to.deep.equal({ state, effects: [] });
  });
});

describe('an event of a step that is over', () => {
  const place = { cluster: 'c' };
  const events: readonly RunEvent[] = [
    { type: 'claimed', serial: SERIAL - 1 },
    { type: 'refused', serial: SERIAL - 1, reason: 'why' },
    { type: 'rendered', serial: SERIAL - 1 },
    { type: 'found', serial: SERIAL - 1, infrastructurePid: 'x' },
    { type: 'launching', serial: SERIAL - 1, place },
    { type: 'launched', serial: SERIAL - 1, infrastructurePid: 'x' },
    { type: 'running', serial: SERIAL - 1 },
    { type: 'ended', serial: SERIAL - 1, nowMs: 1, result: new WorkerResult('x', 0) },
    { type: 'read', serial: SERIAL - 1, flowRun: null },
    { type: 'reported', serial: SERIAL - 1 },
    { type: 'waited', serial: SERIAL - 1 },
    failure('refused', 'why', SERIAL - 1),
  ];
  for (const event of events)
    it(`'${event.type}' changes nothing`, () => {
      const state = inStep('launch', { isWaiting: true });

      expect(next(state, event, POLICY)).to.deep.equal({ state, effects: [] });
    });

  for (const event of [
    { type: 'cancel', cause: 'ordered' },
    { type: 'stop' },
    { type: 'unauthorized' },
    { type: 'lease-lost', message: 'why' },
    { type: 'reported', serial: SERIAL },
  ] as const)
    it(`'${event.type}' changes nothing after the run is finished`, () => {
      const state = inStep('report', { outcome: { kind: 'released' } });

      expect(next(state, event, POLICY)).to.deep.equal({ state, effects: [] });
    });
});

describe('the decision about a run', () => {
  const lost: Partial<WorkerEnd> = { relaunchable: true, userCodeRan: 'no', exitCode: null };

  it('that ended reports its end', () => {
    const state = inStep('read', { conclusion: conclusionOf(3), failures: 2 });
    const result = next(state, read('RUNNING'), POLICY);

    expect(effectsOf(result)).to.deep.equal(['report FAILED']);
    expect(result.state).to.deep.include({ step: 'report', serial: SERIAL + 1, failures: 2, isWaiting: false });
  });

  for (const [because, conclusion, expected] of [
    ['refused', { because: 'refused', message: 'no image' }, ['CRASHED', 'no image']],
    ['unwatchable', { because: 'unwatchable', message: 'unseen' }, ['CRASHED', 'unseen']],
    ['cancelled', { because: 'cancelled', message: 'on request' }, ['CANCELLED', 'on request']],
  ] as const)
    it(`that is ${because} contains that in its state`, () => {
      const [effect] = next(inStep('read', { conclusion }), read('PENDING'), POLICY).effects;

      if (effect?.do !== 'report' || effect.decision.kind !== 'propose') throw new Error('nothing is proposed');
      expect([effect.decision.proposal.type, effect.decision.proposal.message]).to.deep.equal(expected);
      expect(effect.serial).to.equal(SERIAL + 1);
    });

  it('that is refused and cancelled is Cancelled', () => {
    const state = inStep('read', { conclusion: { because: 'refused', message: 'x' }, cancelCause: 'ordered' });

    expect(effectsOf(next(state, read('PENDING'), POLICY))).to.deep.equal(['report CANCELLED']);
  });

  it('that was resumed although the job should have reported its end is Crashed', () => {
    const conclusion = conclusionOf(0);

    expect(effectsOf(next(inStep('read', { conclusion, isResumed: true }), read('RUNNING'), ENGINE))).to.deep.equal([
      'report CRASHED',
    ]);
    expect(effectsOf(next(inStep('read', { conclusion }), read('RUNNING'), ENGINE))).to.deep.equal(['report nothing']);
  });

  it('keeps a run that was deleted, and reports one that is not labelled yet', () => {
    const labels = { 'prefect.worker.name': 'other' };
    const state = inStep('read', { conclusion: conclusionOf(1) });

    expect(effectsOf(next(state, read('RUNNING', { labels }), POLICY))).to.deep.equal(['report FAILED']);
    expect(effectsOf(next(state, read(null), POLICY))).to.deep.equal(['report nothing']);
  });

  it('needs a conclusion', () => {
    const state = inStep('read', { conclusion: null });

    expect(next(state, read('RUNNING'), POLICY)).to.deep.equal({ state, effects: [] });
  });

  it('relaunches after an infrastructure failure, after a delay, as a launch that was not sent yet', () => {
    const before = inStep('read', { conclusion: conclusionOf(-1, lost), launchPlace: { cluster: 'c' }, failures: 5 });
    const { state, effects } = next(before, read('PENDING'), POLICY);

    expect(effectsOf({ state, effects })).to.deep.equal(['relaunch 1', 'retry launch 1']);
    expect(state).to.deep.include({
      phase: 'submitting',
      relaunch: 1,
      infrastructurePid: null,
      launchPlace: null,
      mayHaveLaunched: false,
      notBeforeMs: 5000,
      conclusion: null,
      rendering: 'launch',
      failures: 0,
      isWaiting: true,
    });
  });

  it('relaunches no earlier than the job is known to have ended', () => {
    const end = { ...lost, endedAtMs: 4000 };
    const known = next(inStep('read', { conclusion: conclusionOf(-1, end) }), read('PENDING'), POLICY);
    const resumed = inStep('read', { conclusion: conclusionOf(-1, lost), isResumed: true, rendered: 'watch' });

    expect(known.state.notBeforeMs).to.equal(4000);
    expect(next(resumed, read('PENDING'), POLICY).state).to.deep.include({ notBeforeMs: null, mayHaveLaunched: true });
  });

  it('renders the own configuration of a run that was only watched before it relaunches it', () => {
    const state = inStep('read', { conclusion: conclusionOf(-1, lost), isResumed: true, rendered: 'watch' });

    expect(effectsOf(next(state, read('PENDING'), POLICY))).to.deep.equal(['relaunch 1', 'retry render 1']);
  });

  it('relaunches with increasing delays, and at most up to the limit', () => {
    const judged = (relaunch: number) =>
      effectsOf(next(inStep('read', { conclusion: conclusionOf(-1, { ...lost, relaunch }) }), read('PENDING'), POLICY));

    expect(judged(1)).to.deep.equal(['relaunch 2', 'retry launch 2']);
    expect(judged(2)).to.deep.equal(['report CRASHED']);
  });
});

describe('a job that was taken over and exits with 0, and whose engine has not reported', () => {
  for (const [what, endedAtMs, expected] of [
    ['just now', 200_000, 'report nothing'],
    ['two minutes ago', 80_000, 'report CRASHED'],
    ['at a time that is not known', null, 'report CRASHED'],
  ] as const)
    it(`leads to '${expected}' if it ended ${what}`, () => {
      const state = inStep('read', { isResumed: true, conclusion: conclusionOf(0, { endedAtMs }, 200_000) });

      expect(effectsOf(next(state, read('RUNNING'), ENGINE))).to.deep.equal([expected]);
    });
});

describe('the cancellation of a run', () => {
  const cancel: RunEvent = { type: 'cancel', cause: 'ordered' };
  const concluded = ['forbid-launch', 'end-infrastructure', 'conclude cancelled', 'step read'];
  const cases: readonly (readonly [what: string, state: RunState, expected: readonly string[]])[] = [
    ['in its claim', inStep('claim'), ['forbid-launch']],
    ['in its rendering', inStep('render'), concluded],
    [
      'in its rendering, perhaps launched',
      inStep('render', { mayHaveLaunched: true, launchPlace: { cluster: 'c' } }),
      ['forbid-launch', 'step render'],
    ],
    [
      'in its rendering, with no launch stored',
      inStep('render', { mayHaveLaunched: true }),
      ['forbid-launch', 'step find'],
    ],
    [
      'in the rendering of what is known to exist',
      inStep('render', { infrastructurePid: 'pid', mayHaveLaunched: true }),
      ['forbid-launch'],
    ],
    ['in its search', inStep('find'), ['forbid-launch']],
    ['in its launch', inStep('launch'), ['forbid-launch']],
    ['while it waits to be launched', inStep('launch', { isWaiting: true }), concluded],
    [
      'while it waits to be launched again',
      inStep('launch', { isWaiting: true, mayHaveLaunched: true, rendered: 'launch' }),
      ['forbid-launch', 'step find'],
    ],
    ['in its watching', inStep('watch'), ['forbid-launch', 'stop-infrastructure pid']],
    ['in the watching of what is not known', inStep('watch', { infrastructurePid: null }), ['forbid-launch']],
    ['in the reading of its end', inStep('read'), ['forbid-launch']],
    ['in the report of its end', inStep('report'), ['forbid-launch']],
  ];
  for (const [what, state, expected] of cases)
    it(`${what} leads to: ${expected.join(', ')}`, () => {
      const result = next(state, cancel, POLICY);

      expect(effectsOf(result)).to.deep.equal(expected);
      expect(result.state.cancelCause).to.equal('ordered');
    });

  for (const [what, state] of cases)
    it(`${what} for the second time changes nothing`, () => {
      const cancelled: RunState = { ...state, cancelCause: 'ordered' };

      expect(next(cancelled, cancel, POLICY)).to.deep.equal({ state: cancelled, effects: [] });
    });

  for (const [before, cause, after] of [
    [null, 'over', 'over'],
    ['over', 'ordered', 'ordered'],
    ['over', 'over', 'over'],
    ['ordered', 'over', 'ordered'],
  ] as const)
    it(`${before === null ? 'first' : `after one that was '${before}'`} by '${cause}' ends the run as '${after}'`, () => {
      const result = next(inStep('watch', { cancelCause: before }), { type: 'cancel', cause }, POLICY);

      expect(result.state.cancelCause).to.equal(after);
      expect(effectsOf(result)).to.deep.equal(before === null ? ['forbid-launch', 'stop-infrastructure pid'] : []);
    });

  for (const [cause, expected] of [
    ['ordered', 'report CANCELLED'],
    ['over', 'report nothing'],
  ] as const)
    it(`with '${cause}' leads to '${expected}' if the job reported a crash`, () => {
      const state = inStep('read', { conclusion: conclusionOf(143), cancelCause: cause });

      expect(effectsOf(next(state, read('CRASHED'), ENGINE))).to.deep.equal([expected]);
    });

  it('before anything was rendered renders what is needed to search', () => {
    const state = inStep('render', { mayHaveLaunched: true, launchPlace: { cluster: 'c' } });
    expect(next(state, cancel, POLICY).state.rendering).to.equal('watch');
  });

  it('concludes with a message for people', () => {
    expect(next(inStep('render'), cancel, POLICY).state.conclusion).to.deep.equal(BEFORE_LAUNCH);
  });
});

describe('the end of a run in this worker', () => {
  const steps: readonly RunStep[] = ['claim', 'render', 'find', 'launch', 'watch', 'read', 'report'];
  for (const step of steps) {
    it(`is a stop of the host in '${step}', which releases it`, () => {
      const { state, effects } = next(inStep(step), { type: 'stop' }, POLICY);

      expect(effectsOf({ state, effects })).to.deep.equal(['release worker-stopping', 'finish released']);
      expect(state).to.deep.include({ step: null, outcome: { kind: 'released' } });
    });

    it(`is the loss of its lease in '${step}', without a release`, () => {
      const { state, effects } = next(inStep(step), { type: 'lease-lost', message: 'expired' }, POLICY);

      expect(effectsOf({ state, effects })).to.deep.equal(['finish lost']);
      expect(state.outcome).to.deep.equal({ kind: 'lost', reason: 'expired' });
    });

    it(`is a rejection of the worker's credentials in '${step}', which ends the worker`, () => {
      expect(effectsOf(next(inStep(step), { type: 'unauthorized' }, POLICY))).to.deep.equal([
        'fatal',
        'release failed',
        'finish released',
      ]);
    });
  }
});
