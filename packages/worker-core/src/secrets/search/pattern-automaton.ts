import { ENDS, FAILURE, MATCH, PATTERNS, StateTable } from './state-table.js';

/** The state before any unit was read. */
export const ROOT = 0;

/**
 * Length in units of the shortest pattern. The automaton reads texts only where they begin with this many units of a pattern.
 */
export const GRAM_LENGTH = 4;

/**
 * Searches a text for many patterns at once (Aho–Corasick). The state after each unit is the longest beginning of a pattern
 * that the text read so far ends with, so it finds both complete patterns and beginnings of patterns.
 *
 * Reading a text of n units takes O(n) steps for any patterns and text: each unit descends at most one level, and each failure
 * ascends. Adding or removing a pattern of m units takes O(m) and invalidates failure links. A link is computed again when a
 * text reaches its state, which takes at most as many steps as all patterns have units, and usually as many as the text visits
 * states. There are at most as many states as units of all patterns.
 */
export class PatternAutomaton {
  readonly #states = new StateTable();
  readonly #unsettled: number[] = [];
  /** Number of transitions looked up: a measure of the work done. */
  steps = 0;

  /** Number of states, without the root. */
  get states(): number {
    return this.#states.size;
  }

  /** Capacity in states: a measure of the memory used. */
  get room(): number {
    return this.#states.room;
  }

  /**
   * @param firstEnd number of units after which the pattern counts as found.
   * @returns the state after the first {@link GRAM_LENGTH} units.
   */
  add(pattern: string, firstEnd = pattern.length): number {
    this.#states.unsettleAll();
    let state = ROOT;
    let entry = ROOT;
    for (let at = 0; at < pattern.length; at += 1) {
      const unit = pattern.charCodeAt(at);
      state = this.#states.child(state, unit) || this.#states.insert(state, unit);
      this.#count(state, PATTERNS, 1);
      if (at + 1 >= firstEnd) this.#count(state, ENDS, 1);
      if (at + 1 === GRAM_LENGTH) entry = state;
    }
    return entry;
  }

  /**
   * Reverses one {@link add} with the same arguments.
   *
   * @returns whether no other pattern begins with the same {@link GRAM_LENGTH} units.
   */
  remove(pattern: string, firstEnd = pattern.length): boolean {
    this.#states.unsettleAll();
    const path: number[] = [];
    let state = ROOT;
    for (let at = 0; at < pattern.length; at += 1) {
      state = this.#states.child(state, pattern.charCodeAt(at));
      this.#count(state, PATTERNS, -1);
      if (at + 1 >= firstEnd) this.#count(state, ENDS, -1);
      path.push(state);
    }
    const unused = path.filter((each) => this.#states.get(each, PATTERNS) === 0);
    for (const each of unused.toReversed()) this.#states.remove(each);
    return path.length - unused.length < GRAM_LENGTH;
  }

  /** Moves to a state, such as {@link add} returns, without reading. */
  enter(state: number): number {
    if (!this.#isSettled(state)) this.#settle(state);
    return state;
  }

  /** Returns the state after one more unit. */
  next(from: number, unit: number): number {
    return this.enter(this.#transition(from, unit));
  }

  /**
   * Reads units while they descend and match nothing. Equivalent to {@link next} for each of them, but faster.
   *
   * @returns the state; its depth increased by the number of units read.
   */
  nextAlong(from: number, units: Uint16Array, at: number, to: number): number {
    const state = this.#states.along(from, units, at, to);
    this.steps += state - from;
    return state;
  }

  /** Returns how many of the last units are the beginning of a pattern. */
  depthOf(state: number): number {
    return this.#states.depthOf(state);
  }

  /** Returns the longest pattern that the text ends with in this state, as its state; {@link ROOT}: none. */
  matchOf(state: number): number {
    return this.#states.get(state, MATCH);
  }

  /** Returns the next shorter beginning of a pattern that the text ends with in this state. */
  failureOf(state: number): number {
    return this.#states.get(state, FAILURE);
  }

  /** Returns the transition from a linked state, and links the states that its failures lead to. */
  #transition(from: number, unit: number): number {
    for (let state = from; ; state = this.#states.get(state, FAILURE)) {
      this.steps += 1;
      const child = this.#states.child(state, unit);
      if (child !== ROOT || state === ROOT) return child;
    }
  }

  /** Computes the failure link of a state, after those of the states it depends on, all of which are less deep. */
  #settle(wanted: number): void {
    const unsettled = this.#unsettled;
    unsettled.push(wanted);
    for (let state = unsettled.at(-1); state !== undefined; state = unsettled.at(-1)) {
      const missing = this.#isSettled(state) ? ROOT : this.#trySettle(state);
      if (missing === ROOT) unsettled.pop();
      else unsettled.push(missing);
    }
  }

  /** Links a state, or returns the state that must be linked before. */
  #trySettle(state: number): number {
    const parent = this.#states.parentOf(state);
    let failure = ROOT;
    if (parent !== ROOT) {
      if (!this.#isSettled(parent)) return parent;
      failure = this.#transition(this.failureOf(parent), this.#states.unitOf(state));
      if (!this.#isSettled(failure)) return failure;
    }
    this.#states.set(state, FAILURE, failure);
    this.#states.set(state, MATCH, this.#states.get(state, ENDS) > 0 ? state : this.matchOf(failure));
    this.#states.setSettled(state);
    return ROOT;
  }

  #isSettled(state: number): boolean {
    return state === ROOT || this.#states.isSettled(state);
  }

  #count(state: number, fact: number, by: number): void {
    this.#states.set(state, fact, this.#states.get(state, fact) + by);
  }
}
