import { BaseJobConfiguration } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createHostBench } from '../support/host-bench.js';

async function create(hostReportsStates = true) {
  const bench = await createHostBench({ hostReportsStates });
  const warmed: unknown[] = [];
  bench.worker.onPrewarm = async (configuration) => void warmed.push(configuration);
  return { ...bench, warmed };
}

describe('prewarming', () => {
  it('prewarms for the pool, and again when the data has expired', async () => {
    const { prewarming, warmed, clock } = await create();

    prewarming.begin();
    prewarming.begin();
    await clock.advance(239_999);
    prewarming.begin();
    await settle();
    expect(warmed).to.have.length(1);
    expect(warmed[0]).to.be.instanceOf(BaseJobConfiguration);
    await clock.advance(1);
    prewarming.begin();
    await settle();

    expect(warmed).to.have.length(2);
  });

  for (const hostReportsStates of [true, false])
    it(`${hostReportsStates ? 'does not start' : 'starts'} at the start (host reports states: ${hostReportsStates})`, async () => {
      const { prewarming, warmed } = await create(hostReportsStates);

      prewarming.beginAtStart();
      await settle();

      expect(warmed).to.have.length(hostReportsStates ? 0 : 1);
    });

  it('that fails is logged at debug level', async () => {
    const { prewarming, worker, logger } = await create();
    const error = new Error('not now');
    worker.onPrewarm = async () => Promise.reject(error);

    prewarming.begin();
    await settle();

    expect(logger.lines).to.deep.equal([{ level: 'debug', message: 'Prewarming failed', fields: { error } }]);
  });
});
