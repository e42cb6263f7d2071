const FIRST_CAPACITY = 64;
const BITS_PER_ENTRY = 16;
const ENTRY = 3;
const VALUE = 2;
const MULTIPLIER = 0x9e3779b1;
const OTHER_MULTIPLIER = 0x85ebca6b;

/**
 * A map from 64-bit keys to numbers. A bit set over the hashes of the keys rejects most absent keys; it is small enough for the
 * processor cache, because every position of a text is looked up.
 */
export class GramTable {
  /** Open addressing, at most half full. Each entry is a key, in two halves, and its value; 0: free. */
  #entries = new Int32Array(FIRST_CAPACITY * ENTRY);
  #bits = new Uint32Array((FIRST_CAPACITY * BITS_PER_ENTRY) >> 5);
  #shift = 32 - Math.log2(FIRST_CAPACITY * BITS_PER_ENTRY);
  #size = 0;
  /** Number of bits that may be stale. */
  #stale = 0;

  /** Returns the value of a key; 0: none. */
  get(low: number, high: number): number {
    const bit = hashOf(low, high) >>> this.#shift;
    if ((((this.#bits[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 0) return 0;
    return this.#entries[this.#find(low, high) + VALUE] ?? 0;
  }

  /** Sets the value of a key; 0 removes it. */
  set(low: number, high: number, value: number): void {
    const entry = this.#find(low, high);
    const isKnown = this.#entries[entry + VALUE] !== 0;
    if (value === 0) {
      if (isKnown) this.#remove(entry);
      return;
    }
    this.#entries[entry] = low;
    this.#entries[entry + 1] = high;
    this.#entries[entry + VALUE] = value;
    if (isKnown) return;
    this.#size += 1;
    this.#mark(low, high);
    const capacity = this.#entries.length / ENTRY;
    if (this.#size * 2 > capacity) this.#rebuild(capacity * 2);
  }

  /** Returns the position of the entry of a key, or the free entry for it. */
  #find(low: number, high: number): number {
    const entries = this.#entries;
    let entry = this.#homeOf(low, high);
    while (entries[entry + VALUE] !== 0 && (entries[entry] !== low || entries[entry + 1] !== high))
      entry = this.#after(entry);
    return entry;
  }

  #homeOf(low: number, high: number): number {
    return (hashOf(low, high) % (this.#entries.length / ENTRY)) * ENTRY;
  }

  #after(entry: number): number {
    return entry + ENTRY === this.#entries.length ? 0 : entry + ENTRY;
  }

  #mark(low: number, high: number): void {
    const bit = hashOf(low, high) >>> this.#shift;
    this.#bits[bit >> 5] = (this.#bits[bit >> 5] ?? 0) | (1 << (bit & 31));
  }

  /** Frees an entry, and reinserts the entries after it that it had displaced. */
  #remove(gone: number): void {
    const entries = this.#entries;
    entries[gone + VALUE] = 0;
    this.#size -= 1;
    for (let entry = this.#after(gone); entries[entry + VALUE] !== 0; entry = this.#after(entry)) {
      const [low = 0, high = 0, value = 0] = entries.subarray(entry, entry + ENTRY);
      entries[entry + VALUE] = 0;
      const free = this.#find(low, high);
      entries[free] = low;
      entries[free + 1] = high;
      entries[free + VALUE] = value;
    }
    this.#stale += 1;
    if (this.#stale > this.#entries.length / ENTRY) this.#rebuild(this.#entries.length / ENTRY);
  }

  #rebuild(capacity: number): void {
    const entries = this.#entries;
    this.#entries = new Int32Array(capacity * ENTRY);
    this.#bits = new Uint32Array((capacity * BITS_PER_ENTRY) >> 5);
    this.#shift = 32 - Math.log2(capacity * BITS_PER_ENTRY);
    this.#size = 0;
    this.#stale = 0;
    for (let entry = 0; entry < entries.length; entry += ENTRY)
      if (entries[entry + VALUE] !== 0)
        this.set(entries[entry] ?? 0, entries[entry + 1] ?? 0, entries[entry + VALUE] ?? 0);
  }
}

function hashOf(low: number, high: number): number {
  const hash = Math.imul(low, MULTIPLIER) ^ Math.imul(high, OTHER_MULTIPLIER);
  return Math.imul(hash ^ (hash >>> 15), MULTIPLIER) >>> 0;
}
