import { PatternAutomaton } from './search/pattern-automaton.js';
import { PatternGrams } from './search/pattern-grams.js';
import { SecretScanner } from './search/secret-scanner.js';
import { patternsOf } from './secret-patterns.js';

const FEWEST_STATES_TO_COMPACT = 1 << 14;

/** The secrets that are redacted now, each with its number of holders. */
export class SecretIndex {
  readonly #holders = new Map<string, number>();
  #automaton = new PatternAutomaton();
  #grams = new PatternGrams();
  #scanner = new SecretScanner(this.#automaton, this.#grams);
  #longest = 0;
  #mostStates = 0;

  /** Steps of the search so far, a measure of the work done; restarts at 0 when memory is released. */
  get steps(): number {
    return this.#automaton.steps;
  }

  /** Number of states for all secrets. */
  get states(): number {
    return this.#automaton.states;
  }

  /** Capacity in states, a measure of the memory used. */
  get room(): number {
    return this.#automaton.room;
  }

  /** Returns whether a text is a secret that is redacted. */
  has(text: string): boolean {
    return this.#holders.has(text) && patternsOf(text).length > 0;
  }

  /** Starts to redact a secret. */
  add(secret: string): void {
    const holders = this.#holders.get(secret) ?? 0;
    this.#holders.set(secret, holders + 1);
    if (holders === 0) this.#addPatterns(secret);
  }

  /** Reverses one {@link add}; after the last, the secret is no longer redacted. */
  remove(secret: string): void {
    const holders = this.#holders.get(secret) ?? 0;
    if (holders > 1) {
      this.#holders.set(secret, holders - 1);
      return;
    }
    this.#holders.delete(secret);
    for (const { text, firstEnd } of patternsOf(secret)) {
      const isLast = this.#automaton.remove(text, firstEnd);
      this.#grams.remove(text, isLast);
    }
    if (this.#mostStates > FEWEST_STATES_TO_COMPACT && this.states < this.#mostStates / 8) this.#compact();
  }

  /** Returns the text with all secrets replaced; the same text if it contains none. */
  redact(text: string, replacement: string): string {
    if (this.states === 0) return text;
    const found = this.#scanner.find(text, this.#longest);
    return found.size === 0 ? text : found.replaceIn(text, replacement);
  }

  #addPatterns(secret: string): void {
    for (const { text, firstEnd } of patternsOf(secret)) {
      const entry = this.#automaton.add(text, firstEnd);
      this.#grams.add(text, entry);
      this.#longest = Math.max(this.#longest, text.length);
    }
    this.#mostStates = Math.max(this.#mostStates, this.states);
  }

  /** Releases the memory of many removed secrets. */
  #compact(): void {
    this.#automaton = new PatternAutomaton();
    this.#grams = new PatternGrams();
    this.#scanner = new SecretScanner(this.#automaton, this.#grams);
    this.#longest = 0;
    this.#mostStates = 0;
    for (const secret of this.#holders.keys()) this.#addPatterns(secret);
  }
}
