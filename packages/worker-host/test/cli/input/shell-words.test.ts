import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { joinShellWords, quoteShellWord } from '../../../src/cli/input/shell-words.js';

describe('shell words', () => {
  const cases: readonly (readonly [word: string, quoted: string])[] = [
    ['hello', 'hello'],
    ['a/b_c-1.0@x%+=:,', 'a/b_c-1.0@x%+=:,'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", `'it'"'"'s'`],
    ['$HOME', "'$HOME'"],
    ['a\nb', "'a\nb'"],
    ['back\\slash', "'back\\slash'"],
    ['#no comment', "'#no comment'"],
    ['~', "'~'"],
    ['ü', "'ü'"],
  ];
  for (const [word, quoted] of cases) {
    it(`quotes ${JSON.stringify(word)} as ${JSON.stringify(quoted)}`, () => {
      expect(quoteShellWord(word)).to.equal(quoted);
    });
  }

  it('joins words with one space', () => {
    expect(joinShellWords(['sh', '-c', 'echo hello'])).to.equal("sh -c 'echo hello'");
  });

  it('are split into the same words by a shell', () => {
    const anyWord = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));

    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 6 }), (words) => {
        const script = `for word in ${joinShellWords(words)}; do printf '%s\\0' "$word"; done`;
        const printed = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).to.deep.equal(words);
      }),
      { numRuns: 25 },
    );
  });
});
