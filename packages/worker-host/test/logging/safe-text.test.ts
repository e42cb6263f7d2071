import { expect } from 'chai';
import { safeOutput, safeText } from '../../src/logging/safe-text.js';

describe('safeText', () => {
  it('escapes characters that move the cursor, ring, or reverse text', () => {
    expect(safeText('a\nb\tc\u001b[2Jd\u0007e\u009bf\u202eg\u2028h')).to.equal(
      'a\\nb\\tc\\e[2Jd\\x07e\\x9bf\\u202eg\\u2028h',
    );
  });

  it('keeps every other character', () => {
    expect(safeText('Ünïcode 漢字 🎉 "quoted"')).to.equal('Ünïcode 漢字 🎉 "quoted"');
  });
});

describe('safeOutput', () => {
  it('keeps tabs and colours, and ends colours with the line', () => {
    expect(safeOutput('\u001b[1;31mred\tx')).to.equal('\u001b[1;31mred\tx\u001b[0m');
    expect(safeOutput('plain')).to.equal('plain');
  });

  it('escapes every other control sequence', () => {
    expect(safeOutput('50%\r100%\u001b]0;title\u0007\u001b[2J')).to.equal('50%\\r100%\\e]0;title\\x07\\e[2J');
  });
});
