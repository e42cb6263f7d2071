import { expect } from 'chai';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { TomlLines } from '../../src/configuration/toml-lines.js';

const TEXT = `# a comment with = and [brackets]
top = 1
text = """
fake = 1
[not.a.table]
"""
literal = '''
fake2 = "x"'''
list = [ # with a comment ]
  "a]",
  { inner = 1 },
]

[api] # behind a header
url = "http://x" # url
"quoted key" = 2
'lit.eral' = 3
inline = { key = "k", deep = { er = 1 } }

[tool.prefect]
api.key = 'k'

[ spaced . "na me" ]
x=1
[[many]]
one = 1
[[many]]
one = 2
last = true`;

describe('TomlLines', () => {
  const lines = new TomlLines(TEXT);

  for (const [path, line] of [
    [['top'], 2],
    [['text'], 3],
    [['literal'], 7],
    [['list'], 9],
    [['api', 'url'], 15],
    [['api', 'quoted key'], 16],
    [['api', 'lit.eral'], 17],
    [['api', 'inline', 'key'], 18],
    [['api', 'inline', 'deep', 'er'], 18],
    [['tool', 'prefect', 'api', 'key'], 21],
    [['spaced', 'na me', 'x'], 24],
    [['many', 'last'], 29],
    [['fake'], null],
    [['fake2'], null],
    [['not', 'a', 'table'], null],
    [['api', 'gone'], null],
  ] as const) {
    it(`finds ${path.join('.')} at line ${line}`, () => {
      expect(lines.lineOf(path)).to.equal(line);
    });
  }

  it('reads Windows line ends', () => {
    const windows = new TomlLines(TEXT.replaceAll('\n', '\r\n'));
    expect(windows.lineOf(['api', 'url'])).to.equal(15);
    expect(windows.lineOf(['many', 'last'])).to.equal(29);
  });

  it('finds every key of any document where it is written', () => {
    const name = fc.constantFrom('a', 'b', 'c d', 'e.f', '"', 'ü');
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.dictionary(name, fc.dictionary(name, value)), (flat, nested) => {
        const text = stringify({ ...flat, table: nested });
        fc.pre(parse(text) !== null);
        const found = new TomlLines(text);
        const written = text.split('\n');
        for (const [section, members] of Object.entries(nested)) {
          for (const member of Object.keys(members)) {
            const line = found.lineOf(['table', section, member]);
            const start = /^(?:"((?:\\.|[^"\\])*)"|([\w-]+)) = /.exec(written[(line ?? 0) - 1] ?? '');
            expect(start?.[2] ?? JSON.parse(`"${start?.[1]}"`)).to.equal(member);
          }
        }
      }),
    );
  });

  it('terminates for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '"', "'", '[', ']', '{', '}', '\n', '#', '.', ' ') }),
        (text) => {
          expect(new TomlLines(text).lineOf(['zz'])).to.equal(null);
        },
      ),
    );
  });

  it('reads a mebibyte of short lines, of blanks and of comments', () => {
    // Quadratic time would take minutes, and blanks read by recursion overflow.
    const MIB = 1024 * 1024;
    const short = Array.from({ length: MIB / 10 }, (_, index) => `k${index}=1`).join('\n');

    expect(new TomlLines(short).lineOf(['k100000'])).to.equal(100_001);
    expect(new TomlLines(`${' \n'.repeat(MIB / 2)}last=1`).lineOf(['last'])).to.equal(MIB / 2 + 1);
    expect(new TomlLines(`${'#\n'.repeat(MIB / 2)}last=1`).lineOf(['last'])).to.equal(MIB / 2 + 1);
  });
});
