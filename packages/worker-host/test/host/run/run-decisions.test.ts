import { type FlowRun, type StateType, type WorkerEnd, WorkerResult } from '@worker-host/core';
import { aFlowRun } from '@worker-host/testing';
import { expect } from 'chai';
import {
  decideCancelledBeforeLaunch,
  decideEndState,
  decideRelaunch,
  decideSubmissionFailure,
  type EndFacts,
} from '../../../src/host/run/run-decisions.js';
import { endOf } from '../support/fake-worker.js';

function inState(stateType: StateType, parts: Partial<FlowRun> = {}): FlowRun {
  return aFlowRun({ id: 'a', stateType, stateName: stateType, ...parts });
}

const NOW_MS = 1_000_000;

function facts(
  statusCode: number,
  fresh: FlowRun | null,
  more: Partial<EndFacts> & { end?: Partial<WorkerEnd> } = {},
): EndFacts {
  const { end, ...rest } = more;
  return {
    result: new WorkerResult('pid', statusCode, endOf(statusCode, end)),
    cancelCause: null,
    nowMs: NOW_MS,
    fresh,
    hostReportsStates: true,
    ...rest,
  };
}

/** A result with only the exit status. */
function ofUnknownEnd(statusCode: number, fresh: FlowRun): EndFacts {
  return { ...facts(statusCode, fresh), result: new WorkerResult('pid', statusCode) };
}

/** Runs whose state is kept, and why. */
const LEFT: readonly (readonly [FlowRun | null, reason: string, isOver: boolean])[] = [
  [null, 'the run does not exist any more', true],
  [aFlowRun({ id: 'a', stateType: null }), 'the run does not exist any more', true],
  [inState('COMPLETED', { stateName: 'Done' }), 'it is already Done', true],
  [inState('PAUSED'), 'it is PAUSED and continues later', false],
  [inState('SCHEDULED'), 'it is SCHEDULED and continues later', false],
];

function endState(of: EndFacts): string {
  const decision = decideEndState(of);
  return decision.kind === 'leave' ? 'leave' : decision.proposal.type;
}

const noExit: Partial<WorkerEnd> = { exitCode: null };
const stopped: Partial<WorkerEnd> = { stopRequested: true };
const ofEarlierOwner: Partial<FlowRun> = { labels: { 'prefect.worker.name': 'other' } };

describe('decideEndState', () => {
  const cases: readonly (readonly [string, EndFacts, string])[] = [
    ['a success', facts(0, inState('RUNNING')), 'COMPLETED'],
    ['a success never seen running', facts(0, inState('PENDING')), 'COMPLETED'],
    ['an exit status of the job', facts(3, inState('RUNNING')), 'FAILED'],
    ['an end without exit status', facts(-1, inState('RUNNING'), { end: noExit }), 'CRASHED'],
    ['a failed infrastructure', facts(137, inState('RUNNING'), { end: { relaunchable: true } }), 'CRASHED'],
    ['a stop by somebody else', facts(143, inState('RUNNING'), { end: stopped }), 'CRASHED'],
    ['a job whose code never ran', facts(1, inState('PENDING'), { end: { userCodeRan: 'no' } }), 'CRASHED'],
    ['a cancelled job that was stopped', facts(143, inState('CANCELLING'), { end: stopped }), 'CANCELLED'],
    ['a cancelled job killed hard', facts(137, inState('CANCELLING')), 'CANCELLED'],
    ['a success just before the cancellation', facts(0, inState('CANCELLING')), 'COMPLETED'],
    ['a failure just before the cancellation', facts(3, inState('CANCELLING')), 'FAILED'],
    [
      'a cancellation the state does not show yet',
      facts(143, inState('RUNNING'), { cancelCause: 'ordered', end: stopped }),
      'CANCELLED',
    ],
    ['a cancelled job asked to stop from outside', facts(143, inState('CANCELLING')), 'CANCELLED'],
    ['a cancelled job that was stopped and ended well', facts(0, inState('CANCELLING'), { end: stopped }), 'CANCELLED'],
    ['a cancelled job without exit status', facts(3, inState('CANCELLING'), { end: noExit }), 'CANCELLED'],
    [
      'a cancelled job that its infrastructure lost',
      facts(3, inState('CANCELLING'), { end: { relaunchable: true } }),
      'CANCELLED',
    ],
    [
      'a cancelled success where the engine reports',
      facts(0, inState('CANCELLING'), { hostReportsStates: false }),
      'CANCELLED',
    ],
    ['a cancelled job of which nothing is known', ofUnknownEnd(3, inState('CANCELLING')), 'CANCELLED'],
    ['an exit status of a job of which nothing else is known', ofUnknownEnd(1, inState('RUNNING')), 'FAILED'],
    ['a job of which nothing is known', ofUnknownEnd(-1, inState('RUNNING')), 'CRASHED'],
    ['a run without a state', facts(1, aFlowRun({ id: 'a', stateType: null })), 'leave'],
    ['a deleted run', facts(1, null), 'leave'],
    ['a run that is not labelled anew since it was taken over', facts(1, inState('RUNNING', ofEarlierOwner)), 'FAILED'],
    ['the engine reporting a success', facts(0, inState('RUNNING'), { hostReportsStates: false }), 'leave'],
    [
      'an engine that has not reported yet, just after the end of a job that was taken over',
      facts(0, inState('RUNNING'), {
        hostReportsStates: false,
        isResumed: true,
        end: { endedAtMs: NOW_MS - 119_999 },
      }),
      'leave',
    ],
    [
      'an engine that has not reported within two minutes',
      facts(0, inState('RUNNING'), {
        hostReportsStates: false,
        isResumed: true,
        end: { endedAtMs: NOW_MS - 120_000 },
      }),
      'CRASHED',
    ],
    [
      'an engine that never reported, long after',
      facts(0, inState('RUNNING'), { hostReportsStates: false, isResumed: true }),
      'CRASHED',
    ],
    ['an engine that broke while running', facts(1, inState('RUNNING'), { hostReportsStates: false }), 'CRASHED'],
    [
      'an engine that broke while it waited to try again',
      facts(137, inState('SCHEDULED', { isRetriedByItsJob: true }), { hostReportsStates: false }),
      'CRASHED',
    ],
    ['a run scheduled for another launch', facts(1, inState('SCHEDULED'), { hostReportsStates: false }), 'leave'],
    ['an engine that never began', facts(1, inState('PENDING'), { hostReportsStates: false }), 'CRASHED'],
    [
      'a crash that the engine reported when its job was stopped for a cancellation',
      facts(143, inState('CRASHED'), { hostReportsStates: false, cancelCause: 'ordered', end: stopped }),
      'CANCELLED',
    ],
    [
      'a crash that the engine reported when a job was stopped whose run was over',
      facts(143, inState('CRASHED'), { hostReportsStates: false, cancelCause: 'over', end: stopped }),
      'leave',
    ],
    [
      'a crash of a cancelled run where only the host reports',
      facts(143, inState('CRASHED'), { cancelCause: 'ordered', end: stopped }),
      'leave',
    ],
    [
      'an engine stopped for cancellation',
      facts(143, inState('CANCELLING'), { hostReportsStates: false }),
      'CANCELLED',
    ],
  ];
  for (const [name, given, expected] of cases)
    it(`${expected === 'leave' ? 'keeps the state of' : `reports ${expected} for`} ${name}`, () => {
      expect(endState(given)).to.equal(expected);
    });

  for (const stateType of ['SCHEDULED', 'PAUSED', 'COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const)
    for (const hostReportsStates of [true, false])
      it(`never crashes a run that is ${stateType} (host reports states: ${hostReportsStates})`, () => {
        expect(endState(facts(1, inState(stateType), { hostReportsStates }))).to.equal('leave');
      });

  for (const stateType of ['COMPLETED', 'FAILED', 'CANCELLED', 'PAUSED', 'SCHEDULED'] as const)
    it(`keeps a cancelled run ${stateType} if its engine reported it`, () => {
      const cancelled = { hostReportsStates: false, cancelCause: 'ordered', end: stopped } as const;
      expect(endState(facts(143, inState(stateType), cancelled))).to.equal('leave');
    });

  it('replaces the crash of a cancelled run with force, because it is final', () => {
    const cancelled = { hostReportsStates: false, cancelCause: 'ordered', end: stopped } as const;
    expect(decideEndState(facts(143, inState('CRASHED'), cancelled))).to.deep.include({
      proposal: {
        type: 'CANCELLED',
        name: 'Cancelled',
        message: 'Cancelled; its infrastructure was stopped.',
        force: true,
      },
    });
  });

  it('explains a crash by the diagnosis, otherwise by the usual meaning of the exit status', () => {
    const diagnosis = { kind: 'x', level: 'error', summary: 'No disk.', detail: '', resolution: null } as const;
    const known = decideEndState(facts(1, inState('RUNNING'), { hostReportsStates: false, end: { diagnosis } }));
    const unknown = decideEndState(facts(127, inState('RUNNING'), { hostReportsStates: false }));

    expect(known).to.have.nested.property(
      'proposal.message',
      'Flow run infrastructure exited with non-zero status code 1. No disk.',
    );
    expect(unknown).to.have.nested.property(
      'proposal.message',
      'Flow run infrastructure exited with non-zero status code 127. The command was not found.',
    );
  });

  it('explains a failure in the same way', () => {
    const diagnosis = { kind: 'x', level: 'error', summary: 'No disk.', detail: '', resolution: null } as const;
    const messages = [{ diagnosis }, {}].map((end) => decideEndState(facts(127, inState('RUNNING'), { end })));

    expect(messages.map((each) => each.kind === 'propose' && each.proposal.message)).to.deep.equal([
      'The job exited with status code 127. No disk.',
      'The job exited with status code 127. The command was not found.',
    ]);
  });

  it('returns why it keeps the state of a run', () => {
    for (const [fresh, reason, isOver] of LEFT) {
      expect(decideEndState(facts(1, fresh))).to.deep.equal({ kind: 'leave', reason, isOver });
    }
  });
});

describe('decideSubmissionFailure', () => {
  const own = { cancelCause: null, hostReportsStates: false };
  const cases: readonly (readonly [StateType, string])[] = [
    ['PENDING', 'CRASHED'],
    ['CANCELLING', 'CANCELLED'],
    ['RUNNING', 'leave'],
    ['SCHEDULED', 'leave'],
    ['PAUSED', 'leave'],
    ['COMPLETED', 'leave'],
  ];
  for (const [stateType, expected] of cases)
    it(`makes ${expected} of a run that is ${stateType}`, () => {
      const decision = decideSubmissionFailure(inState(stateType), 'why', own);

      expect(decision.kind === 'leave' ? 'leave' : decision.proposal.type).to.equal(expected);
    });

  it('returns why it keeps the state of a run', () => {
    for (const [fresh, reason, isOver] of LEFT) {
      expect(decideSubmissionFailure(fresh, 'why', own)).to.deep.equal({ kind: 'leave', reason, isOver });
    }
  });
});

describe('decideCancelledBeforeLaunch', () => {
  it('forces Cancelled, but never over a final state', () => {
    expect(decideCancelledBeforeLaunch(inState('PENDING'), 'why')).to.have.nested.property('proposal.force', true);
    expect(decideCancelledBeforeLaunch(inState('COMPLETED'), 'why').kind).to.equal('leave');
    expect(decideCancelledBeforeLaunch(null, 'why').kind).to.equal('leave');
  });
});

describe('decideRelaunch', () => {
  const lost: Partial<WorkerEnd> = { relaunchable: true, userCodeRan: 'no', exitCode: null };
  const pending = inState('PENDING');
  const cases: readonly (readonly [string, EndFacts, number, boolean])[] = [
    ['no code ran', facts(-1, pending, { end: lost }), 2, true],
    ['the infrastructure took it', facts(-1, pending, { end: { ...lost, userCodeRan: 'unknown' } }), 2, true],
    [
      'it ran where the host reports states',
      facts(-1, inState('RUNNING'), { end: { ...lost, userCodeRan: 'yes' } }),
      2,
      false,
    ],
    ['the engine has reported', facts(-1, inState('RUNNING'), { end: lost, hostReportsStates: false }), 2, false],
    ['the engine has reported nothing', facts(-1, pending, { end: lost, hostReportsStates: false }), 2, true],
    ['it would not help', facts(1, pending, { end: { ...lost, relaunchable: false } }), 2, false],
    ['it was a success', facts(0, pending, { end: lost }), 2, false],
    ['somebody stopped it', facts(-1, pending, { end: { ...lost, stopRequested: true } }), 2, false],
    ['it is cancelled', facts(-1, pending, { end: lost, cancelCause: 'ordered' }), 2, false],
    ['it is being cancelled', facts(-1, inState('CANCELLING'), { end: lost }), 2, false],
    ['it is scheduled again', facts(-1, inState('SCHEDULED'), { end: lost }), 2, false],
    ['one launch is left', facts(-1, pending, { end: { ...lost, relaunch: 1 } }), 2, true],
    ['no launch is left', facts(-1, pending, { end: { ...lost, relaunch: 2 } }), 2, false],
    ['it is switched off', facts(-1, pending, { end: lost }), 0, false],
  ];
  for (const [name, given, limit, again] of cases)
    it(`${again ? 'relaunches' : 'does not relaunch'} when ${name}`, () => {
      expect(decideRelaunch(given, limit).again).to.equal(again);
    });

  it('returns why it does not', () => {
    const reasonOf = (given: EndFacts, limit = 2) => {
      const decision = decideRelaunch(given, limit);
      return decision.again ? null : decision.reason;
    };
    for (const [fresh, reason] of LEFT) expect(reasonOf(facts(-1, fresh, { end: lost }))).to.equal(reason);
    expect(reasonOf(ofUnknownEnd(3, pending))).to.equal('another launch would not help');
    expect(reasonOf(facts(-1, pending, { end: lost }), 0)).to.equal('relaunches are disabled');
    expect(reasonOf(facts(-1, pending, { end: { ...lost, relaunch: 2 } }))).to.equal('it was already launched 3 times');
    expect(reasonOf(facts(-1, pending, { end: { ...lost, userCodeRan: 'yes' } }))).to.equal('its own code has run');
  });

  it('uses the state of the run if the engine reports it, whatever the worker knows about the job', () => {
    const given = facts(-1, pending, { end: { ...lost, userCodeRan: 'yes' }, hostReportsStates: false });

    expect(decideRelaunch(given, 2).again).to.equal(true);
  });

  it("continues the worker's count, so that it survives a restart", () => {
    expect(decideRelaunch(facts(-1, pending, { end: { ...lost, relaunch: 1 } }), 3)).to.deep.equal({
      again: true,
      relaunch: 2,
    });
  });
});
