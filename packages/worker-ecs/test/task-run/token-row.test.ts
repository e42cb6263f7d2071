import { expect } from 'chai';
import { firstToken, mayBeReplayed, mayHaveExpired, nextToken } from '../../src/task-run/token-row.js';

const MINUTE_MS = 60_000;
const BEFORE = { mayHaveLaunched: true, storedRow: null, attemptStartedAtMs: 0 };

describe('the sequence of tokens of a launch', () => {
  it('begins with an unsent token, if none can have been sent', () => {
    const token = firstToken({ ...BEFORE, mayHaveLaunched: false }, 90 * MINUTE_MS);

    expect(token).to.include({ row: 0, sentSinceMs: null });
    expect(mayBeReplayed(token)).to.equal(false);
  });

  it('begins with the stored token, which may have been sent, and no other', () => {
    const stored = firstToken({ ...BEFORE, storedRow: 7 }, 10 * MINUTE_MS);
    const next = nextToken(stored, 0);

    expect([stored.row, stored.sentSinceMs, mayBeReplayed(stored)]).to.deep.equal([7, 0, true]);
    expect([next.row, next.sentSinceMs, mayBeReplayed(next)]).to.deep.equal([8, null, false]);
  });

  it('treats the tokens as sent for which an owner without a stored number had time', () => {
    const replayed = (minutes: number) => {
      let token = firstToken(BEFORE, minutes * MINUTE_MS);
      while (mayBeReplayed(token)) token = nextToken(token, 0);
      return token.row;
    };

    expect([replayed(0), replayed(15), replayed(-5)]).to.deep.equal([7, 22, 7]);
  });

  it('has tokens that are safe to send again for fifty minutes', () => {
    expect(mayHaveExpired(0, 50 * MINUTE_MS - 1)).to.equal(false);
    expect(mayHaveExpired(0, 50 * MINUTE_MS)).to.equal(true);
    expect(mayHaveExpired(null, 500 * MINUTE_MS)).to.equal(false);
  });

  it('treats the last token that an owner may have sent as old, and the next as new', () => {
    const token = { row: 3, sentByOthersUpTo: 4, sentSinceMs: 7 };

    expect(nextToken(token, 7)).to.deep.equal({ row: 4, sentByOthersUpTo: 4, sentSinceMs: 7 });
    expect(nextToken({ ...token, row: 4 }, 7)).to.deep.equal({ row: 5, sentByOthersUpTo: 4, sentSinceMs: null });
    expect([3, 4, 5].map((row) => mayBeReplayed({ ...token, row }))).to.deep.equal([true, true, false]);
  });
});
