import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import { attemptOfStates } from '../../../../../src/orchestrators/prefect/orchestration/leases/attempt-of-states.js';

const states = (text: string) =>
  text.split(' ').map((word, index) => ({
    id: `s${index}`,
    type: word as StateType,
    name: word,
    timestamp: `2027-01-01T00:00:0${index}.000000Z`,
    message: null,
    state_details: {},
  }));

describe('attemptOfStates', () => {
  for (const [title, history, expected] of [
    ['the only pending state', 'SCHEDULED PENDING', 's1'],
    ['the first of a series: Submitting belongs to the same attempt', 'SCHEDULED PENDING PENDING PENDING', 's1'],
    ['the last series before a run', 'SCHEDULED PENDING PENDING RUNNING', 's1'],
    ['the series after a new schedule', 'SCHEDULED PENDING RUNNING SCHEDULED PENDING PENDING', 's4'],
    [
      'the last series before a running retry',
      'SCHEDULED PENDING RUNNING SCHEDULED PENDING RUNNING SCHEDULED RUNNING',
      's4',
    ],
    ['the last series before a cancellation', 'SCHEDULED PENDING PENDING CANCELLING', 's1'],
    ['the pending state that the history begins with', 'PENDING PENDING RUNNING', 's0'],
    ['none where it never was pending', 'SCHEDULED RUNNING', null],
  ] as const) {
    it(`returns ${title}`, () => {
      expect(attemptOfStates('r', states(history))?.attempt.id ?? null).to.equal(expected);
    });
  }

  it('reports whether there was an earlier attempt', () => {
    const isRepeated = (history: string) => attemptOfStates('r', states(history))?.isRepeated;

    expect(isRepeated('SCHEDULED PENDING PENDING RUNNING SCHEDULED RUNNING')).to.equal(false);
    expect(isRepeated('SCHEDULED PENDING RUNNING SCHEDULED PENDING PENDING')).to.equal(true);
    expect(isRepeated('PENDING RUNNING')).to.equal(false);
    expect(isRepeated('PENDING RUNNING SCHEDULED PENDING')).to.equal(true);
  });

  it('contains the time of the state', () => {
    expect(attemptOfStates('r', states('SCHEDULED PENDING'))?.attempt).to.deep.equal({
      flowRunId: 'r',
      id: 's1',
      startedAtMs: Date.parse('2027-01-01T00:00:01Z'),
    });
  });

  it('contains who claimed it, and when that worker last set a state of it', () => {
    const note = (facts: string) => `Claimed by worker "w" [${facts}silenceSeconds=18]`;
    const history = states('SCHEDULED PENDING PENDING PENDING RUNNING').map((state, index) => ({
      ...state,
      message:
        [null, note('lease=a.1, '), note('attempt=s1, lease=a.1, '), note('attempt=s1, lease=b.1, '), null][index] ??
        null,
    }));

    expect(attemptOfStates('r', history)).to.deep.include({
      note: { worker: 'w', lease: 'a.1', attemptId: null, silenceMs: 18_000 },
      seenAtMs: Date.parse('2027-01-01T00:00:02Z'),
    });
    expect(attemptOfStates('r', states('SCHEDULED PENDING'))?.note).to.equal(null);
  });

  it('finds none in an empty history', () => {
    expect(attemptOfStates('r', [])).to.equal(null);
  });

  it('does not count a state that follows the claim as set by its worker', () => {
    const state = (type: string, second: number) => ({
      id: `${type}-${second}`,
      type,
      name: type,
      timestamp: `2027-01-01T00:00:0${second}Z`,
      message: null,
      state_details: {},
    });

    const found = attemptOfStates('r1', [state('PENDING', 1), state('RUNNING', 5)] as never);

    expect(found?.seenAtMs).to.equal(Date.parse('2027-01-01T00:00:01Z'));
  });
});
