import { expect } from 'chai';
import type { KnownTask } from '../../src/recovery/find-launched-task.js';
import { searchUntilSure } from '../../src/recovery/search-until-sure.js';
import { FakeClock } from '../support/fake-clock.js';

const TASK: KnownTask = { taskArn: 'arn:task' };

/** Searches whose answers depend on the seconds that have passed. */
function createSubject(answerAt: (seconds: number) => KnownTask | null) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const beganMs = clock.nowMs();
  const seconds = () => (clock.nowMs() - beganMs) / 1000;
  const thorough: boolean[] = [];
  const search = async (isThorough: boolean) => {
    thorough.push(isThorough);
    return answerAt(seconds());
  };
  const run = () => clock.run(searchUntilSure(search, clock, stop.signal).catch((reason: unknown) => reason));
  return { clock, stop, run, seconds, thorough };
}

describe('searchUntilSure', () => {
  it('finds a task that shows late, within three seconds', async () => {
    const { run, seconds } = createSubject((at) => (at >= 45 ? TASK : null));

    expect(await run()).to.equal(TASK);
    expect(seconds()).to.be.within(45, 48);
  });

  it('returns null after a minute, and searches thoroughly the first time and the last', async () => {
    const { run, seconds, thorough } = createSubject(() => null);

    expect(await run()).to.equal(null);
    expect(seconds()).to.be.within(60, 63);
    expect(thorough[0]).to.equal(true);
    expect(thorough.at(-1)).to.equal(true);
    expect(thorough.filter(Boolean)).to.have.length(2);
  });

  it('restarts the minute after a search that failed', async () => {
    const { run, seconds } = createSubject((at) => {
      if (at >= 30 && at < 40) throw new Error('away');
      return null;
    });

    expect(await run()).to.equal(null);
    expect(seconds()).to.be.at.least(100);
  });

  it('rejects with the failure where all searches fail for a minute', async () => {
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
});
