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
      expect(Object.fromEntries(parseDotenv(text, { X: 'e' }))).to.deep.equal(expected);
    });
  }
});
