const FIRST_STATES = 64;
const NONE = -1;
const MULTIPLIER = 0x9e3779b1;
const OTHER_MULTIPLIER = 0x85ebca6b;
const UNIT_BITS = 16;
const LAST_EPOCH = 0x7fff;
const DEPTH_MASK = 0x7fffffff;

/** Offset of a fact in the record of a state. */
export const MATCH = 3;
export const FAILURE = 4;
export const PATTERNS = 5;
export const ENDS = 6;

/** Together with {@link MATCH} in the first record of a state: all that most steps of reading a text need. */
const PARENT = 0;
/** The unit that leads to the state, and in the higher bits the epoch in which its links were computed. */
const UNIT_AND_EPOCH = 1;
/** The depth; its sign says whether the state can have children other than the one with the next number. */
const DEPTH_AND_SIGN = 2;
const RECORD = 4;

/**
 * The tree of states: transitions, and facts about each state. Records are stored in two arrays, indexed by a hash table with
 * open addressing that is at most half full: 40 bytes per state, twice that when the arrays have just grown. Successive states
 * of a pattern usually have successive numbers, and are then found without hashing.
 */
export class StateTable {
  #hot = new Int32Array(FIRST_STATES * RECORD);
  #cold = new Int32Array(FIRST_STATES * RECORD);
  #slots = new Int32Array(FIRST_STATES * 2);
  #shift = 32 - Math.log2(FIRST_STATES * 2);
  /** States used so far; the root is the first. */
  #used = 1;
  readonly #free: number[] = [];
  #epoch = 1;

  constructor() {
    this.#hot[PARENT] = NONE;
  }

  /** Number of states, without the root. */
  get size(): number {
    return this.#used - 1 - this.#free.length;
  }

  /** Capacity in states. */
  get room(): number {
    return this.#hot.length / RECORD;
  }

  get(state: number, fact: number): number {
    return (fact < RECORD ? this.#hot[state * RECORD + fact] : this.#cold[state * RECORD + fact - RECORD]) ?? 0;
  }

  set(state: number, fact: number, value: number): void {
    if (fact < RECORD) this.#hot[state * RECORD + fact] = value;
    else this.#cold[state * RECORD + fact - RECORD] = value;
  }

  parentOf(state: number): number {
    return this.#hot[state * RECORD + PARENT] ?? 0;
  }

  unitOf(state: number): number {
    return (this.#hot[state * RECORD + UNIT_AND_EPOCH] ?? 0) & 0xffff;
  }

  /** Returns the depth of a state in units. */
  depthOf(state: number): number {
    return (this.#hot[state * RECORD + DEPTH_AND_SIGN] ?? 0) & DEPTH_MASK;
  }

  /** Returns whether the links of a state were computed since the last change. */
  isSettled(state: number): boolean {
    return (this.#hot[state * RECORD + UNIT_AND_EPOCH] ?? 0) >> UNIT_BITS === this.#epoch;
  }

  setSettled(state: number): void {
    this.#hot[state * RECORD + UNIT_AND_EPOCH] = (this.#epoch << UNIT_BITS) | this.unitOf(state);
  }

  /** Invalidates the links of all states. */
  unsettleAll(): void {
    this.#epoch += 1;
    if (this.#epoch <= LAST_EPOCH) return;
    this.#epoch = 1;
    for (let state = 1; state < this.#used; state += 1) this.#hot[state * RECORD + UNIT_AND_EPOCH] = this.unitOf(state);
  }

  /** Returns the state that a unit leads to; 0: none. */
  child(parent: number, unit: number): number {
    const hot = this.#hot;
    const next = (parent + 1) * RECORD;
    if (hot[next + PARENT] === parent && ((hot[next + UNIT_AND_EPOCH] ?? 0) & 0xffff) === unit) return parent + 1;
    if ((hot[parent * RECORD + DEPTH_AND_SIGN] ?? 0) >= 0) return 0;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = this.#slotOf(parent, unit); ; slot = (slot + 1) & mask) {
      const state = slots[slot] ?? 0;
      if (state === 0) return 0;
      const record = state * RECORD;
      if (hot[record + PARENT] === parent && ((hot[record + UNIT_AND_EPOCH] ?? 0) & 0xffff) === unit) return state;
    }
  }

  /**
   * Returns the state after as many units as lead from each state to the one with the next number, while those states are
   * linked and match nothing. Its number increased by the number of units read.
   */
  along(from: number, units: Uint16Array, at: number, to: number): number {
    const hot = this.#hot;
    const epoch = this.#epoch << UNIT_BITS;
    let state = from;
    for (let index = at; index < to; index += 1) {
      const next = (state + 1) * RECORD;
      const isNext = hot[next + PARENT] === state && hot[next + UNIT_AND_EPOCH] === (epoch | (units[index] ?? 0));
      if (!isNext || hot[next + MATCH] !== 0) break;
      state += 1;
    }
    return state;
  }

  /** Creates a state. The unit must not have one yet. */
  insert(parent: number, unit: number): number {
    const state = this.#free.pop() ?? this.#used;
    if (state === this.#used) {
      if ((state + 1) * RECORD >= this.#hot.length) this.#grow();
      this.#used += 1;
    }
    const record = state * RECORD;
    this.#cold.fill(0, record, record + RECORD);
    this.#hot[record + PARENT] = parent;
    this.#hot[record + UNIT_AND_EPOCH] = unit;
    this.#hot[record + DEPTH_AND_SIGN] = this.depthOf(parent) + 1;
    this.#hot[record + MATCH] = 0;
    if (state !== parent + 1) this.#hot[parent * RECORD + DEPTH_AND_SIGN] = this.depthOf(parent) | ~DEPTH_MASK;
    this.#place(state);
    return state;
  }

  /** Removes a state without children. */
  remove(state: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#homeOf(state);
    while (slots[hole] !== state) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const other = slots[slot] ?? 0;
      if (((slot - this.#homeOf(other)) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = other;
      hole = slot;
    }
    slots[hole] = 0;
    this.#hot[state * RECORD + PARENT] = NONE;
    this.#free.push(state);
  }

  #slotOf(parent: number, unit: number): number {
    const hash = Math.imul(parent, MULTIPLIER) ^ Math.imul(unit + 1, OTHER_MULTIPLIER);
    return Math.imul(hash ^ (hash >>> 15), MULTIPLIER) >>> this.#shift;
  }

  #homeOf(state: number): number {
    return this.#slotOf(this.parentOf(state), this.unitOf(state));
  }

  #place(state: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#homeOf(state);
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = state;
  }

  #grow(): void {
    this.#hot = doubled(this.#hot);
    this.#cold = doubled(this.#cold);
    const slots = this.#slots.length * 2;
    this.#slots = new Int32Array(slots);
    this.#shift = 32 - Math.log2(slots);
    for (let state = 1; state < this.#used; state += 1) if (this.parentOf(state) !== NONE) this.#place(state);
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(array.length * 2);
  twice.set(array);
  return twice;
}
