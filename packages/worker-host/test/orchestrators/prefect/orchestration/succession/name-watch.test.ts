import { expect } from 'chai';
import { NameWatch } from '../../../../../src/orchestrators/prefect/orchestration/succession/name-watch.js';

describe('NameWatch', () => {
  const createSubject = () => {
    const watch = new NameWatch('there is another', 21_000);
    /** A heartbeat of ours at each of the seconds. */
    const ours = (...seconds: number[]) => {
      for (const second of seconds)
        watch.noteOwn({ beganAtMs: second * 1000, endedAtMs: second * 1000 + 50, isTaken: true });
    };
    const sight = (second: number) => ({ serverMs: second * 1000, atMs: second * 1000 });
    const see = (second: number, atSecond: number) => watch.see(sight(second), atSecond * 1000);
    const begin = (second: number | null | undefined) =>
      watch.begin(typeof second === 'number' ? sight(second) : second, 100_000);
    const isLeft = (claimed: number | null, at: number) =>
      watch.isLeftBehind(claimed === null ? null : claimed * 1000, at * 1000);
    return { watch, ours, begin, see, isLeft };
  };

  it('treats runs claimed before it started as orphaned if no process had the name', () => {
    for (const last of [null, 78]) {
      const { watch, begin, isLeft } = createSubject();
      begin(last);

      expect(watch.isOpen(100_000)).to.equal(false);
      expect(isLeft(99, 100)).to.equal(true);
    }
  });

  it('waits until the last heartbeat before is old enough, or would be if it is unknown', () => {
    for (const last of [99, undefined]) {
      const { watch, ours, begin, see, isLeft } = createSubject();
      begin(last);
      ours(100);
      for (const second of [105, 110, 115]) see(last ?? 100, second);

      expect(watch.isOpen(100_000)).to.equal(true);
      expect(isLeft(98, 119)).to.equal(false);
      expect(isLeft(98, 122)).to.equal(true);
    }
  });

  it('concludes nothing if the row was rarely read', () => {
    const { ours, begin, see, isLeft } = createSubject();
    begin(99);
    ours(100);
    for (const second of [105, 110]) see(100, second);

    expect(isLeft(98, 150)).to.equal(false);
    see(100, 151);
    expect(isLeft(98, 152)).to.equal(true);
  });

  it('first observes runs that were claimed later, or at an unknown time, for as long', () => {
    const { ours, begin, see, isLeft } = createSubject();
    begin(null);
    ours(100);

    expect(isLeft(101, 150)).to.equal(false);
    for (const second of [151, 156, 161]) see(100, second);
    expect(isLeft(null, 165)).to.equal(false);
    expect(isLeft(101, 172)).to.equal(true);
    expect(isLeft(101, 200)).to.equal(false);
  });

  it('detects another process by two heartbeats that are not its own, and considers it gone only after a minute', () => {
    const { watch, ours, begin, see, isLeft } = createSubject();
    begin(null);
    ours(100, 106, 112, 118);

    see(109, 110);
    see(109, 111);
    expect(watch.namesakes).to.deep.equal([]);
    see(115, 116);

    expect(watch.namesakes).to.deep.equal(['there is another']);
    ours(171, 177);
    for (const second of [172, 173, 174]) see(171, second);
    expect(isLeft(99, 177)).to.equal(false);
    expect(watch.namesakes).to.have.length(1);
    see(177, 179);
    expect(watch.namesakes).to.have.length(0);
    expect(isLeft(99, 180)).to.equal(true);
  });

  it('treats one heartbeat near its own as its own, but only one', () => {
    const { watch, ours, begin, see } = createSubject();
    begin(null);
    ours(100, 106);

    for (const second of [98.1, 107.9, 107.9]) see(second, second + 1);
    expect(watch.isOpen(109_000)).to.equal(false);
    see(104.1, 110);

    expect(watch.isOpen(110_000)).to.equal(true);
  });

  it('tolerates one late heartbeat if its own had no response', () => {
    const { watch, begin, see } = createSubject();
    begin(null);
    watch.noteOwn({ beganAtMs: 100_000, endedAtMs: 108_000, isTaken: false });

    see(137, 138);
    expect(watch.isOpen(138_000)).to.equal(false);
    see(139, 140);
    see(145, 146);

    expect(watch.namesakes).to.have.length(1);
  });

  it('treats a heartbeat that is recorded in two steps as one', () => {
    const { watch, begin, see } = createSubject();
    begin(null);
    watch.noteOwn({ beganAtMs: 100_000, endedAtMs: 100_000, isTaken: false });
    watch.noteOwn({ beganAtMs: 100_000, endedAtMs: 101_000, isTaken: true });

    see(100.5, 102);
    see(109, 110);

    expect(watch.isOpen(110_000)).to.equal(true);
  });

  it('does not treat the heartbeat before its first as its own', () => {
    const { watch, ours, begin, see } = createSubject();
    begin(99.5);
    ours(100);

    see(99.5, 101);
    see(100.1, 102);
    see(99.5, 103);

    expect(watch.isOpen(122_000)).to.equal(false);
  });

  it('keeps its conclusion about the heartbeat with which it started when it is read again', () => {
    const watch = new NameWatch('another', 1_000);
    watch.begin({ serverMs: 100, atMs: 9_500 }, 10_000);
    watch.noteOwn({ beganAtMs: 10_000, endedAtMs: 10_000, isTaken: true });

    watch.see({ serverMs: 100, atMs: 9_500 }, 10_100);
    watch.see({ serverMs: 200, atMs: 10_000 }, 10_200);

    expect([watch.isOpen(10_500), watch.isOpen(10_501)]).to.deep.equal([true, false]);
  });

  it('detects another process in any phase and with any clock error, if it reads around each of its own', () => {
    for (let phaseMs = 50; phaseMs < 6000; phaseMs += 50)
      for (const errorMs of [-1000, 0, 1000]) {
        const { watch, begin } = createSubject();
        begin(99);
        const look = (serverMs: number, nowMs: number) => watch.see({ serverMs, atMs: serverMs + errorMs }, nowMs);
        for (let ownMs = 100_000; ownMs < 160_000; ownMs += 6000) {
          if (ownMs > 100_000) look(ownMs - 6000 + phaseMs, ownMs - 5);
          watch.noteOwn({ beganAtMs: ownMs, endedAtMs: ownMs + 20, isTaken: true });
          look(ownMs + 10, ownMs + 30);
          expect(watch.isLeftBehind(98_000, ownMs + 30), `phase ${phaseMs}, error ${errorMs}`).to.equal(false);
        }
        expect(watch.namesakes, `phase ${phaseMs}, error ${errorMs}`).to.have.length(1);
      }
  });

  it('recognises its own heartbeat within two seconds before and after, the precision of clocks', () => {
    for (const [second, isOther] of [
      [97.999, false],
      [98, false],
      [102.05, false],
      [102.051, true],
    ] as const) {
      const { watch, ours, begin, see } = createSubject();
      begin(null);
      ours(100);

      see(second, 103);

      expect(watch.isOpen(103_000), `${second}`).to.equal(isOther);
    }
  });

  it('has seen its own heartbeat two seconds before it began', () => {
    const { watch, ours, begin, see } = createSubject();
    begin(null);
    ours(100);

    see(98, 101);
    see(100.5, 102);

    expect(watch.isOpen(102_000)).to.equal(true);
  });

  it('expects a heartbeat without a response for another half minute', () => {
    for (const [second, isOther] of [
      [140, false],
      [140.001, true],
    ] as const) {
      const { watch, begin, see } = createSubject();
      begin(null);
      watch.noteOwn({ beganAtMs: 100_000, endedAtMs: 108_000, isTaken: false });

      see(second, 141);

      expect(watch.isOpen(141_000), `${second}`).to.equal(isOther);
    }
  });

  it('uses its last ten heartbeats', () => {
    for (const [count, isOther] of [
      [10, true],
      [11, false],
    ] as const) {
      const { watch, ours, begin, see } = createSubject();
      begin(null);
      ours(...Array.from({ length: count }, (_, index) => 100 + 4.1 * index));

      see(102.08, 120);

      expect(watch.isOpen(120_000), `${count}`).to.equal(isOther);
    }
  });

  it('concludes nothing about another process from the row before its own first heartbeat', () => {
    const { watch, ours, begin, see } = createSubject();
    begin(null);
    see(99, 100);
    expect(watch.isOpen(100_000)).to.equal(false);
    ours(100);

    see(97, 101);
    see(109, 110);

    expect(watch.namesakes).to.deep.equal([]);
  });

  it('detects another process by two heartbeats at most a minute apart', () => {
    for (const [second, count] of [
      [172, 1],
      [172.001, 0],
    ] as const) {
      const { watch, ours, begin, see } = createSubject();
      begin(null);
      ours(100);

      see(109, 110);
      see(second, 173);

      expect(watch.namesakes, `${second}`).to.have.length(count);
    }
  });

  it('treats a claim at its start time as a later one, and ignores earlier ones', () => {
    const { watch, begin, isLeft } = createSubject();
    begin(null);

    expect(isLeft(99.999, 100)).to.equal(true);
    expect(watch.isAsked(100_000)).to.equal(false);
    expect(isLeft(100, 100)).to.equal(false);
    expect(watch.isAsked(100_000)).to.equal(true);
  });

  it('continues to observe if the last heartbeat before it started was just old enough', () => {
    const { begin, isLeft } = createSubject();
    begin(79);

    expect(isLeft(98, 101)).to.equal(false);
  });

  it('judges a claim from before its start by the heartbeats alone, whatever else is judged', () => {
    const { ours, begin, see, isLeft } = createSubject();
    begin(99);
    ours(100);
    for (const second of [105, 110, 115]) see(99, second);
    expect(isLeft(101, 119)).to.equal(false);

    expect(isLeft(98, 120)).to.equal(false);
    expect(isLeft(98, 121)).to.equal(true);
    expect(isLeft(101, 140)).to.equal(false);
  });

  it('counts reads of the row and time from the first question', () => {
    const { ours, begin, see, isLeft } = createSubject();
    begin(null);
    ours(100);
    for (const second of [110, 120, 130]) see(100, second);
    expect(isLeft(101, 150)).to.equal(false);
    expect(isLeft(101, 151)).to.equal(false);

    for (const second of [150, 151, 156]) see(100, second);
    expect(isLeft(101, 171)).to.equal(false);
    expect(isLeft(101, 172)).to.equal(false);
    see(100, 172);
    expect(isLeft(101, 172)).to.equal(true);
  });

  it('is certain after more than its time, not after exactly that', () => {
    const { ours, begin, see, isLeft } = createSubject();
    begin(null);
    ours(100);
    expect(isLeft(101, 150)).to.equal(false);
    for (const second of [151, 156, 161]) see(100, second);

    expect([isLeft(101, 171), isLeft(101, 172)]).to.deep.equal([false, true]);
  });

  it('is read while another process may be alive, and as long again after a question about a run', () => {
    const { watch, begin, isLeft } = createSubject();
    begin(99);
    expect([watch.isAsked(120_000), watch.isAsked(121_000)]).to.deep.equal([true, false]);

    isLeft(null, 130);
    expect([watch.isAsked(151_000), watch.isAsked(151_001)]).to.deep.equal([true, false]);
  });
});
