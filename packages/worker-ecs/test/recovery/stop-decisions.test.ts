import { expect } from 'chai';
import { isStopTargetGone } from '../../src/recovery/stop-decisions.js';

const MISSING = { looks: 3, missingForMs: 30_000, launchedAgoMs: null };

describe('isStopTargetGone', () => {
  it('requires three descriptions and half a minute without the task', () => {
    expect(isStopTargetGone(MISSING)).to.equal('gone');
    expect(isStopTargetGone({ ...MISSING, looks: 2 })).to.equal('look-again');
    expect(isStopTargetGone({ ...MISSING, missingForMs: 29_999 })).to.equal('look-again');
  });

  it('allows ten minutes for a task that this process launched to become visible', () => {
    expect(isStopTargetGone({ ...MISSING, launchedAgoMs: 10 * 60_000 - 1 })).to.equal('not-visible');
    expect(isStopTargetGone({ ...MISSING, launchedAgoMs: 10 * 60_000 })).to.equal('gone');
  });
});
