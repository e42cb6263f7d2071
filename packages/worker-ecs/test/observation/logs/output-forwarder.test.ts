import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { LogsApi } from '../../../src/aws/logs-api.js';
import { OutputBatches } from '../../../src/observation/logs/output-batches.js';
import { OutputForwarder } from '../../../src/observation/logs/output-forwarder.js';
import { StreamCursor } from '../../../src/observation/logs/stream-cursor.js';
import { RecordingMeter } from '../../support/recording-meter.js';

const SETTLE_SECONDS = 3;
/** Time for which reads are combined. */
const GATHER_MS = 200;
const LOCATION = { group: 'group', stream: 'stream', region: null };

function createSubject(settleSeconds = SETTLE_SECONDS) {
  const clock = new FakeClock();
  const meter = new RecordingMeter();
  const stop = new AbortController();
  const logger = new RecordingLogger();
  const copied: string[] = [];
  const pages: (readonly string[] | Error)[] = [];
  const readAtMs: number[] = [];
  const asked: number[] = [];
  const beganMs = clock.monotonicMs();
  let written = 0;
  const logs: LogsApi = {
    getLogEvents: () => Promise.reject(new Error('not expected')),
    filterLogEvents: async ({ logStreamNames }) => {
      readAtMs.push(clock.monotonicMs() - beganMs);
      asked.push(logStreamNames.length);
      const page = pages.shift() ?? [];
      if (page instanceof Error) throw page;
      const events = page.map((message) => {
        written += 1;
        return { message, timestamp: written, logStreamName: logStreamNames[0] ?? '', eventId: String(written) };
      });
      return { events, nextToken: null };
    },
  };
  const forwarder = new OutputForwarder(clock, meter, { logSettleSeconds: settleSeconds });
  const batches = new OutputBatches(clock);
  const sourceOf = (stream: string) => {
    const position = new StreamCursor(null);
    return {
      read: async () => ({
        lines: await batches.read(logs, { ...LOCATION, stream }, position),
        cursor: position.text,
      }),
    };
  };
  const begin = (stream = LOCATION.stream) =>
    forwarder.follow({
      source: sourceOf(stream),
      cursor: null,
      signal: stop.signal,
      logger,
      output: (more, cursor) => copied.push(...more.map(({ message }) => `${message} ${cursor.split(':')[0]}`)),
    });
  return { clock, meter, stop, logger, copied, pages, readAtMs, asked, logs, begin };
}

describe('OutputForwarder', () => {
  it('reads every two seconds, and counts the lines', async () => {
    const { clock, meter, copied, pages, readAtMs, begin, stop } = createSubject();
    pages.push(['a', 'b'], [], ['c']);
    begin();
    await clock.advance(6_600);

    expect(readAtMs).to.deep.equal([2_200, 4_400, 6_600]);
    expect(copied).to.deep.equal(['a 2', 'b 2', 'c 3']);
    expect(meter.of('ecs_output_lines_total')).to.deep.equal(['ecs_output_lines_total 2', 'ecs_output_lines_total 1']);
    stop.abort();
  });

  it('reads again after a failure, and counts it', async () => {
    const { clock, meter, logger, copied, pages, begin, stop } = createSubject();
    pages.push(new Error('no answer'), ['a']);
    begin();
    await clock.advance(4_400);

    expect(copied).to.deep.equal(['a 1']);
    expect(meter.of('ecs_output_failures_total')).to.deep.equal(['ecs_output_failures_total 1']);
    expect(logger.messages('debug')).to.have.length(1);
    stop.abort();
  });

  it('reads when the run ends and once more when the last lines may have arrived', async () => {
    const { clock, readAtMs, copied, pages, begin } = createSubject();
    const copy = begin();
    await clock.advance(3_000);
    pages.push(['a'], ['late']);
    const finishing = copy.finish();
    await clock.advance(GATHER_MS + SETTLE_SECONDS * 1000 + GATHER_MS);

    await finishing;
    expect(readAtMs).to.deep.equal([2_200, 3_200, 6_400]);
    expect(copied).to.deep.equal(['a 1', 'late 2']);
  });

  it('reads once at the end if there is nothing to wait for', async () => {
    const { clock, readAtMs, begin } = createSubject(0);

    await clock.run(begin().finish());
    expect(readAtMs).to.deep.equal([GATHER_MS]);
  });

  it('reads a thousand runs that end together with ten calls', async () => {
    const { clock, asked, begin } = createSubject(0);
    const copies = Array.from({ length: 1000 }, (_, index) => begin(`s${index}`));

    await clock.run(Promise.all(copies.map((copy) => copy.finish())));

    expect(asked).to.deep.equal(Array.from({ length: 10 }, () => 100));
  });

  it('reads each run less often the more runs it follows', async () => {
    const { clock, asked, begin, stop } = createSubject();
    for (let index = 0; index < 2_000; index += 1) begin(`s${index}`);
    await clock.advance(10_000);
    asked.length = 0;
    await clock.advance(60_000);

    // Each run every ten seconds; calls of one group are at least the combining time apart.
    expect(asked.reduce((sum, streams) => sum + streams, 0)).to.be.within(11_000, 13_000);
    expect(asked.length).to.be.at.most(60_000 / GATHER_MS);
    stop.abort();
  });

  it('ends without waiting when it is stopped', async () => {
    const { clock, readAtMs, meter, logger, logs, begin, stop } = createSubject();
    logs.filterLogEvents = () => new Promise(() => {});
    const copy = begin();
    await clock.advance(2_500);
    const finishing = copy.finish();
    await settle();
    stop.abort();

    await finishing;
    expect(readAtMs).to.deep.equal([]);
    expect([meter.measured, logger.lines]).to.deep.equal([[], []]);
  });

  it('waits for a read in progress when the run ends', async () => {
    const { clock, logs, begin } = createSubject(0);
    let answer: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let underWay = 0;
    let most = 0;
    logs.filterLogEvents = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await held;
      underWay -= 1;
      return { events: [], nextToken: null };
    };
    const copy = begin();
    await clock.advance(2_200);
    const finishing = copy.finish();
    await settle();
    answer();
    await clock.run(finishing);

    expect(most).to.equal(1);
  });
});
