import { expect } from 'chai';
import { fateOf, isFragile, isReadable, type MessageFacts } from '../../../src/observation/events/message-fate.js';
import { type QueueTraits, queueTraits } from '../../../src/observation/events/queue-traits.js';

function traits(maxReceiveCount: number | null, name = 'q'): QueueTraits {
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn', maxReceiveCount });
  return queueTraits(name, maxReceiveCount === null ? {} : { RedrivePolicy });
}

function fate(facts: Partial<MessageFacts>, max: number | null = 3) {
  return fateOf({ owner: 'own', isEnd: false, receiveCount: 1, ageMs: 0, ...facts }, traits(max));
}

describe('fateOf', () => {
  it("deletes events of the worker's own tasks", () => {
    expect(fate({ receiveCount: 3 })).to.equal('delete');
  });

  it('offers the end of a sibling to the siblings while receives are left, and deletes its other events', () => {
    expect(fate({ owner: 'sibling' })).to.equal('delete');
    expect(fate({ owner: 'sibling', isEnd: true })).to.deep.equal({ hideSeconds: 1 });
    expect(fate({ owner: 'sibling', isEnd: true, receiveCount: 2 })).to.equal('delete');
    expect(fate({ owner: 'sibling', isEnd: true, receiveCount: 3 }, null)).to.deep.equal({ hideSeconds: 3 });
    expect(fate({ owner: 'sibling', isEnd: true, receiveCount: 4 }, null)).to.equal('delete');
    expect(fate({ owner: 'sibling', isEnd: true, ageMs: 60_000 })).to.equal('delete');
  });

  it('keeps an event of a worker-host of an unknown pool until every worker has polled the task', () => {
    expect(fate({ owner: 'kin' })).to.deep.equal({ hideSeconds: 30 });
    expect(fate({ owner: 'kin', receiveCount: 2, ageMs: 1_000 })).to.deep.equal({ hideSeconds: 599 });
    expect(fate({ owner: 'kin', receiveCount: 3, ageMs: 600_000 })).to.equal('delete');
    expect(fate({ owner: 'kin', receiveCount: 9, ageMs: 599_500 }, null)).to.deep.equal({ hideSeconds: 1 });
  });

  it('never deletes a foreign event', () => {
    for (const max of [null, 2, 3, 10, 1000]) {
      for (let receiveCount = 1; receiveCount < 40; receiveCount += 1) {
        expect(fate({ owner: 'foreign', receiveCount, ageMs: 1e9, isEnd: true }, max)).to.not.equal('delete');
      }
    }
  });

  it('returns a foreign event immediately, and hides it for 12 h before its second to last receive', () => {
    expect(fate({ owner: 'foreign' })).to.deep.equal({ hideSeconds: 0 });
    expect(fate({ owner: 'foreign', receiveCount: 2 })).to.deep.equal({ hideSeconds: 43_200 });
    expect(fate({ owner: 'foreign', receiveCount: 1 }, 2)).to.deep.equal({ hideSeconds: 43_200 });
  });

  it('hides a repeated foreign event ever longer, so that it has few receives before it expires', () => {
    let hiddenSeconds = 0;
    let receives = 0;
    while (hiddenSeconds < 14 * 86_400) {
      receives += 1;
      const decided = fate({ owner: 'foreign', receiveCount: receives }, 100);
      hiddenSeconds += decided === 'delete' ? 0 : decided.hideSeconds;
    }
    expect(receives).to.be.below(99);
  });
});

describe('isFragile', () => {
  it('is true for a queue with few receives before its dead-letter queue, and for a FIFO queue', () => {
    expect([null, 2, 3, 99, 100].map((max) => isFragile(traits(max)))).to.deep.equal([false, true, true, true, false]);
    expect(isFragile(traits(null, 'q.fifo'))).to.equal(true);
  });
});

describe('isReadable', () => {
  it('is false for a queue whose first receive is the last', () => {
    expect([null, 1, 2].map((max) => isReadable(traits(max)))).to.deep.equal([true, false, true]);
  });
});
