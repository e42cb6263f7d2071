import { expect } from 'chai';
import fc from 'fast-check';
import type { LogsApi } from '../../src/aws/logs-api.js';
import { LogReader } from '../../src/observation/log-reader.js';
import { OutputForwarder } from '../../src/observation/output-forwarder.js';
import { FakeLogs, silentLogger, silentMeter } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';

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

describe('LogReader against CloudWatch Logs', () => {
  /** Answers call after call from a list; keeps what it was asked. */
  function aScript(answers: readonly (Partial<Awaited<ReturnType<LogsApi['getLogEvents']>>> | Error)[]) {
    const waiting = [...answers];
    const calls: (readonly [Record<string, unknown>, unknown])[] = [];
    const logs: LogsApi = {
      getLogEvents: async (input, options) => {
        calls.push([{ ...input }, options]);
        const answer = waiting.shift() ?? {};
        if (answer instanceof Error) throw answer;
        return { events: [], nextForwardToken: 'end', nextBackwardToken: null, ...answer };
      },
    };
    return { logs, calls };
  }
  const BASE = { logGroupName: 'g', logStreamName: 's', startFromHead: true, limit: 10_000 };

  it('asks for the stream from its begin, then by token, then from the time of the cursor', async () => {
    const first = { events: [{ message: 'a', timestamp: 7 }], nextForwardToken: 't1' };
    const { logs, calls } = aScript([first, { nextForwardToken: 't1' }]);
    const { signal } = new AbortController();

    const reader = new LogReader(logs, LOCATION, null);
    await reader.read(signal);
    await new LogReader(logs, LOCATION, reader.cursor).read();

    expect(reader.cursor).to.equal('7:1');
    expect(calls.slice(0, 3)).to.deep.equal([
      [BASE, { signal }],
      [{ ...BASE, nextToken: 't1' }, { signal }],
      [{ ...BASE, startTime: 7 }, {}],
    ]);
  });

  it('stops at the page without a further token', async () => {
    const { logs, calls } = aScript([{ nextForwardToken: null }]);

    await new LogReader(logs, LOCATION, null).read();

    expect(calls).to.have.length(1);
  });

  it('reads twenty pages at a time at most, and goes on with the next call', async () => {
    const pages = Array.from({ length: 25 }, (_, index) => ({
      events: [{ message: `m${index}`, timestamp: index }],
      nextForwardToken: `t${index}`,
    }));
    const { logs, calls } = aScript([...pages, { nextForwardToken: 't24' }]);
    const reader = new LogReader(logs, LOCATION, null);

    expect(await reader.read()).to.have.length(20);
    expect(calls).to.have.length(20);
    expect((await reader.read()).map(({ message }) => message)).to.deep.equal(['m20', 'm21', 'm22', 'm23', 'm24']);
  });

  it('gives a line without text or time an empty text, and the time 0', async () => {
    const { logs } = aScript([{ events: [{}], nextForwardToken: null }]);

    expect(await new LogReader(logs, LOCATION, null).read()).to.deep.equal([{ message: '', timestampMs: 0 }]);
  });

  it('goes on from its cursor when a token has expired, without a line twice', async () => {
    const lines = [
      { message: 'a', timestamp: 5 },
      { message: 'b', timestamp: 6 },
    ];
    const { logs, calls } = aScript([
      { events: lines, nextForwardToken: 't1' },
      { nextForwardToken: 't1' },
      awsError('InvalidParameterException', 'The specified nextToken is invalid.'),
      { events: [...lines.slice(1), { message: 'c', timestamp: 6 }], nextForwardToken: null },
    ]);
    const reader = new LogReader(logs, LOCATION, null);
    await reader.read();

    const after = await reader.read();

    expect(after.map(({ message }) => message)).to.deep.equal(['c']);
    expect(calls[3]?.[0]).to.have.property('startTime', 6);
    expect(reader.cursor).to.equal('6:2');
  });

  it('rejects when a call without a token is not valid, and with any other failure', async () => {
    const failureOf = async (answers: Parameters<typeof aScript>[0]) => {
      const reader = new LogReader(aScript(answers).logs, LOCATION, null);
      return reader.read().then(
        () => 'none',
        ({ name }: Error) => name,
      );
    };

    expect(await failureOf([awsError('InvalidParameterException', 'x')])).to.equal('InvalidParameterException');
    expect(await failureOf([{ nextForwardToken: 't' }, awsError('AccessDeniedException', 'x')])).to.equal(
      'AccessDeniedException',
    );
  });

  it('knows whether the stream exists', async () => {
    const missing = aScript([awsError('ResourceNotFoundException', 'x')]);
    const reader = new LogReader(missing.logs, LOCATION, null);
    expect(reader.exists).to.equal(false);

    await reader.read();
    expect(reader.exists).to.equal(false);
    expect(missing.calls).to.have.length(1);

    await reader.read();
    expect(reader.exists).to.equal(true);
  });

  for (const cursor of ['7', '7:x', 'x:3', '']) {
    it(`begins at the beginning with the cursor '${cursor}'`, async () => {
      const { logs, calls } = aScript([]);
      const reader = new LogReader(logs, LOCATION, cursor);
      const before = reader.cursor;

      await reader.read();

      expect(calls[0]?.[0]).to.deep.equal(BASE);
      expect(before).to.equal('0:0');
    });
  }

  it('leaves out lines that are older than the cursor', async () => {
    const events = [
      { message: 'old', timestamp: 4 },
      { message: 'read', timestamp: 5 },
      { message: 'new', timestamp: 5 },
    ];
    const { logs } = aScript([{ events, nextForwardToken: null }]);

    const lines = await new LogReader(logs, LOCATION, '5:1').read();

    expect(lines.map(({ message }) => message)).to.deep.equal(['new']);
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
