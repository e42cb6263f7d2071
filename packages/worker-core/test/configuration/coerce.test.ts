import { expect } from 'chai';
import { coerceToType } from '../../src/configuration/coerce.js';
import type { FieldType } from '../../src/configuration/field-type.js';
import { ExactNumber } from '../../src/json/exact-number.js';
import type { JsonValue } from '../../src/json/json.js';
import { stringifyJson } from '../../src/json/json-text.js';

describe('coerceToType', () => {
  const cases: readonly (readonly [FieldType, JsonValue, JsonValue])[] = [
    ['integer', ' 512 ', 512],
    ['integer', '+1', 1],
    ['integer', '1_000', 1000],
    ['integer', '1.0', 1],
    ['integer', true, 1],
    ['integer', '1.5', '1.5'],
    ['integer', '1e3', '1e3'],
    ['integer', '_1', '_1'],
    ['integer', '', ''],
    ['number', '1.5', 1.5],
    ['number', '1e3', 1000],
    ['number', '1_000', 1000],
    ['number', false, 0],
    ['number', '0x10', '0x10'],
    ['number', 'Infinity', 'Infinity'],
    ['number', '', ''],
    ['boolean', 'Yes', true],
    ['boolean', 'off', false],
    ['boolean', 1, true],
    ['boolean', 0, false],
    ['boolean', 2, 2],
    ['boolean', ' true', ' true'],
    ['boolean|path?', 'off', false],
    ['boolean|path?', '/etc/ca.pem', '/etc/ca.pem'],
    ['string', 5, 5],
    ['integer?', null, null],
    ['integer', new ExactNumber('2.0'), 2],
    ['number?', new ExactNumber('1e3'), 1000],
    ['boolean', new ExactNumber('1.0'), true],
  ];
  for (const [type, value, expected] of cases) {
    it(`reads ${stringifyJson(value)} for ${type} as ${JSON.stringify(expected)}`, () => {
      expect(coerceToType(type, value)).to.equal(expected);
    });
  }
});
