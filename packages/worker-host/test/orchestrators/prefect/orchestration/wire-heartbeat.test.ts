import { expect } from 'chai';
import { heartbeatTimes } from '../../../../src/orchestrators/prefect/orchestration/wire-heartbeat.js';

describe('heartbeatTimes', () => {
  for (const [declared, interval, lease] of [
    [30, 6, 18],
    [600, 6, 18],
    [5.5, 5.5, 17],
    [2, 2, 12],
    [0.1, 1, 12],
  ] as const) {
    it(`sends heartbeats every ${interval} s for ${declared} s declared, and holds leases for ${lease} s`, () => {
      expect(heartbeatTimes(declared)).to.deep.equal({ intervalMs: interval * 1000, leaseMs: lease * 1000 });
    });
  }
});
