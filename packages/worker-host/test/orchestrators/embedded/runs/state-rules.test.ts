import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import { decideTransition } from '../../../../src/orchestrators/embedded/runs/state-rules.js';

const NAMES: Readonly<Record<StateType, string>> = {
  SCHEDULED: 'Scheduled',
  PENDING: 'Pending',
  RUNNING: 'Running',
  PAUSED: 'Paused',
  CANCELLING: 'Cancelling',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CRASHED: 'Crashed',
  CANCELLED: 'Cancelled',
};
const TYPES = Object.keys(NAMES) as readonly StateType[];

/** A line a current type, a letter a proposed one in the order of NAMES: accept, reject, abort, c = accepted as Cancelled. */
const TABLE: Readonly<Record<StateType, string>> = {
  SCHEDULED: 'arrrcraaa',
  PENDING: 'araaaaaaa',
  RUNNING: 'arraaaaaa',
  PAUSED: 'ararcaaaa',
  CANCELLING: 'rrrrraara',
  COMPLETED: 'bbbbbbbbb',
  FAILED: 'bbbbbbbbb',
  CRASHED: 'bbbbbbbbb',
  CANCELLED: 'bbbbbbbbb',
};

function letterOf(current: StateType, proposed: StateType): string {
  const decision = decideTransition({ type: current, name: NAMES[current] }, { type: proposed });
  if (decision.status === 'REJECT') return 'r';
  if (decision.status !== 'ACCEPT') return 'b';
  if (decision.type === proposed && decision.name === NAMES[proposed]) return 'a';
  return decision.type === 'CANCELLED' && decision.name === 'Cancelled' ? 'c' : '?';
}

describe('the state rules of the embedded pool', () => {
  for (const current of TYPES)
    it(`hold for every proposal to a run that is ${current}`, () => {
      const found = TYPES.map((proposed) => `${proposed}:${letterOf(current, proposed)}`);
      const wanted = TYPES.map((proposed, at) => `${proposed}:${TABLE[current][at]}`);
      expect(found).to.deep.equal(wanted);
    });

  it('know nothing that a forced proposal cannot do', () => {
    for (const current of TYPES)
      for (const type of TYPES)
        expect(decideTransition({ type: current, name: NAMES[current] }, { type, force: true })).to.deep.equal({
          status: 'ACCEPT',
          type,
          name: NAMES[type],
        });
  });

  it('tell two names of one type apart', () => {
    const pending = { type: 'PENDING', name: 'Pending' } as const;
    expect(decideTransition(pending, { type: 'PENDING', name: 'Submitting' })).to.deep.equal({
      status: 'ACCEPT',
      type: 'PENDING',
      name: 'Submitting',
    });
    expect(decideTransition(pending, { type: 'PENDING', name: 'Pending' }).status).to.equal('REJECT');
  });

  it('tell one name of two types apart', () => {
    const custom = { type: 'PENDING', name: 'Custom' } as const;
    expect(decideTransition(custom, { type: 'RUNNING', name: 'Custom' })).to.deep.equal({
      status: 'ACCEPT',
      type: 'RUNNING',
      name: 'Custom',
    });
  });

  it('let a wait be scheduled anew', () => {
    const waiting = { type: 'SCHEDULED', name: 'AwaitingRetry' } as const;
    expect(decideTransition(waiting, { type: 'SCHEDULED', name: 'AwaitingRetry' }).status).to.equal('ACCEPT');
  });

  it('say why not', () => {
    expect(decideTransition({ type: 'COMPLETED', name: 'Completed' }, { type: 'RUNNING' })).to.deep.equal({
      status: 'ABORT',
      reason: 'the run is already Completed',
    });
    expect(decideTransition({ type: 'SCHEDULED', name: 'Late' }, { type: 'RUNNING' })).to.deep.equal({
      status: 'REJECT',
      reason: 'the run waits to be claimed',
    });
    expect(decideTransition({ type: 'RUNNING', name: 'Running' }, { type: 'PENDING' })).to.deep.equal({
      status: 'REJECT',
      reason: 'a run cannot change from Running to Pending',
    });
  });
});
