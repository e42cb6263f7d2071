import { BASE64, HEX } from '../text/bit-encodings.js';
import { Unescaper } from '../text/unescape.js';
import { CUT_MARK } from '../text/unit-kinds.js';
import { UnitText } from '../text/unit-text.js';
import { findCuts } from './cut-marks.js';
import { EncodedSearch } from './encoded-search.js';
import { MatchFollower } from './match-follower.js';
import type { PatternAutomaton } from './pattern-automaton.js';
import type { PatternGrams } from './pattern-grams.js';
import { Spans } from './spans.js';

const WINDOW = 1 << 16;
/** The most characters that stand for one, as far as the windows of a long text are concerned. */
const MOST_FOR_ONE = 12;

/**
 * Finds secrets in a text: as it stands, unescaped, and encoded in Base64 or hexadecimal digits.
 *
 * Each of these is one pass, and their number is fixed, so that the time is linear in the text whatever it holds. Long
 * texts are searched in overlapping windows; the memory used is that for one window.
 */
export class SecretScanner {
  readonly #plain = new UnitText();
  readonly #unescaper = new Unescaper();
  readonly #follower: MatchFollower;
  readonly #encoded: readonly EncodedSearch[];

  constructor(
    automaton: PatternAutomaton,
    private readonly grams: PatternGrams,
  ) {
    this.#follower = new MatchFollower(automaton);
    this.#encoded = [BASE64, HEX].map((encoding) => new EncodedSearch(encoding, grams, this.#follower));
  }

  /** @param longest units of the longest pattern. */
  find(text: string, longest: number): Spans {
    const overlap = longest * MOST_FOR_ONE;
    const size = Math.max(WINDOW, overlap * 4);
    const found = new Spans();
    for (let from = 0; ; from += size - overlap) {
      const to = Math.min(from + size, text.length);
      this.#plain.load(text, from, to);
      found.append(this.#findInWindow());
      if (to === text.length) return found;
    }
  }

  #findInWindow(): Spans {
    const plain = this.#plain;
    const cuts = cutsIn(plain);
    const found = this.#search(plain, cuts);
    const unescaped = this.#unescaper.unescape(plain);
    if (unescaped === null) return found;
    return found.with(this.#search(unescaped, merged(cuts, cutsIn(unescaped))));
  }

  #search(text: UnitText, cuts: readonly number[]): Spans {
    const found = new Spans();
    const cutIndices = indicesOf(cuts, text);
    for (let at = this.grams.next(text, 0); at >= 0; at = this.grams.next(text, at))
      at = this.#follower.follow(text, at, this.grams.entry, cutIndices, found);
    return this.#encoded.reduce((all, search) => all.with(search.find(text, cuts)), found);
  }
}

/** The places in the original text at which a text was cut. */
function cutsIn(text: UnitText): readonly number[] {
  const cuts: number[] = [];
  if ((text.kinds & CUT_MARK) !== 0) findCuts(text, cuts);
  return cuts;
}

/** Places in the original text as indices: before the first unit that ends behind the place. */
function indicesOf(places: readonly number[], text: UnitText): readonly number[] {
  let at = 0;
  return places.map((place) => {
    while (at < text.length && text.endAt(at) <= place) at += 1;
    return at;
  });
}

/** Two ascending lists as one. */
function merged(some: readonly number[], others: readonly number[]): readonly number[] {
  const all: number[] = [];
  for (let a = 0, b = 0; a < some.length || b < others.length; ) {
    const one = some[a] ?? Number.POSITIVE_INFINITY;
    const other = others[b] ?? Number.POSITIVE_INFINITY;
    all.push(Math.min(one, other));
    if (one <= other) a += 1;
    if (other <= one) b += 1;
  }
  return all;
}
