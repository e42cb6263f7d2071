import { expect } from 'chai';
import { StreamCursor } from '../../src/observation/stream-cursor.js';

const event = (timestamp: number, eventId: string) => ({ timestamp, message: eventId, eventId });

describe('StreamCursor', () => {
  it('takes each line once, in order of time and then of arrival', () => {
    const cursor = new StreamCursor(null);
    const texts = (events: Parameters<StreamCursor['take']>[0]) => cursor.take(events).map(({ message }) => message);

    expect(texts([event(2, 'b'), event(1, 'a'), event(2, 'c')])).to.deep.equal(['a', 'b', 'c']);
    expect(cursor.text).to.equal('2:2');
    expect(texts([event(2, 'b'), event(2, 'c'), event(2, 'd'), event(3, 'e')])).to.deep.equal(['d', 'e']);
    expect(texts([event(3, 'e')])).to.deep.equal([]);
    expect([cursor.text, cursor.lastMs]).to.deep.equal(['3:1', 3]);
  });

  it('takes a line of the last time that arrives late and stands before the others', () => {
    const cursor = new StreamCursor(null);
    cursor.take([event(2, 'b')]);

    expect(cursor.take([event(2, 'a'), event(2, 'b')]).map(({ message }) => message)).to.deep.equal(['a']);
  });

  it('goes on after a restart where an earlier process left off, also when the lines come in parts', () => {
    const cursor = new StreamCursor('5:2');

    expect(cursor.take([event(4, 'old'), event(5, 'a')])).to.deep.equal([]);
    expect(cursor.take([event(5, 'a'), event(5, 'b'), event(5, 'c')]).map(({ message }) => message)).to.deep.equal([
      'c',
    ]);
    expect(cursor.text).to.equal('5:3');
  });

  it('begins at the beginning where the text is none of its own', () => {
    expect(new StreamCursor('x').text).to.equal('0:0');
  });

  it('takes lines without an id by their number', () => {
    const cursor = new StreamCursor('1:1');

    expect(cursor.take([{ timestamp: 1, message: 'a' }, { timestamp: 1 }])).to.deep.equal([
      { message: '', timestampMs: 1 },
    ]);
  });
});
