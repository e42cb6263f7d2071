import { expect } from 'chai';
import { type SinonFakeTimers, useFakeTimers } from 'sinon';
import { FrameBudget } from '../../../../src/orchestrators/prefect/sockets/frame-budget.js';

describe('FrameBudget', () => {
  let timers: SinonFakeTimers;

  beforeEach(() => {
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });

  afterEach(() => timers.restore());

  const createSubject = () => {
    const calls: string[] = [];
    const source = { pause: () => calls.push('pause'), resume: () => calls.push('resume') };
    const budget = new FrameBudget(source, () => calls.push('said'));
    const spend = (frames: number, bytes = 10): void => {
      for (let frame = 0; frame < frames; frame += 1) budget.spend(bytes);
    };
    return { budget, calls, spend };
  };

  it('passes a burst of two thousand frames each second', () => {
    const { calls, spend } = createSubject();

    spend(2000);
    timers.tick(1000);
    spend(2000);

    expect(calls).to.deep.equal([]);
  });

  it('blocks a flood until the second is over, and reports it once', () => {
    const { calls, spend } = createSubject();

    spend(3000);
    expect(calls).to.deep.equal(['pause', 'said']);
    timers.tick(1000);
    spend(2001);
    timers.tick(1000);

    expect(calls).to.deep.equal(['pause', 'said', 'resume', 'pause', 'resume']);
  });

  it('counts bytes as well', () => {
    const { calls, spend } = createSubject();

    spend(3, 8 * 1024 * 1024);

    expect(calls).to.deep.equal(['pause', 'said']);
  });

  it('retains nothing when its socket is closed', () => {
    const { budget, calls, spend } = createSubject();
    spend(3000);

    budget.dispose();
    timers.tick(1000);

    expect(calls).to.deep.equal(['pause', 'said']);
  });
});
