import type { UnitText } from './unit-text.js';

const LONGEST_SEQUENCE = 4;
const FIRST_SURROGATE = 0x10000;

/**
 * Writes decoded bytes to a text: valid UTF-8 sequences as characters, all other bytes as Latin-1. UTF-8 is
 * self-synchronizing, so preceding bytes never change how a text is read.
 */
export class Utf8Writer {
  readonly #bytes = new Uint8Array(LONGEST_SEQUENCE);
  readonly #starts = new Int32Array(LONGEST_SEQUENCE);
  readonly #ends = new Int32Array(LONGEST_SEQUENCE);
  #pending = 0;
  #wanted = 0;

  constructor(private readonly target: UnitText) {}

  write(byte: number, start: number, end: number): void {
    if (byte < 0x80 && this.#pending === 0) {
      this.target.push(byte, start, end);
      return;
    }
    if (this.#pending > 0 && (byte & 0xc0) !== 0x80) this.flush();
    if (this.#pending === 0) this.#wanted = sequenceLength(byte);
    if (this.#wanted === 1) {
      this.target.push(byte, start, end);
      return;
    }
    this.#bytes[this.#pending] = byte;
    this.#starts[this.#pending] = start;
    this.#ends[this.#pending] = end;
    this.#pending += 1;
    if (this.#pending === this.#wanted) this.#complete();
  }

  /** Returns whether a sequence is incomplete. */
  get isPending(): boolean {
    return this.#pending > 0;
  }

  /** Writes the bytes of an incomplete sequence one by one. */
  flush(): void {
    for (let index = 0; index < this.#pending; index += 1)
      this.target.push(this.#bytes[index] ?? 0, this.#starts[index] ?? 0, this.#ends[index] ?? 0);
    this.#pending = 0;
  }

  /** Discards an incomplete sequence: the text was truncated within a character. */
  drop(): void {
    this.#pending = 0;
  }

  #complete(): void {
    let code = (this.#bytes[0] ?? 0) & (0x7f >> this.#wanted);
    for (let index = 1; index < this.#wanted; index += 1) code = (code << 6) | ((this.#bytes[index] ?? 0) & 0x3f);
    const start = this.#starts[0] ?? 0;
    const end = this.#ends[this.#wanted - 1] ?? 0;
    this.#pending = 0;
    pushCodePoint(this.target, code, start, end);
  }
}

/** Writes a code point as one or two units. */
export function pushCodePoint(target: UnitText, code: number, start: number, end: number): void {
  if (code < FIRST_SURROGATE) {
    target.push(code, start, end);
    return;
  }
  target.push(0xd800 + (((code - FIRST_SURROGATE) >> 10) & 0x3ff), start, end);
  target.push(0xdc00 + ((code - FIRST_SURROGATE) & 0x3ff), start, end);
}

function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 1;
}
