import { jsonExcess } from '@worker-host/core';
import { expect } from 'chai';

describe('jsonExcess', () => {
  it('accepts usual input, whatever the length of its texts', () => {
    for (const text of [
      '',
      'null',
      '"x"',
      `[${'['.repeat(999)}`,
      `"${'[,{'.repeat(1_000_000)}"`,
      `[${'0,'.repeat(199_998)}0]`,
    ])
      expect(jsonExcess(text)).to.equal(null);
  });

  it('reports too many levels or values', () => {
    expect(jsonExcess('['.repeat(1001))).to.equal('has more than 1000 levels');
    expect(jsonExcess('{"a":'.repeat(1001))).to.equal('has more than 1000 levels');
    expect(jsonExcess('[],'.repeat(200_000))).to.equal('has more than 200000 values');
  });

  it('counts values after a text that ends in backslashes or quotes', () => {
    const tail = '['.repeat(1001);
    for (const text of ['"\\\\"', '"\\""', '"a\\\\\\"b"', '""'])
      expect(jsonExcess(`[${text},${tail}`)).to.not.equal(null);
    for (const text of ['"\\"', '"', '"\\\\\\"']) expect(jsonExcess(`[${text},${tail}`)).to.equal(null);
  });

  it('takes linear time for texts of backslashes and unclosed quotes', () => {
    expect(jsonExcess(`"${'\\'.repeat(4_000_000)}`)).to.equal(null);
    expect(jsonExcess('\\"'.repeat(2_000_000))).to.equal(null);
  });
});
