import { expect } from 'chai';
import fc from 'fast-check';
import type { FilterLogEventsInput, LogEvent, LogsApi } from '../../../src/aws/logs-api.js';
import { OutputBatches } from '../../../src/observation/logs/output-batches.js';
import { StreamCursor } from '../../../src/observation/logs/stream-cursor.js';
import { filterStreams } from '../../support/builders.js';
import { FakeClock } from '../../support/fake-clock.js';
import { awsError } from '../../support/fake-ecs.js';

function createSubject(pageSize = 10_000) {
  const clock = new FakeClock();
  const streams = new Map<string, LogEvent[]>();
  const calls: FilterLogEventsInput[] = [];
  const logs: LogsApi = {
    getLogEvents: () => Promise.reject(new Error('not expected')),
    async filterLogEvents(input) {
      calls.push(input);
      return filterStreams(streams, input, pageSize);
    },
  };
  const batches = new OutputBatches(clock);
  const read = async (cursors: ReadonlyMap<string, StreamCursor>) => {
    const reads = [...cursors].map(async ([stream, cursor]) => {
      const lines = await batches.read(logs, { group: 'g', stream, region: null }, cursor);
      return [stream, lines.map(({ message }) => message)] as const;
    });
    return new Map(await clock.run(Promise.all(reads)));
  };
  return { clock, streams, calls, logs, batches, read };
}

function someCursors(count: number): Map<string, StreamCursor> {
  return new Map(Array.from({ length: count }, (_, index) => [`s${index}`, new StreamCursor(null)]));
}

describe('OutputBatches', () => {
  it('reads a hundred streams with one call', async () => {
    const { streams, calls, read } = createSubject();
    const cursors = someCursors(250);
    for (const stream of cursors.keys()) streams.set(`g ${stream}`, [{ timestamp: 1, message: stream }]);

    const lines = await read(cursors);

    expect(calls.map(({ logStreamNames }) => logStreamNames.length)).to.deep.equal([100, 100, 50]);
    for (const stream of cursors.keys()) expect(lines.get(stream)).to.deep.equal([stream]);
  });

  for (const [what, latest] of [
    ['in order, however pages, times and restarts fall', 0],
    ['also where CloudWatch shows lines after younger ones', 6],
  ] as const) {
    it(`reads every line of every stream once, ${what}`, async () => {
      const step = fc.record({ stream: fc.nat(2), gapMs: fc.nat(2), late: fc.nat(latest) });
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 30 }),
          fc.integer({ min: 1, max: 7 }),
          fc.array(fc.record({ end: fc.nat(30), isRestart: fc.boolean() }), { maxLength: 4 }),
          async (steps, pageSize, cuts) => {
            const { streams, read } = createSubject(pageSize);
            let time = 1_700_000_000_000;
            const lines = steps.map(({ stream, gapMs, late }, index) => {
              time += gapMs;
              return { stream: `s${stream}`, timestamp: time, message: `line ${index}`, arrives: index + late };
            });
            const arriving = [...lines].sort((a, b) => a.arrives - b.arrives);
            const seen = new Map<string, string[]>();
            let cursors = someCursors(3);
            const ends = [...cuts].sort((a, b) => a.end - b.end);
            for (const { end, isRestart } of [...ends, { end: lines.length, isRestart: false }]) {
              for (const stream of cursors.keys()) {
                streams.set(
                  `g ${stream}`,
                  arriving.slice(0, end).filter((line) => line.stream === stream),
                );
              }
              for (const [stream, texts] of await read(cursors)) {
                seen.set(stream, [...(seen.get(stream) ?? []), ...texts]);
              }
              if (isRestart)
                cursors = new Map([...cursors].map(([stream, { text }]) => [stream, new StreamCursor(text)]));
            }
            for (const stream of cursors.keys()) {
              const expected = lines.filter((line) => line.stream === stream).map(({ message }) => message);
              const found = seen.get(stream) ?? [];
              if (latest > 0) expect(found).to.have.members(expected).and.have.length(expected.length);
              else expect(found).to.deep.equal(expected);
            }
          },
        ),
        { numRuns: 200 },
      );
    });
  }

  it('reads the others if a stream is missing', async () => {
    const { streams, calls, read } = createSubject();
    const cursors = someCursors(8);
    for (const stream of cursors.keys())
      if (stream !== 's5') streams.set(`g ${stream}`, [{ timestamp: 1, message: 'x' }]);

    const lines = await read(cursors);

    expect([...lines.values()].flat()).to.have.length(7);
    expect(calls.length).to.be.at.most(7);
  });

  it('reads a missing group only once', async () => {
    const { logs, calls, read } = createSubject();
    logs.filterLogEvents = async (input) => {
      calls.push(input);
      throw awsError('ResourceNotFoundException', 'The specified log group does not exist.');
    };

    expect([...(await read(someCursors(8))).values()].flat()).to.deep.equal([]);
    expect(calls).to.have.length(1);
  });

  it('does not read a stream again from the position of another one', async () => {
    const { clock, streams, calls, read } = createSubject();
    const nowMs = clock.nowMs();
    const cursors = new Map([['new', new StreamCursor(null)]]);
    for (const [stream, ageMs] of [
      ['quiet', 3_600_000],
      ['busy', 1_000],
    ] as const) {
      cursors.set(stream, new StreamCursor(`${nowMs - ageMs}:0:`));
    }
    for (const stream of cursors.keys()) streams.set(`g ${stream}`, []);

    await read(cursors);

    expect(calls.map(({ logStreamNames, startTime }) => [logStreamNames, startTime])).to.deep.equal([
      [['new'], undefined],
      [['quiet'], nowMs - 3_600_000],
      [['busy'], nowMs - 1_000],
    ]);
  });

  it('fails all reads of a failed call, and continues', async () => {
    const { streams, logs, read } = createSubject();
    const cursors = someCursors(2);
    for (const stream of cursors.keys()) streams.set(`g ${stream}`, [{ timestamp: 1, message: 'x' }]);
    const filter = logs.filterLogEvents.bind(logs);
    logs.filterLogEvents = () => Promise.reject(awsError('AccessDeniedException', 'no'));

    const failure = await read(cursors).catch((error: unknown) => error);
    logs.filterLogEvents = filter;

    expect(failure).to.have.property('name', 'AccessDeniedException');
    expect([...(await read(cursors)).values()].flat()).to.deep.equal(['x', 'x']);
  });
});
