import { kindOf } from './unit-kinds.js';

const FIRST_CAPACITY = 256;

/**
 * Code units of a text, each with the range of the original text it was read from. Reusable; grows as needed.
 *
 * Passes over whole texts read the arrays; `at`, `startAt` and `endAt` are for the few positions of matches.
 */
export class UnitText {
  units = new Uint16Array(FIRST_CAPACITY);
  length = 0;
  /** All kinds of units that occur, as bits. */
  kinds = 0;
  /** The unit before the first one; -1: none. */
  before = -1;
  /** The unit after the last one; -1: none. */
  after = -1;
  /** Where each unit begins and ends in the original text; used unless units and original are the same. */
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  /** Where the units begin in the original text, if they are the same; -1: they are not. */
  #offset = 0;

  /** Replaces the contents with a part of a text. */
  load(text: string, from: number, to: number): void {
    this.length = to - from;
    this.#offset = from;
    this.before = from > 0 ? text.charCodeAt(from - 1) : -1;
    this.after = to < text.length ? text.charCodeAt(to) : -1;
    if (this.length > this.units.length) this.units = new Uint16Array(capacityFor(this.length));
    const { units, length } = this;
    let kinds = 0;
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(from + index);
      units[index] = unit;
      kinds |= kindOf(unit);
    }
    this.kinds = kinds;
  }

  /** Clears the text, so that units can be pushed. */
  clear(): void {
    this.length = 0;
    this.kinds = 0;
    this.#offset = -1;
    if (this.#starts.length < this.units.length) this.#reserve(this.units.length);
  }

  push(unit: number, start: number, end: number): void {
    const at = this.length;
    if (at === this.units.length) this.#reserve(at * 2);
    this.units[at] = unit;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.length = at + 1;
    this.kinds |= kindOf(unit);
  }

  /** Replaces the last unit with one that ends later. */
  replaceLast(unit: number, end: number): void {
    this.units[this.length - 1] = unit;
    this.#ends[this.length - 1] = end;
  }

  /** Returns the unit at an index; -1 outside of the text. */
  at(index: number): number {
    return index >= 0 && index < this.length ? (this.units[index] ?? -1) : -1;
  }

  /** Returns the unit at an index, including those before and after the text; -1: none. */
  beside(index: number): number {
    if (index < 0) return this.before;
    return index < this.length ? this.at(index) : this.after;
  }

  startAt(index: number): number {
    return this.#offset >= 0 ? this.#offset + index : (this.#starts[index] ?? 0);
  }

  endAt(index: number): number {
    return this.#offset >= 0 ? this.#offset + index + 1 : (this.#ends[index] ?? 0);
  }

  slice(from: number, to: number): string {
    let text = '';
    for (let index = from; index < to; index += 1) text += String.fromCharCode(this.at(index));
    return text;
  }

  #reserve(capacity: number): void {
    this.units = copied(this.units, new Uint16Array(capacity));
    this.#starts = copied(this.#starts, new Int32Array(capacity));
    this.#ends = copied(this.#ends, new Int32Array(capacity));
  }
}

function copied<T extends Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function capacityFor(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}
