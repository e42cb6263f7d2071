import { silentMeter } from '@worker-host/core';
import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { LogsApi } from '../../src/aws/logs-api.js';
import { OutputForwarder } from '../../src/observation/output-forwarder.js';
import { RecordingMeter } from '../support/recording-meter.js';

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

  describe('for one run', () => {
    const LOCATION = { group: 'group', stream: 'stream', region: null };

    function createSubject(settleSeconds = SETTLE_SECONDS) {
      const meter = new RecordingMeter();
      const stop = new AbortController();
      const logger = new RecordingLogger();
      const copied: string[] = [];
      const pages: (readonly string[] | Error)[] = [];
      const readAtMs: number[] = [];
      const beganMs = clock.monotonicMs();
      let written = 0;
      const single: LogsApi = {
        getLogEvents: async () => {
          readAtMs.push(clock.monotonicMs() - beganMs);
          const page = pages.shift() ?? [];
          if (page instanceof Error) throw page;
          const events = page.map((message) => {
            written += 1;
            return { message, timestamp: written };
          });
          return { events, nextForwardToken: null, nextBackwardToken: null };
        },
      };
      const own = new OutputForwarder(clock, meter, { logSettleSeconds: settleSeconds });
      const begin = () =>
        own.follow({
          logs: single,
          location: LOCATION,
          cursor: null,
          signal: stop.signal,
          logger,
          output: (more, cursor) => copied.push(...more.map(({ message }) => `${message} ${cursor}`)),
        });
      return { meter, stop, logger, copied, pages, readAtMs, begin };
    }

    it('reads every two seconds, and counts the lines', async () => {
      const { meter, copied, pages, readAtMs, begin, stop } = createSubject();
      pages.push(['a', 'b'], [], ['c']);
      begin();
      await clock.advance(6_000);

      expect(readAtMs).to.deep.equal([2_000, 4_000, 6_000]);
      expect(copied).to.deep.equal(['a 2:1', 'b 2:1', 'c 3:1']);
      expect(meter.of('ecs_output_lines_total')).to.deep.equal([
        'ecs_output_lines_total 2',
        'ecs_output_lines_total 1',
      ]);
      stop.abort();
    });

    it('passes nothing on where there is nothing new', async () => {
      let passedOn = 0;
      const { stop } = createSubject();
      forwarder.follow({
        logs,
        location: LOCATION,
        cursor: null,
        signal: stop.signal,
        logger: new RecordingLogger(),
        output: () => {
          passedOn += 1;
        },
      });
      await clock.advance(6_000);

      expect(reads).to.be.at.least(3);
      expect(passedOn).to.equal(0);
      stop.abort();
    });

    it('reads again after a failure, which it counts', async () => {
      const { meter, logger, copied, pages, begin, stop } = createSubject();
      pages.push(new Error('no answer'), ['a']);
      begin();
      await clock.advance(4_000);

      expect(copied).to.deep.equal(['a 1:1']);
      expect(meter.of('ecs_output_failures_total')).to.deep.equal(['ecs_output_failures_total 1']);
      expect(logger.messages('debug')).to.have.length(1);
      stop.abort();
    });

    it('does not count a read that was broken off as a failure', async () => {
      const { meter, logger, pages, begin, stop } = createSubject();
      pages.push(Object.assign(new Error('The operation was aborted'), { name: 'AbortError' }));
      const copy = begin();
      await clock.advance(2_000);
      pages.push(new Error('socket closed'));
      stop.abort();
      await copy.finish();

      expect(pages).to.deep.equal([]);
      expect(meter.measured).to.deep.equal([]);
      expect(logger.lines).to.deep.equal([]);
    });

    it('reads when the run ends and once more when last lines may have arrived', async () => {
      const { readAtMs, begin } = createSubject();
      const copy = begin();
      await clock.advance(3_000);
      const finishing = copy.finish();
      await clock.advance(SETTLE_SECONDS * 1000);

      expect(await finishing).to.equal(true);
      expect(readAtMs).to.deep.equal([2_000, 3_000, 6_000]);
    });

    it('reads once at the end where there is nothing to wait for', async () => {
      const { readAtMs, begin } = createSubject(0);

      expect(await begin().finish()).to.equal(true);
      expect(readAtMs).to.deep.equal([0]);
    });

    it('does not wait for last lines when it is stopped', async () => {
      const { readAtMs, begin, stop } = createSubject();
      const copy = begin();
      stop.abort();

      await copy.finish();

      expect(readAtMs).to.deep.equal([0]);
      expect(clock.pendingSleeps).to.deep.equal([]);
    });

    it('ends the wait for last lines when it is stopped', async () => {
      const { begin, stop } = createSubject();
      const finishing = begin().finish();
      await settle();
      expect(clock.pendingSleeps).to.have.length(1);

      stop.abort();

      expect(await finishing).to.equal(true);
    });

    it('waits for a read that is under way when the run ends', async () => {
      let answer: () => void = () => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      let underWay = 0;
      let most = 0;
      const slow: LogsApi = {
        getLogEvents: async () => {
          underWay += 1;
          most = Math.max(most, underWay);
          await held;
          underWay -= 1;
          return { events: [], nextForwardToken: null, nextBackwardToken: null };
        },
      };
      const copy = new OutputForwarder(clock, silentMeter, { logSettleSeconds: 0 }).follow({
        logs: slow,
        location: LOCATION,
        cursor: null,
        signal: new AbortController().signal,
        logger: new RecordingLogger(),
        output() {},
      });
      await clock.advance(2_000);

      const finishing = copy.finish();
      await settle();
      answer();
      await finishing;

      expect(most).to.equal(1);
    });

    it('reports that there was no stream', async () => {
      const { pages, begin } = createSubject(0);
      pages.push(Object.assign(new Error('x'), { name: 'ResourceNotFoundException' }));

      expect(await begin().finish()).to.equal(false);
    });
  });

  describe('for many runs', () => {
    // Each read is a page and the answer that there is no more.
    it('lets twelve runs that end together read at once, time after time', async () => {
      for (const [count, expected] of [
        [12, 12],
        [13, 12],
        [12, 12],
      ] as const) {
        const before = reads;
        expect((await finishAll(count)) - before).to.equal(expected * 2);
      }
    });

    it('lets every run read at once where there is nothing to wait for', async () => {
      forwarder = new OutputForwarder(clock, silentMeter, { logSettleSeconds: 0 });

      expect(await finishAll(20)).to.equal(20 * 2);
    });

    it('shares four reads a second among the runs that still go on', async () => {
      const copies = Array.from({ length: 80 }, follow);
      const finished = Promise.all(copies.map((copy) => copy.finish()));
      await settle();
      await clock.advance(SETTLE_SECONDS * 1000);
      await finished;
      reads = 0;
      follow();
      await clock.advance(2_000);

      expect(reads).to.equal(2);
    });

    it('reads each of sixty runs every fifteen seconds', async () => {
      for (let run = 0; run < 60; run += 1) follow();
      await settle();
      await clock.advance(60_000);
      const before = reads;
      await clock.advance(15_000);

      expect(reads - before).to.be.within(55, 70);
    });
  });
});
