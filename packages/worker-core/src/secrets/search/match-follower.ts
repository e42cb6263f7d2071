import type { EncodedReader } from '../text/encoded-reader.js';
import type { UnitText } from '../text/unit-text.js';
import { isCommonWord, LONGEST_COMMON_WORD } from './common-words.js';
import type { Cuts } from './cut-marks.js';
import { GRAM_LENGTH, type PatternAutomaton, ROOT } from './pattern-automaton.js';
import type { Spans } from './spans.js';
import { beginningStandsFree, LONGEST_LONE_WORD, standsFree, TokenShape } from './word-shapes.js';

const SHORTEST_TOKEN_BEGINNING = 8;

/** Reads a text from a position at which a pattern can begin, and records the ranges to redact. */
export class MatchFollower {
  constructor(private readonly automaton: PatternAutomaton) {}

  /**
   * Reads from the beginning of a pattern as long as the text can be within one.
   *
   * @param entry the state after the first units of the pattern.
   * @param cuts positions at which the text was truncated.
   * @returns the next index at which another pattern can begin; greater than the first.
   */
  follow(text: UnitText, from: number, entry: number, cuts: Cuts, found: Spans): number {
    const { automaton } = this;
    const { units, length } = text;
    let state = automaton.enter(entry);
    let at = from + GRAM_LENGTH;
    for (; ; at += 1) {
      if (automaton.matchOf(state) !== ROOT) this.#addMatch(text, state, at, found);
      if (cuts.isAt(at)) this.#addBeginning(text, state, at, text.endAt(at - 1), found);
      if (at === length || automaton.depthOf(state) < GRAM_LENGTH) break;
      if (!cuts.areAny) {
        const further = automaton.nextAlong(state, units, at, length);
        at += further - state;
        state = further;
        if (at === length) break;
      }
      state = automaton.next(state, units[at] ?? 0);
    }
    if (at < length) return at - automaton.depthOf(state);
    if (text.after < 0) this.#addUnmarkedBeginning(text, state, found);
    return length;
  }

  /**
   * Does the same in a text that is decoded while it is read.
   *
   * @param cuts positions at which the decoded text was truncated.
   * @returns the next position in the original text at which another pattern can begin in the same sequence of bytes.
   */
  followEncoded(reader: EncodedReader, from: number, cuts: Cuts, found: Spans): number {
    const { automaton } = this;
    const { text } = reader;
    let state = ROOT;
    let at = from;
    do {
      if (at >= text.length && !reader.more()) {
        // The last digits can represent a part of a byte.
        if (cuts.isAt(reader.end)) this.#addBeginning(text, state, at, reader.endInOriginal, found);
        return reader.endInOriginal;
      }
      state = automaton.next(state, text.at(at));
      at += 1;
      if (automaton.matchOf(state) !== ROOT) {
        if (at === text.length) reader.more();
        this.#addMatch(text, state, at, found);
      }
    } while (automaton.depthOf(state) >= GRAM_LENGTH || at - from < GRAM_LENGTH);
    // The next byte can begin within the last digit of the preceding byte.
    return text.endAt(at - automaton.depthOf(state) - 1) - 1;
  }

  /** Returns the longest pattern that ends here and may be redacted. Only short patterns may not, so few are tried. */
  #addMatch(text: UnitText, state: number, to: number, found: Spans): void {
    const { automaton } = this;
    for (let match = automaton.matchOf(state); match !== ROOT; match = automaton.matchOf(automaton.failureOf(match))) {
      const depth = automaton.depthOf(match);
      if (depth <= LONGEST_LONE_WORD && !standsFree(text, to - depth, to)) continue;
      found.add(text.startAt(to - depth), text.endAt(to - 1));
      return;
    }
  }

  /** Redacts, up to a position in the original text, the longest beginning of a secret at a truncation. */
  #addBeginning(text: UnitText, state: number, to: number, end: number, found: Spans): void {
    const { automaton } = this;
    for (let each = state; automaton.depthOf(each) >= GRAM_LENGTH; each = automaton.failureOf(each)) {
      const depth = automaton.depthOf(each);
      const isLong = depth > Math.max(LONGEST_COMMON_WORD, LONGEST_LONE_WORD);
      if (!isLong && !isBeginningWorthHiding(text, to - depth, to)) continue;
      found.add(text.startAt(to - depth), end);
      return;
    }
  }

  /** Redacts the beginning of a token at the end of a text, which may have been truncated without a mark. */
  #addUnmarkedBeginning(text: UnitText, state: number, found: Spans): void {
    const depth = this.automaton.depthOf(state);
    if (depth < SHORTEST_TOKEN_BEGINNING) return;
    const shape = new TokenShape();
    const from = text.length - depth;
    for (let at = from; at < text.length && !shape.isToken; at += 1) shape.add(text.at(at));
    if (shape.isToken) found.add(text.startAt(from), text.endAt(text.length - 1));
  }
}

function isBeginningWorthHiding(text: UnitText, from: number, to: number): boolean {
  return beginningStandsFree(text, from, to) && !isCommonWord(text.slice(from, to));
}
