import { expect } from 'chai';
import { EventsPulse } from '../../../src/observation/events/events-pulse.js';

describe('EventsPulse', () => {
  it('treats events as reliable for ten minutes after one arrived', () => {
    const pulse = new EventsPulse();
    expect(pulse.provesAlive(0)).to.equal(false);

    pulse.received(1_000);

    expect(pulse.provesAlive(1_000)).to.equal(true);
    expect(pulse.provesAlive(600_999)).to.equal(true);
    expect(pulse.provesAlive(601_000)).to.equal(false);
  });

  it('does not rely on events after polling found an end that was older than half a minute', () => {
    const pulse = new EventsPulse();
    pulse.received(1_000);

    pulse.foundByPolling(2_000, 30_001);
    expect(pulse.provesAlive(2_000)).to.equal(false);

    pulse.received(2_001);
    expect(pulse.provesAlive(2_001)).to.equal(true);
  });

  it('does not count an end that polling found early, or whose time is unknown', () => {
    const pulse = new EventsPulse();
    pulse.received(1_000);

    pulse.foundByPolling(2_000, 30_000);
    pulse.foundByPolling(2_000, null);

    expect(pulse.provesAlive(2_000)).to.equal(true);
  });
});
