import { BASE64, HEX } from '../text/bit-encodings.js';
import { Unescaper } from '../text/unescape.js';
import { UnitText } from '../text/unit-text.js';
import { Cuts } from './cut-marks.js';
import { EncodedSearch } from './encoded-search.js';
import { MatchFollower } from './match-follower.js';
import type { PatternAutomaton } from './pattern-automaton.js';
import type { PatternGrams } from './pattern-grams.js';
import { Spans } from './spans.js';

const WINDOW = 1 << 16;
/** Maximum number of characters that encode one, for the overlap of windows of a long text. */
const MOST_FOR_ONE = 12;

/**
 * Finds secrets in a text: plain, escaped, and encoded in Base64 or hexadecimal digits.
 *
 * A fixed number of passes, so that the time is linear in any text. Long texts are searched in overlapping windows; the
 * memory used is that for one window.
 */
export class SecretScanner {
  readonly #plain = new UnitText();
  readonly #cuts = new Cuts();
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

  /** @param longest length of the longest pattern in units. */
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
    const found = this.#search(this.#plain);
    const unescaped = this.#unescaper.unescape(this.#plain);
    return unescaped === null ? found : found.with(this.#search(unescaped));
  }

  #search(text: UnitText): Spans {
    const cuts = this.#cuts;
    cuts.find(text);
    const found = new Spans();
    for (let at = this.grams.next(text, 0); at >= 0; at = this.grams.next(text, at))
      at = this.#follower.follow(text, at, this.grams.entry, cuts, found);
    return this.#encoded.reduce((all, search) => all.with(search.find(text, cuts)), found);
  }
}
