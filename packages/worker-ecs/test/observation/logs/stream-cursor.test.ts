import { expect } from 'chai';
import { StreamCursor } from '../../../src/observation/logs/stream-cursor.js';

const event = (timestamp: number, eventId: string) => ({ timestamp, message: eventId, eventId });
const texts = (cursor: StreamCursor, events: Parameters<StreamCursor['take']>[0]): readonly string[] =>
  cursor.take(events).map(({ message }) => message);
/** The cursor of an earlier process, restored in another one. */
const restarted = (cursor: StreamCursor): StreamCursor => new StreamCursor(cursor.text);
const START = 1_700_000_000_000;
const MINUTE = 60_000;

describe('StreamCursor', () => {
  it('returns each line once, in order of time and then of arrival', () => {
    const cursor = new StreamCursor(null);

    expect(texts(cursor, [event(2, 'b'), event(1, 'a'), event(2, 'c')])).to.deep.equal(['a', 'b', 'c']);
    expect(texts(cursor, [event(2, 'b'), event(2, 'c'), event(2, 'd'), event(3, 'e')])).to.deep.equal(['d', 'e']);
    expect(texts(cursor, [event(3, 'e')])).to.deep.equal([]);
  });

  for (const [when, next] of [
    ['in the same process', (cursor: StreamCursor) => cursor],
    ['after a restart', restarted],
  ] as const) {
    it(`returns a line that arrives after newer ones, ${when}`, () => {
      const first = new StreamCursor(null);
      first.take([event(START, 'a'), event(START + MINUTE, 'd')]);
      const cursor = next(first);

      expect(cursor.fromMs).to.equal(START);
      expect(
        texts(cursor, [
          event(START - 1, 'too late'),
          event(START, 'late too'),
          event(START, 'a'),
          event(START + 7, 'late'),
          event(START + MINUTE, 'd'),
          event(START + MINUTE, 'e'),
        ]),
      ).to.deep.equal(['late too', 'late', 'e']);
      expect(
        texts(next(cursor), [event(START, 'late too'), event(START, 'a'), event(START + 7, 'late')]),
      ).to.deep.equal([]);
    });

    it(`reads five hundred lines of a busy stream again, and all with the last timestamp, ${when}`, () => {
      const many = Array.from({ length: 700 }, (_, index) => event(START + index, `line ${index}`));
      const first = new StreamCursor(null);
      first.take(many);
      const cursor = next(first);

      expect(cursor.fromMs).to.equal(START + 200);
      expect(texts(cursor, [...many, event(START + 199, 'x'), event(START + 200, 'y')])).to.deep.equal(['y']);

      const together = Array.from({ length: 700 }, (_, index) => event(START + MINUTE, `line ${index}`));
      const crowded = new StreamCursor(null);
      crowded.take([event(START + MINUTE - 1, 'earlier'), ...together]);
      const later = next(crowded);

      expect(later.fromMs).to.equal(START + MINUTE);
      expect(texts(later, [...together, event(START + MINUTE, 'z')])).to.deep.equal(['z']);
    });
  }

  it('never reads further back than before', () => {
    const cursor = new StreamCursor(null);
    cursor.take(Array.from({ length: 700 }, (_, index) => event(START + index, `line ${index}`)));
    const { fromMs } = cursor;

    cursor.take([event(START + 700, 'next')]);

    expect(cursor.fromMs).to.be.greaterThan(fromMs);
  });

  for (const text of ['x', '5:2', '5:0:short', '5:0:,', '5:0:aaaaaaaa,']) {
    it(`starts at the beginning if the text is invalid: ${text}`, () => {
      expect(new StreamCursor(text).text).to.equal('0:0:');
    });
  }

  it('identifies lines without an id by their number', () => {
    const cursor = new StreamCursor(null);
    cursor.take([{ timestamp: 1, message: 'a' }]);

    expect(restarted(cursor).take([{ timestamp: 1, message: 'a' }, { timestamp: 1 }])).to.deep.equal([
      { message: '', timestampMs: 1 },
    ]);
  });
});
