import { expect } from 'chai';
import fc from 'fast-check';
import { LogReader } from '../../src/observation/log-reader.js';
import { OutputForwarder } from '../../src/observation/output-forwarder.js';
import { FakeLogs, silentLogger, silentMeter } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';

const LOCATION = { group: 'g', stream: 's', region: null };

function aStream(logs: FakeLogs, timestamps: readonly number[]): void {
  const events = timestamps.map((timestamp, index) => ({ timestamp, message: `line ${index}` }));
  logs.streams.set('g s', events);
}

describe('LogReader', () => {
  it('reads every line once, however the pages fall and wherever it is restarted', async () => {
    const steps = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 7 }), fc.nat(30), async (gaps, pageSize, firstPart) => {
        const logs = new FakeLogs();
        logs.pageSize = pageSize;
        let time = 1_000;
        const timestamps = gaps.map((gap) => {
          time += gap;
          return time;
        });
        aStream(logs, timestamps.slice(0, firstPart));

        const first = new LogReader(logs, LOCATION, null);
        const before = await first.read();
        aStream(logs, timestamps);
        const after = await new LogReader(logs, LOCATION, first.cursor).read();

        expect([...before, ...after].map(({ message }) => message)).to.deep.equal(
          timestamps.map((_, index) => `line ${index}`),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('goes on from where it was by one call a time', async () => {
    const logs = new FakeLogs();
    aStream(logs, [1, 2]);
    const reader = new LogReader(logs, LOCATION, null);
    await reader.read();
    const callsBefore = logs.calls.length;

    const lines = await reader.read();

    expect(lines).to.deep.equal([]);
    expect(logs.calls.length - callsBefore).to.equal(1);
  });

  it('takes a missing stream for one that is not there yet', async () => {
    const logs = new FakeLogs();
    const reader = new LogReader(logs, LOCATION, null);

    const before = await reader.read();
    aStream(logs, [1]);
    const after = await reader.read();

    expect(before).to.deep.equal([]);
    expect(after.map(({ message }) => message)).to.deep.equal(['line 0']);
  });

  it('begins at the beginning with a cursor that cannot be read', async () => {
    const logs = new FakeLogs();
    aStream(logs, [1]);

    const lines = await new LogReader(logs, LOCATION, 'nonsense').read();

    expect(lines).to.have.length(1);
  });
});

describe('OutputForwarder', () => {
  it('asks again after the end for lines that come late', async () => {
    const clock = new FakeClock();
    const logs = new FakeLogs();
    const lines: string[] = [];
    const forwarder = new OutputForwarder(clock, silentMeter, { logSettleSeconds: 3 });
    const copy = forwarder.follow({
      logs,
      location: LOCATION,
      cursor: null,
      signal: new AbortController().signal,
      logger: silentLogger,
      output: (more) => lines.push(...more.map(({ message }) => message)),
    });
    await clock.advance(2_500);

    const finishing = copy.finish();
    await clock.advance(1_000);
    aStream(logs, [1]);
    const existed = await clock.run(finishing);

    expect(existed).to.equal(true);
    expect(lines).to.deep.equal(['line 0']);
  });

  it('reads for many runs together no oftener than four times a second', async () => {
    const clock = new FakeClock();
    const logs = new FakeLogs();
    const stop = new AbortController();
    const forwarder = new OutputForwarder(clock, silentMeter, { logSettleSeconds: 0 });
    for (let run = 0; run < 100; run += 1) {
      forwarder.follow({
        logs,
        location: LOCATION,
        cursor: null,
        signal: stop.signal,
        logger: silentLogger,
        output() {},
      });
    }
    await clock.advance(60_000);
    const before = logs.calls.length;

    await clock.advance(60_000);
    stop.abort();
    await clock.advance(1);

    expect((logs.calls.length - before) / 60).to.be.at.most(4.5);
  });
});
