import { expect } from 'chai';
import type { EmbeddedLease } from '../../../../src/orchestrators/embedded/leases/embedded-lease.js';
import { HeldLeases } from '../../../../src/orchestrators/embedded/leases/held-leases.js';

/** A lease that keeps what is done to it. */
function aLease(flowRunId: string) {
  const state = { isHeld: true, extended: [] as number[], losses: 0 };
  const lease = Object.assign(state, {
    attempt: { flowRunId },
    fencingToken: `token-${flowRunId}`,
    extend: (expiresAtMs: number) => void state.extended.push(expiresAtMs),
    lose: () => {
      lease.losses += 1;
      lease.isHeld = false;
    },
  });
  return lease as typeof lease & EmbeddedLease;
}

function createSubject() {
  const held = new HeldLeases();
  const leases = ['a', 'b', 'c'].map(aLease) as [ReturnType<typeof aLease>, ...ReturnType<typeof aLease>[]];
  for (const lease of leases) held.add(lease);
  return { held, leases };
}

describe('HeldLeases', () => {
  it('knows a lease by its run, and by its fencing token', () => {
    const { held, leases } = createSubject();

    expect(held.isHeld('a')).to.equal(true);
    expect(held.isHeld('a', 'token-a')).to.equal(true);
    expect(held.isHeld('a', 'another')).to.equal(false);
    expect(held.isHeld('x')).to.equal(false);
    leases[0].isHeld = false;
    expect(held.isHeld('a')).to.equal(false);
    expect(held.ids()).to.deep.equal(['b', 'c']);
  });

  it('extends the leases that are held, and forgets the others', () => {
    const { held, leases } = createSubject();
    leases[0].isHeld = false;

    held.extend(5_000);
    leases[0].isHeld = true;

    expect(leases.map(({ extended }) => extended)).to.deep.equal([[], [5_000], [5_000]]);
    expect(held.ids()).to.deep.equal(['b', 'c']);
  });

  it('ends the leases that the database knows by another token, or not at all, once', () => {
    const { held, leases } = createSubject();
    const tokens = new Map([
      ['a', 'token-a'],
      ['b', 'another'],
    ]);

    held.noteTokens(tokens);
    held.noteTokens(tokens);

    expect(leases.map(({ losses }) => losses)).to.deep.equal([0, 1, 1]);
  });

  it('stores kept releases in order, each until it is stored', () => {
    const { held } = createSubject();
    const stored: string[] = [];
    let failure: Error | null = new Error('by the test');
    held.keepRelease(() => void stored.push('first'));
    held.keepRelease(() => {
      if (failure) throw failure;
      stored.push('second');
    });

    expect(() => held.storeReleases()).to.throw('by the test');
    expect(stored).to.deep.equal(['first']);
    failure = null;
    held.storeReleases();
    held.storeReleases();

    expect(stored).to.deep.equal(['first', 'second']);
  });
});
