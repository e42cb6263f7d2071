import { expect } from 'chai';
import { readableError } from '../../src/host/readable-error.js';

const LONG = 'x'.repeat(10_001);
const CUT = `${'x'.repeat(10_000)}… (10001 characters)`;
const codeOf = (error: unknown) => (readableError(error, 'fake') as { code?: string }).code;

/** An error below this many others. */
const under = (depth: number, cause: unknown): Error =>
  depth === 0 ? new Error('top', { cause }) : new Error(`at ${depth}`, { cause: under(depth - 1, cause) });

describe('readableError', () => {
  it('returns the error of a plugin unchanged, with its causes', () => {
    for (const error of [new Error('plain'), under(2, undefined), under(1, null), under(1, 'a text'), 'text', null]) {
      expect(readableError(error, 'fake')).to.equal(error);
    }
  });

  it('truncates messages and stacks beyond 10,000 characters, also of causes, and keeps them writable', () => {
    const cause = new Error(LONG);
    cause.stack = LONG;
    const error = new Error('x'.repeat(10_000), { cause });
    error.stack = 'x'.repeat(10_000);

    expect(readableError(error, 'fake')).to.equal(error);

    expect([error.message, error.stack]).to.deep.equal(['x'.repeat(10_000), 'x'.repeat(10_000)]);
    expect([cause.message, cause.stack]).to.deep.equal([CUT, CUT]);
    expect(Object.getOwnPropertyDescriptor(cause, 'message')).to.include({ configurable: true, writable: true });
  });

  it('truncates a thrown text, and converts it to an error', () => {
    expect(readableError('x'.repeat(10_000), 'fake')).to.equal('x'.repeat(10_000));
    expect(readableError(LONG, 'fake')).to.be.an('error').with.property('message', CUT);
  });

  it('keeps an error whose cause is a long text, because the cause is never stored', () => {
    const error = new Error('short', { cause: LONG });

    expect(readableError(error, 'fake')).to.equal(error);
  });

  it('replaces an error without message or name, or whose members throw', () => {
    const nameless = Object.assign(new Error('x'), { name: 7 });
    const wordless = Object.assign(new Error('x'), { message: {} });
    const throwing = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    const unprintable = Object.create(null);

    for (const error of [nameless, wordless, throwing, unprintable, under(3, nameless), under(1, unprintable)]) {
      expect(codeOf(error)).to.equal('PLUGIN_ERROR_UNREADABLE');
    }
  });

  it('keeps an error without a stack', () => {
    const error = Object.assign(new Error('x'), { stack: undefined });

    expect(readableError(error, 'fake')).to.equal(error);
  });

  it('reads five errors deep, and ignores deeper ones', () => {
    const nameless = Object.assign(new Error('x'), { name: 7 });
    const unprintable = Object.assign(new Error('x'), { message: Object.create(null) });

    expect(codeOf(under(3, nameless))).to.equal('PLUGIN_ERROR_UNREADABLE');
    for (const deep of [nameless, unprintable]) expect(codeOf(under(4, deep))).to.equal(undefined);
  });
});
