import {
  applyValues,
  ExactNumber,
  isExactNumber,
  isJsonObject,
  parseJson,
  pythonStr,
  stringifyJson,
} from '@worker-host/core';
import { expect } from 'chai';
import fc from 'fast-check';

/** Texts of numbers, and what Python prints for them. */
const PRINTED: readonly (readonly [string, string])[] = [
  ['2.0', '2.0'],
  ['-2.0', '-2.0'],
  ['0.0', '0.0'],
  ['-0.0', '-0.0'],
  ['-0', '0'],
  ['1e3', '1000.0'],
  ['1E2', '100.0'],
  ['1.50', '1.5'],
  ['1e16', '1e+16'],
  ['9007199254740993.0', '9007199254740992.0'],
  ['1e-5', '1e-05'],
  ['1e400', 'inf'],
  ['1098765432109876543', '1098765432109876543'],
  ['-9007199254740993', '-9007199254740993'],
  ['123456789012345678901234567890', '123456789012345678901234567890'],
  ['9007199254740991', '9007199254740991'],
  ['17', '17'],
];

describe('parseJson', () => {
  for (const [text, printed] of PRINTED) {
    it(`keeps ${text}, which Python prints as ${printed}`, () => {
      const [value] = parseJson(`[${text}]`) as [number];

      expect(pythonStr(value)).to.equal(printed);
    });
  }

  it('finds numbers at every position of a text', () => {
    const value = parseJson('{"a": {"b" : 2.0},"c":[1,3.0,{"d":\n4e0}], "e": [[5.0]]}');

    expect(pythonStr(value)).to.equal("{'a': {'b': 2.0}, 'c': [1, 3.0, {'d': 4.0}], 'e': [[5.0]]}");
    expect(pythonStr(parseJson('2.0'))).to.equal('2.0');
  });

  it('returns plain numbers if they are equivalent', () => {
    expect(parseJson('[1, -5, 0, 1.5, 2e-1]')).to.deep.equal([1, -5, 0, 1.5, 0.2]);
  });

  it('leaves texts unchanged that look like numbers', () => {
    expect(parseJson('{"a": "2.0", "b": ",2.0", "c": "\\":2.0"}')).to.deep.equal({ a: '2.0', b: ',2.0', c: '":2.0' });
  });

  it('reads everything else as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseJson(text))).to.equal(JSON.stringify(JSON.parse(text)));
      }),
    );
    expect(Object.keys(parseJson('{"__proto__": 2.0, "a": 1.0, "a": 3}') as object)).to.deep.equal(['__proto__', 'a']);
    expect(pythonStr(parseJson('{"a": 1.0, "a": 3.0}'))).to.equal("{'a': 3.0}");
  });

  it('reads deeper nesting than a recursive parser could', () => {
    const depth = 6_000;
    const text = `${'['.repeat(depth)}2.0${']'.repeat(depth)}`;

    expect(() => parseJson(text)).not.to.throw();
  });

  it('rejects what JSON.parse rejects', () => {
    for (const text of ['', '[2.0,]', '{2.0: 1}', '01', '2.', '[1 2.0]', '{"a": NaN}']) {
      expect(() => parseJson(text), text).to.throw(SyntaxError);
    }
  });
});

describe('stringifyJson', () => {
  it('writes numbers as they were read', () => {
    const text = '{"a":[2.0,1e3,1098765432109876543,-0.0,1.5,7],"b":"2.0","c":null}';

    expect(stringifyJson(parseJson(text))).to.equal(text);
  });

  it('writes everything else as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyJson(value as never)).to.equal(JSON.stringify(value));
      }),
    );
  });
});

describe('ExactNumber', () => {
  it('converts to its value', () => {
    const number = new ExactNumber('2.0');

    expect(Number(number)).to.equal(2);
    expect(JSON.stringify({ number })).to.equal('{"number":2}');
    expect(`${number}`).to.equal('2.0');
    expect(isJsonObject(number)).to.equal(false);
  });

  it('is recognised from any copy of the package', () => {
    const ofAnotherCopy = Object.assign(new Number(2), { text: '2.0', [Symbol.for('worker-host.exact-number')]: true });

    expect(isExactNumber(ofAnotherCopy)).to.equal(true);
    expect(isExactNumber({ text: '2.0' })).to.equal(false);
    expect(isExactNumber(2)).to.equal(false);
  });

  it('passes through templates, and prints as Python does within longer texts', () => {
    const values = parseJson('{"tag": 2.0, "id": 1098765432109876543}') as { readonly tag: ExactNumber };

    expect(applyValues('repo:{{ tag }}-{{ id }}', values)).to.equal('repo:2.0-1098765432109876543');
    expect(applyValues('{{ tag }}', values)).to.equal(values.tag);
    expect(applyValues(values, {})).to.deep.equal(values);
  });
});
