import { expect } from 'chai';
import { SuccessionSchedule } from '../../../../../src/orchestrators/prefect/orchestration/succession/succession-schedule.js';

describe('SuccessionSchedule', () => {
  const createSubject = () => {
    const schedule = new SuccessionSchedule();
    const looked = (atSecond: number, changes: object = {}) =>
      schedule.looked(atSecond * 1000, {
        ids: [],
        isScan: true,
        isDeathDue: false,
        isCut: false,
        hasOthers: false,
        hasDoubtful: false,
        pages: 1,
        deathAtMs: Number.POSITIVE_INFINITY,
        hearsClaims: true,
        ...changes,
      });
    const due = (atSecond: number) => schedule.due(atSecond * 1000);
    /** Seconds until the first scan that is due. */
    const nextScan = (from: number): number => {
      for (let second = from; second < from + 1000; second += 1) if (due(second)?.isScan) return second;
      return Number.POSITIVE_INFINITY;
    };
    return { schedule, looked, due, nextScan };
  };

  for (const [title, changes, expected] of [
    ['two minutes after it found nothing of others', {}, 130],
    ['twenty seconds after that, where claims are not heard', { hearsClaims: false }, 20],
    ['fifteen seconds after it found runs of others', { hasOthers: true }, 15],
    ['more seldom where there are many pages of runs', { hasOthers: true, pages: 50 }, 250],
    ['soon where another process of the name may hold runs', { hasOthers: true, hasDoubtful: true }, 5],
    ['immediately where it was cut at the limit', { isCut: true }, 0],
  ] as const) {
    it(`scans ${title}`, () => {
      const { looked, nextScan } = createSubject();
      expect(nextScan(0)).to.equal(0);

      looked(0, changes);

      expect(nextScan(0)).to.equal(expected);
    });
  }

  it('scans shortly after another worker has claimed a run', () => {
    const { schedule, looked, nextScan } = createSubject();
    looked(0);
    expect(schedule.isQuiet).to.equal(true);

    schedule.noteClaim(50_000);

    expect(schedule.isQuiet).to.equal(false);
    expect(nextScan(50)).to.equal(60);
  });

  it('checks the holders when the first may be dead', () => {
    const { looked, due } = createSubject();
    looked(0, { hasOthers: true, pages: 50, deathAtMs: 18_000 });

    expect(due(17)).to.equal(null);
    expect(due(18)).to.deep.equal({ ids: [], isScan: false, isDeathDue: true });
    looked(18, { isScan: false, isDeathDue: true, hasOthers: true, deathAtMs: 36_000 });
    expect(due(35)).to.equal(null);
    expect(due(36)?.isDeathDue).to.equal(true);
  });

  it('concludes from a scan that no holder is left who may be dead', () => {
    const { looked, due } = createSubject();
    looked(0, { hasOthers: true, deathAtMs: 18_000 });

    looked(15);

    expect(due(18)).to.equal(null);
  });

  it('remembers when a holder may be dead after it has read other runs since', () => {
    const { looked, due } = createSubject();
    looked(0, { hasOthers: true, pages: 50, deathAtMs: 18_000 });

    looked(5, { isScan: false, ids: ['r1'] });
    expect(due(18)?.isDeathDue).to.equal(true);
    looked(6, { isScan: false, ids: ['r1'], deathAtMs: 12_000 });

    expect(due(12)?.isDeathDue).to.equal(true);
  });

  it('keeps runs that may be free until they were read', () => {
    const { schedule, looked, due } = createSubject();
    looked(0);
    schedule.ask('r1', 1000);

    expect(due(1)).to.deep.equal({ ids: ['r1'], isScan: false, isDeathDue: false });
    looked(1, { isScan: false, isCut: true, ids: ['r1'] });
    expect(due(1)?.ids).to.deep.equal(['r1']);
    looked(2, { isScan: false, ids: ['r1'] });
    expect(due(2)?.ids ?? []).to.deep.equal([]);
  });

  it('scans rather than remember more than a thousand of them', () => {
    const { schedule, looked, due } = createSubject();
    looked(0);
    for (let run = 0; run < 1001; run += 1) schedule.ask(`r${run}`, 1000);

    expect(due(1)?.ids).to.have.length(1000);
    expect(due(1)?.isScan).to.equal(true);
  });

  it('does not touch a run for its time, then searches for it, at most twice a minute', () => {
    const { schedule, looked, nextScan } = createSubject();
    looked(0);
    schedule.postpone('r1', 40_000, false);

    expect(schedule.isPostponed('r1', false, 39_000)).to.equal(true);
    expect(schedule.isPostponed('r1', true, 39_000)).to.equal(false);
    expect(schedule.isPostponed('r1', false, 40_000)).to.equal(false);
    looked(20);
    expect(nextScan(20)).to.equal(50);
    expect(schedule.isQuiet).to.equal(true);
  });

  it('searches for a run when its time is up, and for nothing else then', () => {
    const { schedule, looked, nextScan } = createSubject();
    looked(0);

    schedule.postpone('r1', 40_000, false);

    expect(schedule.isQuiet).to.equal(false);
    expect(nextScan(1)).to.equal(40);
    expect(schedule.isQuiet).to.equal(true);
  });

  it('depends on what the last scan found', () => {
    const { schedule, looked } = createSubject();
    looked(0, { hasOthers: true });
    expect(schedule.isQuiet).to.equal(false);
    looked(15);
    expect(schedule.isQuiet).to.equal(true);
    looked(20, { isScan: false, hasOthers: true });
    expect(schedule.isQuiet).to.equal(true);
  });

  it('requests no run whose lease was granted', () => {
    const { schedule, looked, due } = createSubject();
    looked(0);
    schedule.ask('r1', 1000);

    schedule.forget('r1');

    expect(due(1)).to.equal(null);
  });

  it('delays a cancelled run as well if requested', () => {
    const { schedule } = createSubject();
    schedule.postpone('r1', 40_000, true);

    expect(schedule.isPostponed('r1', true, 39_000)).to.equal(true);
    schedule.forget('r1');
    expect(schedule.isPostponed('r1', true, 39_000)).to.equal(false);
  });

  it('scans immediately after a truncated scan, however idle the pool was before', () => {
    const { looked, nextScan } = createSubject();
    looked(0);
    looked(10, { isCut: true });

    expect(nextScan(10)).to.equal(10);
  });
});
