import { expect } from 'chai';
import fc from 'fast-check';
import { CommandLineError, splitCommand } from '../../src/utilities/split-command.js';

/** Quotes a word so that any shell reads it unchanged. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

describe('splitCommand', () => {
  it('returns every list of words that was quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(splitCommand(words.map(quote).join(' '))).to.deep.equal(words);
      }),
    );
  });

  it('returns words whose special characters were escaped individually', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (words) => {
        const escaped = words.map((word) => word.replace(/[^A-Za-z0-9]/gu, (character) => `\\${character}`));
        expect(splitCommand(escaped.join(' \t\n'))).to.deep.equal(words);
      }),
    );
  });

  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['  \t\r\n ', []],
    ['a  b', ['a', 'b']],
    [`a '' ""`, ['a', '', '']],
    [`a"b c"'d e'f`, ['ab cd ef']],
    ['"\\$x \\" \\\\ \\n"', ['\\$x " \\ \\n']],
    ["'\\'", ['\\']],
    ['a\\\nb', ['a\nb']],
    ['a; b | c && d # e', ['a;', 'b', '|', 'c', '&&', 'd', '#', 'e']],
    ['a\u00a0b\u000bc', ['a\u00a0b\u000bc']],
  ];
  for (const [command, words] of cases) {
    it(`splits ${JSON.stringify(command)} as Python's shlex does`, () => {
      expect(splitCommand(command)).to.deep.equal(words);
    });
  }

  for (const command of ['"a', "'a", '"a\\', '"a\\"', 'a\\']) {
    it(`rejects ${command}`, () => {
      expect(() => splitCommand(command)).to.throw(
        CommandLineError,
        /["']/.test(command) ? /no closing quotation/ : /no escaped character/,
      );
    });
  }
});
