import { expect } from 'chai';
import type { KnownTask } from '../../src/recovery/find-launched-task.js';
import { searchUntilSure } from '../../src/recovery/search-until-sure.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';

const TASK: KnownTask = { taskArn: 'arn:task' };

/** Searches whose results depend on the elapsed seconds. */
function createSubject(answerAt: (seconds: number) => KnownTask | null) {
  const clock = new FakeClock();
  const times: number[] = [];
  const stop = new AbortController();
  const beganMs = clock.nowMs();
  const seconds = () => (clock.nowMs() - beganMs) / 1000;
  const thorough: boolean[] = [];
  const search = async (isThorough: boolean) => {
    thorough.push(isThorough);
    times.push(seconds());
    return answerAt(seconds());
  };
  const run = () => clock.run(searchUntilSure(search, clock, stop.signal).catch((reason: unknown) => reason));
  return { clock, stop, run, seconds, thorough, times };
}

describe('searchUntilSure', () => {
  it('finds a task that becomes visible late, within three seconds', async () => {
    const { run, seconds } = createSubject((at) => (at >= 45 ? TASK : null));

    expect(await run()).to.equal(TASK);
    expect(seconds()).to.be.within(45, 48);
  });

  it('returns null after a minute, and searches thoroughly the first and the last time', async () => {
    const { run, seconds, thorough } = createSubject(() => null);

    expect(await run()).to.equal(null);
    expect(seconds()).to.be.within(60, 63);
    expect(thorough[0]).to.equal(true);
    expect(thorough.at(-1)).to.equal(true);
    expect(thorough.filter(Boolean)).to.have.length(2);
  });

  it('restarts the minute after a failed search', async () => {
    const { run, seconds } = createSubject((at) => {
      if (at >= 30 && at < 40) throw new Error('away');
      return null;
    });

    expect(await run()).to.equal(null);
    expect(seconds()).to.be.at.least(100);
  });

  it('rejects with the failure if all searches fail for a minute', async () => {
    const { run, seconds } = createSubject(() => {
      throw new Error('away');
    });

    expect(await run()).to.have.property('message', 'away');
    expect(seconds()).to.be.within(60, 63);
  });

  it("rejects with the signal's reason", async () => {
    const reason = new Error('stopping');
    const subject = createSubject((at) => {
      if (at >= 10) subject.stop.abort(reason);
      return null;
    });

    expect(await subject.run()).to.equal(reason);
  });

  it('searches after one and two seconds, then every three, and the last time after exactly a minute', async () => {
    const { run, times } = createSubject(() => null);

    await run();

    expect(times).to.deep.equal([0, 1, ...Array.from({ length: 20 }, (_, index) => 3 * (index + 1))]);
  });

  it('counts the minute of failures from the first consecutive one', async () => {
    const { run, seconds } = createSubject((at) => {
      if (at !== 30) throw new Error('away');
      return null;
    });

    expect(await run()).to.have.property('message', 'away');
    expect(seconds()).to.equal(93);
  });

  it('gives up failures after exactly a minute', async () => {
    const { run, times } = createSubject(() => {
      throw new Error('away');
    });

    await run();

    expect(times.at(-1)).to.equal(60);
  });

  it('searches thoroughly again after a failure', async () => {
    const { run, thorough } = createSubject((at) => {
      if (at === 1) throw new Error('away');
      return at === 6 ? TASK : null;
    });

    await run();

    expect(thorough).to.deep.equal([true, false, true, false]);
  });

  it('passes on an abort of the search immediately', async () => {
    const aborted = awsError('AbortError', 'Request aborted');
    const { run, times } = createSubject(() => {
      throw aborted;
    });

    expect(await run()).to.equal(aborted);
    expect(times).to.deep.equal([0]);
  });

  it("rejects with the signal's reason if a search fails while it aborts", async () => {
    const reason = new Error('stopping');
    const subject = createSubject(() => {
      subject.stop.abort(reason);
      throw awsError('AbortError', 'Request aborted');
    });

    expect(await subject.run()).to.equal(reason);
    expect(subject.times).to.deep.equal([0]);
  });
});
