import { expect } from 'chai';
import fc from 'fast-check';
import { slugifyName, slugifyTag } from '../../src/utilities/slug.js';

const ANY_TEXT = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('&', 'amp;', '#', '6', '5', ';', "'", '-', 'a', ',', '1', 'é', '½', ' ') }),
);

describe('slugifyTag', () => {
  it('keeps only characters that AWS allows, and no dash at either end or next to another', () => {
    fc.assert(
      fc.property(ANY_TEXT, (text) => {
        const slug = slugifyTag(text);
        expect(slug).to.match(/^[a-zA-Z0-9_./=+:@-]*$/);
        expect(slug).to.not.match(/^-|-$|--/);
      }),
    );
  });

  it('does not change its own results', () => {
    fc.assert(
      fc.property(ANY_TEXT, (text) => {
        const slug = slugifyTag(text);
        expect(slugifyTag(slug)).to.equal(slug);
      }),
    );
  });

  it('treats compatible forms of the same characters as equal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/['&;]/.test(text.normalize('NFKC')));
        expect(slugifyTag(text)).to.equal(slugifyTag(text.normalize('NFKC')));
        expect(slugifyTag(text)).to.equal(slugifyTag(text.normalize('NFD')));
      }),
    );
  });

  const cases: readonly (readonly [string, string])[] = [
    ['Größe', 'Gr-e'],
    ['1,234,5', '12345'],
    ['1,a', '1-a'],
    ['Fish &amp; Chips', 'Fish-Chips'],
    ['&#65;&#x42;', 'AB'],
    ['&frac12;', '1-2'],
    ['&alpha;', ''],
    ['&unknown;', 'unknown'],
    ['&#0;', ''],
    ['&#1114112;', '1114112'],
    ['&#65;&#1114112;&#x42;', '65-1114112-B'],
    ["it's", 'it-s'],
    ['it&#39;s', 'its'],
    ['k&rsquo;s', 'k-s'],
    ['ﬁ①²', 'fi12'],
    ['日本', ''],
    ['a_b./=+:@-c', 'a_b./=+:@-c'],
  ];
  for (const [text, slug] of cases) {
    it(`writes ${text} as '${slug}'`, () => {
      expect(slugifyTag(text)).to.equal(slug);
    });
  }
});

describe('slugifyName', () => {
  for (const [name, slug] of [
    ['Worker One', 'worker-one'],
    ['ECSWorker 0f1e', 'ecsworker-0f1e'],
    ['a_b.c/d@e', 'a-b-c-d-e'],
    ['Wörker & Söhne', 'worker-sohne'],
    ['Ø Æ Łódź ß', 'o-ae-lodz-ss'],
    ['Fish &amp; Chips', 'fish-chips'],
    ["it's 1,234", 'it-s-1234'],
    ['--x--', 'x'],
    ['😀', ''],
  ] as const) {
    it(`writes ${name} as '${slug}'`, () => {
      expect(slugifyName(name)).to.equal(slug);
    });
  }
});
