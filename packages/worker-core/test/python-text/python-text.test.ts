import { expect } from 'chai';
import fc from 'fast-check';
import type { JsonValue } from '../../src/json/json.js';
import { pythonRepr, pythonStr } from '../../src/python-text/python-text.js';

describe('pythonRepr', () => {
  const cases: readonly (readonly [JsonValue, string])[] = [
    [null, 'None'],
    [true, 'True'],
    [false, 'False'],
    [3, '3'],
    [-3, '-3'],
    [-0, '-0.0'],
    [1.5, '1.5'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e-7, '1e-07'],
    [123456.789, '123456.789'],
    [2 ** 53, '9007199254740992'],
    [1e16, '1e+16'],
    [1e22, '1e+22'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    ['a', "'a'"],
    ["it's", '"it\'s"'],
    ['say "hi"', '\'say "hi"\''],
    ['both \' and "', "'both \\' and \"'"],
    ['\n\t\r\\', "'\\n\\t\\r\\\\'"],
    ['\u0000\u007f\u00a0\u200b', "'\\x00\\x7f\\xa0\\u200b'"],
    ['é😀', "'é😀'"],
    [[], '[]'],
    [{}, '{}'],
    [{ a: 1, b: [true, null, 1.5, 'x'] }, "{'a': 1, 'b': [True, None, 1.5, 'x']}"],
  ];
  for (const [value, text] of cases) {
    it(`prints ${JSON.stringify(value)} as ${text}`, () => {
      expect(pythonRepr(value)).to.equal(text);
    });
  }
});

describe('pythonRepr of any value', () => {
  it('prints numbers that read back as themselves', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(pythonRepr(value))).to.equal(value);
      }),
    );
  });

  it('prints texts in one line of printable characters that can be read back', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom("'", '"', '\\', '\n', '\u0000', '\u00ad', 'é', '😀', ' ', 'x') }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const printed = pythonRepr(value);
        expect(printed).to.match(/^(['"])[^\p{C}\p{Zl}\p{Zp}]*\1$/u);
        expect(readText(printed)).to.equal(value);
      }),
    );
  });
});

/** Parses a text as Python would. */
function readText(printed: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  return printed
    .slice(1, -1)
    .replace(/\\(?:x(..)|u(.{4})|U(.{8})|(.))/gu, (_, two?: string, four?: string, eight?: string, one = '') => {
      const hex = two ?? four ?? eight;
      return hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : (named[one] ?? one);
    });
}

describe('pythonStr', () => {
  it('prints a text unchanged and everything else as repr', () => {
    expect(pythonStr("it's\n")).to.equal("it's\n");
    expect(pythonStr(['a'])).to.equal("['a']");
    expect(pythonStr(null)).to.equal('None');
  });
});
