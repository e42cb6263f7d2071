import { silentMeter } from '@worker-host/core';
import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { LogsApi } from '../../src/aws/logs-api.js';
import { OutputForwarder } from '../../src/observation/output-forwarder.js';

const SETTLE_SECONDS = 3;

describe('OutputForwarder', () => {
  let clock: FakeClock;
  let forwarder: OutputForwarder;
  let reads: number;
  let output: string[];
  let lines: string[];

  const logs: LogsApi = {
    getLogEvents: async () => {
      reads += 1;
      const events = lines.splice(0).map((message) => ({ message, timestamp: 1 }));
      return { events, nextForwardToken: 'end', nextBackwardToken: null };
    },
  };

  const follow = () =>
    forwarder.follow({
      logs,
      location: { group: 'group', stream: 'stream', region: null },
      cursor: null,
      signal: new AbortController().signal,
      logger: new RecordingLogger(),
      output: (copied) => output.push(...copied.map(({ message }) => message)),
    });

  const finishAll = async (count: number) => {
    const finished = Promise.all(Array.from({ length: count }, follow).map((copy) => copy.finish()));
    await settle();
    const early = reads;
    await clock.advance(SETTLE_SECONDS * 1000);
    await finished;
    return early;
  };

  beforeEach(() => {
    clock = new FakeClock();
    forwarder = new OutputForwarder(clock, silentMeter, { logSettleSeconds: SETTLE_SECONDS });
    reads = 0;
    output = [];
    lines = [];
  });

  it('copies what is left at once when a run ends', async () => {
    lines = ['the last line'];
    expect(await finishAll(1)).to.be.greaterThan(0);
    expect(output).to.deep.equal(['the last line']);
  });

  it('reads once only, after last lines may have arrived, where very many runs end together', async () => {
    const early = await finishAll(100);
    expect(early).to.be.lessThan(50);
    expect(reads - early).to.be.at.least(100);
  });

  it('asks ever more seldom for each run the more runs it follows, never faster than the rate of all', async () => {
    const copies = Array.from({ length: 1000 }, follow);
    await settle();
    await clock.advance(60_000);
    const inAMinute = reads;
    await clock.advance(240_000);
    // Four runs a second, each by a page and the answer that there is no more.
    expect(inAMinute).to.be.at.most(60 * 4 * 2);
    expect(reads).to.be.within(1000, 300 * 4 * 2);
    const finished = Promise.all(copies.map((copy) => copy.finish()));
    await settle();
    await clock.advance(SETTLE_SECONDS * 1000);
    await finished;
  });
});
