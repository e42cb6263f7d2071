import type { Clock } from '@worker-host/core';
import type { Random } from './random.js';

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
  isGone: boolean;
}

const EPOCH_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Simulated time: it stands still while anything happens, and then jumps to the next sleep that ends. */
export class SimClock implements Clock {
  #nowMs = 0;
  #order = 0;
  /** A binary heap by time, then by the order in which the sleeps began. */
  readonly #heap: Sleeper[] = [];

  constructor(private readonly chance: Random) {}

  nowMs(): number {
    return EPOCH_MS + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.chance.next();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const abort = (): void => {
        sleeper.isGone = true;
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        atMs: this.#nowMs + Math.max(0, ms),
        order: this.#order++,
        isGone: false,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#push(sleeper);
    });
  }

  /** Calls the function at a time. */
  at(ms: number, action: () => void): void {
    this.#push({ atMs: Math.max(this.#nowMs, ms), order: this.#order++, isGone: false, wake: action });
  }

  /**
   * Advances the time until the predicate holds or there are no more sleeps. Between two wake-ups, everything happens that
   * needs no time.
   *
   * @returns why it ended.
   */
  async run(isOver: () => boolean, limitMs: number): Promise<'over' | 'idle' | 'limit'> {
    for (;;) {
      await new Promise(setImmediate);
      if (isOver()) return 'over';
      const next = this.#pop();
      if (next === undefined) return 'idle';
      if (next.atMs > limitMs) return 'limit';
      this.#nowMs = next.atMs;
      next.wake();
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#heap;
    heap.push(sleeper);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): Sleeper | undefined {
    for (;;) {
      const heap = this.#heap;
      const first = heap[0];
      if (first === undefined) return undefined;
      const last = heap.pop();
      if (heap.length > 0 && last !== undefined) {
        heap[0] = last;
        this.#sink();
      }
      if (!first.isGone) return first;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isBefore(heap[child], heap[least])) least = child;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}

function isBefore(a: Sleeper | undefined, b: Sleeper | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
