import { expect } from 'chai';
import { parseDotenv } from '../../../../src/orchestrators/prefect/settings/dotenv-file.js';

describe('parseDotenv', () => {
  for (const [title, text, expected] of [
    ['takes a plain value', 'A=b', { A: 'b' }],
    ['trims blanks round name and value', '  A = b c  ', { A: 'b c' }],
    ['takes an export', 'export A=b', { A: 'b' }],
    ['takes an empty value', 'A=\nB=1', { A: '', B: '1' }],
    ['cuts a comment after a blank only', 'A=b#c # d', { A: 'b#c' }],
    ['skips comments and names without a value', '# A=b\nC\nD=1', { D: '1' }],
    ['keeps everything inside single quotes', "A='b # \\n\"c' # d", { A: 'b # \\n"c' }],
    ['reads escapes inside double quotes', 'A="b\\n\\"c\\q"', { A: 'b\n"c\\q' }],
    ['reads quoted text over lines', 'A="b\nc"\nD=1', { A: 'b\nc', D: '1' }],
    ['reads lines that end as on Windows', 'A=b\r\nB=c\r\n', { A: 'b', B: 'c' }],
    [
      'fills in names from above, then the environment, then the default',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the file format's own
      'A=1\nB=${A}${X}${Y:-z}${W}',
      { A: '1', B: '1ez' },
    ],
  ] as const) {
    it(title, () => {
      const { entries } = parseDotenv(text, { X: 'e' });
      expect(Object.fromEntries([...entries].map(([name, { value }]) => [name, value]))).to.deep.equal(expected);
    });
  }

  for (const [title, text, expected, lines] of [
    ['a quote that does not close', 'A="b\nB=1', { B: '1' }, [1]],
    ['text behind a closing quote', "A='b' c\nB=1", { B: '1' }, [1]],
    ['a line without a name', '=b\nB=1', { B: '1' }, [1]],
    ['a name of two words', '\n\nA C=b\nB=1', { B: '1' }, [3]],
    ['an escaped quote at the end', "A='b\\'\nB=1", { B: '1' }, [1]],
    ['each of several', '=\nA=1\nB = "\n', { A: '1' }, [1, 3]],
  ] as const) {
    it(`skips ${title}, up to the end of its line, and reports the line`, () => {
      const { entries, unreadableLines } = parseDotenv(text, {});
      expect(Object.fromEntries([...entries].map(([name, { value }]) => [name, value]))).to.deep.equal(expected);
      expect(unreadableLines).to.deep.equal(lines);
    });
  }

  it('reports the line at which each setting begins', () => {
    const { entries } = parseDotenv('\ufeffA=1\r\n# c\r\nB="x\r\ny"\r\n\r\n  export C=2\nA=3', {});
    expect([...entries].map(([name, { line }]) => [name, line])).to.deep.equal([
      ['A', 7],
      ['B', 3],
      ['C', 6],
    ]);
  });

  it('reads blanks and comments as Python does', () => {
    const text = 'A=#x\nB= #x\nC=x\u2028#\u0085y\nD\u001c=\u3000d\u00a0\nE=\ufeff';
    const { entries } = parseDotenv(text, {});
    expect(Object.fromEntries([...entries].map(([name, { value }]) => [name, value]))).to.deep.equal({
      A: '#x',
      B: '',
      C: 'x',
      D: 'd',
      E: '\ufeff',
    });
  });

  // Quadratic time would take minutes for these.
  const MIB = 1024 * 1024;
  for (const [title, text] of [
    ['blanks within a value', `A=x${' '.repeat(MIB - 10)}y`],
    ['beginnings of references', `A=${'${'.repeat(MIB / 2 - 10)}`],
    ['references that are none', `A=${'${:'.repeat(MIB / 3 - 10)}}`],
    ['comments', `A=${' #'.repeat(MIB / 2)}`],
    ['quotes', "A='x\n".repeat(MIB / 5)],
  ] as const) {
    it(`reads a mebibyte of ${title}`, () => {
      expect(parseDotenv(text, {}).entries.size).to.be.lessThan(2);
    });
  }

  it('refuses values that grow with each line', () => {
    const doubled = (name: string): string => `\${${name}}\${${name}}`;
    const lines = Array.from({ length: 60 }, (_, index) => `V${index + 1}=${doubled(`V${index}`)}`);

    expect(() => parseDotenv(['V0=x', ...lines].join('\n'), {})).to.throw('expand to more than 1048576 characters');
  });

  it('adds no properties that every object inherits', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file format's own
    const { entries } = parseDotenv('A=<${constructor}${toString}${__proto__}>', {});

    expect(entries.get('A')?.value).to.equal('<>');
  });
});
