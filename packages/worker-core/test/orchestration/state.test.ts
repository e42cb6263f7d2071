import { expect } from 'chai';
import { ACTIVE_STATE_TYPES, isActiveStateType, isFinalStateType, type StateType } from '../../src/index.js';

describe('state types', () => {
  const KINDS: Readonly<Record<StateType, 'waiting' | 'active' | 'final'>> = {
    SCHEDULED: 'waiting',
    PAUSED: 'waiting',
    PENDING: 'active',
    RUNNING: 'active',
    CANCELLING: 'active',
    COMPLETED: 'final',
    FAILED: 'final',
    CRASHED: 'final',
    CANCELLED: 'final',
  };

  for (const [type, kind] of Object.entries(KINDS) as [StateType, string][])
    it(`${type} is ${kind}`, () => {
      expect([isActiveStateType(type), isFinalStateType(type)]).to.deep.equal([kind === 'active', kind === 'final']);
    });

  it('are active in the order of a run', () => {
    expect(ACTIVE_STATE_TYPES).to.deep.equal(['PENDING', 'RUNNING', 'CANCELLING']);
  });
});
