import { expect } from 'chai';
import {
  formatTraceparent,
  parentOf,
  parseTraceContext,
  spanIdOf,
  traceIdOf,
  traceLabels,
} from '../../src/tracing/trace-context.js';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('a trace context', () => {
  it('is parsed in the format of W3C, and formatted again', () => {
    const read = parseTraceContext(PARENT, 'a=1');
    expect(read).to.deep.equal({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      flags: 1,
      state: 'a=1',
    });
    expect(read && formatTraceparent(read)).to.equal(PARENT);
  });

  it('of a later version can have more fields', () => {
    expect(parseTraceContext(PARENT.replace('00-', '01-').concat('-more'), '')?.flags).to.equal(1);
  });

  for (const [what, value] of [
    ['absent', undefined],
    ['no text', 5],
    ['empty', ''],
    ['of version ff', PARENT.replace('00-', 'ff-')],
    ['longer than its version allows', `${PARENT}-more`],
    ['of trace 0', PARENT.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32))],
    ['of span 0', PARENT.replace('00f067aa0ba902b7', '0'.repeat(16))],
    ['in upper case', PARENT.toUpperCase()],
  ] as const)
    it(`that is ${what} is ignored`, () => {
      expect(parseTraceContext(value, 'a=1')).to.equal(null);
    });

  it('drops a state that is too long to be passed on', () => {
    expect(parseTraceContext(PARENT, 'a'.repeat(1024))?.state).to.have.length(1024);
    expect(parseTraceContext(PARENT, 'a'.repeat(1025))?.state).to.equal(null);
  });
});

describe('the ids of a run', () => {
  it('are its own id without hyphens, and hashes of its parts', () => {
    expect(traceIdOf('0F8FAD5B-d9cb-469f-a165-70867728950e')).to.equal('0f8fad5bd9cb469fa16570867728950e');
    expect(spanIdOf('a', 1)).to.match(/^[\da-f]{16}$/);
    expect(spanIdOf('a', 1)).to.equal(spanIdOf('a', 1));
    expect(spanIdOf('a', 1)).not.to.equal(spanIdOf('a', 2));
    expect(spanIdOf('a', '1')).not.to.equal(spanIdOf('a1'));
  });

  it('are hashed if it is not a UUID', () => {
    expect(traceIdOf('run-1')).to.match(/^[\da-f]{32}$/);
    expect(traceIdOf('0'.repeat(32))).not.to.equal('0'.repeat(32));
  });
});

describe('the labels of a run', () => {
  it('contain its parent, but not itself', () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const own = `00-${traceIdOf(id)}-00f067aa0ba902b7-01`;
    expect(parentOf({ id, labels: { __OTEL_TRACEPARENT: PARENT } })?.spanId).to.equal('00f067aa0ba902b7');
    expect(parentOf({ id, labels: { __OTEL_TRACEPARENT: own } })).to.equal(null);
    expect(parentOf({ id, labels: {} })).to.equal(null);
  });

  it('are taken from the environment of the creator', () => {
    expect(traceLabels({ TRACEPARENT: PARENT, TRACESTATE: 'a=1' })).to.deep.equal({
      __OTEL_TRACEPARENT: PARENT,
      __OTEL_TRACESTATE: 'a=1',
    });
    expect(traceLabels({ TRACEPARENT: PARENT })).to.deep.equal({ __OTEL_TRACEPARENT: PARENT });
    expect(traceLabels({ TRACEPARENT: 'nonsense', TRACESTATE: 'a=1' })).to.deep.equal({});
  });
});
