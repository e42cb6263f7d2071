import { expect } from 'chai';
import { NameWatch } from '../../../../src/orchestrators/prefect/orchestration/name-watch.js';

describe('NameWatch', () => {
  const createSubject = () => {
    const watch = new NameWatch('there is another', 21_000);
    /** A heartbeat of ours at each of the seconds. */
    const ours = (...seconds: number[]) => {
      for (const second of seconds)
        watch.noteOwn({ beganAtMs: second * 1000, endedAtMs: second * 1000 + 50, isTaken: true });
    };
    const see = (second: number, atSecond: number) => watch.see(second * 1000, atSecond * 1000);
    const isLeft = (claimed: number | null, at: number) =>
      watch.isLeftBehind(claimed === null ? null : claimed * 1000, at * 1000);
    return { watch, ours, see, isLeft };
  };

  it('takes what was claimed before it began for left behind where nobody had the name', () => {
    const { watch, isLeft } = createSubject();
    watch.begin(null, 100_000);

    expect(watch.isOpen(100_000)).to.equal(false);
    expect(isLeft(99, 100)).to.equal(true);
  });

  it('waits until the last heartbeat before is old enough, or until it would be where it is not known', () => {
    for (const last of [99_000, undefined]) {
      const { watch, isLeft } = createSubject();
      watch.begin(last, 100_000);

      expect(watch.isOpen(100_000)).to.equal(true);
      expect(isLeft(98, 119)).to.equal(false);
      expect(isLeft(98, 122)).to.equal(true);
    }
  });

  it('watches what was claimed later, or nobody knows when, for as long first', () => {
    const { watch, isLeft } = createSubject();
    watch.begin(null, 100_000);

    expect(isLeft(101, 150)).to.equal(false);
    expect(isLeft(null, 160)).to.equal(false);
    expect(isLeft(101, 172)).to.equal(true);
    expect(isLeft(101, 200)).to.equal(false);
  });

  it('finds another process by two heartbeats between its own', () => {
    const { watch, ours, see, isLeft } = createSubject();
    watch.begin(null, 100_000);
    ours(100, 106, 112, 118);

    see(109, 110);
    expect(watch.namesakes).to.deep.equal([]);
    see(115, 116);
    see(121, 122);

    expect(watch.namesakes).to.deep.equal(['there is another']);
    expect(isLeft(99, 121 + 62)).to.equal(false);
    expect(isLeft(99, 121 + 64)).to.equal(true);
  });

  it('takes heartbeats near its own for its own, and an unanswered one may be taken late', () => {
    const { watch, ours, see } = createSubject();
    watch.begin(null, 100_000);
    ours(100, 106);
    watch.noteOwn({ beganAtMs: 112_000, endedAtMs: 120_000, isTaken: false });

    for (const second of [98.1, 101.9, 107.9, 110.1, 125, 149]) see(second, second + 1);

    expect(watch.namesakes).to.deep.equal([]);
  });

  it('reports none any more once it was not seen for a minute', () => {
    const { watch, ours, see } = createSubject();
    watch.begin(null, 100_000);
    ours(100);
    see(105, 106);
    see(111, 112);
    ours(171);
    see(171, 173);
    expect(watch.namesakes).to.have.length(1);

    ours(177);
    see(177, 178);

    expect(watch.namesakes).to.have.length(0);
  });
});
