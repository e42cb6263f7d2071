import { expect } from 'chai';
import { Cuts } from '../../../src/secrets/search/cut-marks.js';
import { UnitText } from '../../../src/secrets/text/unit-text.js';

/** Counts how many units are read in addition to the one pass over all. */
class CountingText extends UnitText {
  looks = 0;

  override at(index: number): number {
    this.looks += 1;
    return super.at(index);
  }
}

function textOf(text: string): CountingText {
  const units = new CountingText();
  units.load(text, 0, text.length);
  return units;
}

/** Returns the number of units read to find the marks. */
function looksFor(text: string): number {
  const units = textOf(text);
  new Cuts().find(units);
  return units.looks / text.length;
}

function cutsIn(text: string): readonly number[] {
  const cuts = new Cuts();
  cuts.find(textOf(text));
  return Array.from({ length: text.length + 1 }, (_, at) => at).filter((at) => cuts.isAt(at));
}

describe('Cuts', () => {
  it('finds the end of truncated and of quoted text', () => {
    expect(cutsIn('abcd...')).to.deep.equal([4]);
    expect(cutsIn('abcd … (cut)')).to.deep.equal([4, 6]);
    expect(cutsIn('"abcd"... 3 more')).to.deep.equal([5, 6]);
    expect(cutsIn('abcd (12 more bytes)')).to.deep.equal([4]);
    expect(cutsIn('ab\\u00...')).to.deep.equal([2, 6]);
  });

  it('finds nothing in other texts, and forgets previous ones', () => {
    const cuts = new Cuts();
    cuts.find(textOf('abcd...'));
    for (const text of [
      'abcd',
      'a.b.c',
      'abcd (see [2])',
      'f(cutter)',
      'a--cutter',
      '-cut',
      '-- 12 a',
      'a - cut',
      '{"a": 12, "more": 3}',
    ]) {
      cuts.find(textOf(text));
      for (let at = 0; at <= text.length; at += 1) expect(cuts.isAt(at), `${text} ${at}`).to.equal(false);
    }
  });

  for (const unit of [
    '.',
    '.. ',
    ' ',
    '... ',
    '(cut) ',
    '[1 ',
    '(a b c d ',
    '…',
    '%..',
    '\\"..',
    '&#..',
    '"..',
    '{',
    '. ',
  ]) {
    it(`reads few units per unit of a text that repeats ${unit}`, () => {
      const looks = looksFor(unit.repeat(1000));
      expect(looks).to.be.at.most(40);
      expect(looksFor(unit.repeat(10_000))).to.be.at.most(looks * 1.1 + 1);
    });
  }
});
