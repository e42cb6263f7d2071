import { expect } from 'chai';
import { ChosenIds } from '../../src/tracing/chosen-ids.js';
import { SpanRecord } from '../../src/tracing/span-record.js';

describe('a span', () => {
  it('keeps its first 64 events', () => {
    const record = new SpanRecord('launch', 0);
    for (let count = 0; count < 70; count += 1) record.add('exception', count);

    expect(record.events).to.have.length(64);
    expect(record.events.at(-1)?.atMs).to.equal(63);
  });

  it('has a random id unless one was chosen for it', () => {
    const ids = new ChosenIds();
    const both = () => [ids.generateTraceId(), ids.generateSpanId()] as const;
    const chosen = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };

    expect(ids.choosing(chosen, both)).to.deep.equal([chosen.traceId, chosen.spanId]);
    const [[traceId, spanId], others] = [both(), both()];
    expect(traceId).to.match(/^[\da-f]{32}$/);
    expect(spanId).to.match(/^[\da-f]{16}$/);
    expect([traceId, spanId]).not.to.deep.equal(others);
    expect(() =>
      ids.choosing(chosen, () => {
        throw new Error('no');
      }),
    ).to.throw('no');
    expect(ids.generateSpanId()).not.to.equal(chosen.spanId);
  });
});
