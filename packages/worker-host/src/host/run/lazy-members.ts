import type { LazyAbortController } from '../lazy-abort-controller.js';
import type { LazySignal } from '../lazy-signal.js';

/**
 * The members of a run's context that are created when they are read, because a plugin may never read them. They are own
 * members, so that a copy of the context has them too, with shared getters: an object with getters of its own is a hash table.
 */
export class LazyMembers {
  static readonly #MEMBERS: PropertyDescriptorMap & ThisType<LazyMembers> = {
    cancelled: {
      enumerable: true,
      get() {
        return this.#cancelled.signal;
      },
    },
    reported: {
      enumerable: true,
      get() {
        return this.#reported.promise;
      },
    },
  };

  declare readonly cancelled: AbortSignal;
  declare readonly reported: Promise<void>;
  readonly #cancelled: LazyAbortController;
  readonly #reported: LazySignal;

  constructor(cancelled: LazyAbortController, reported: LazySignal) {
    this.#cancelled = cancelled;
    this.#reported = reported;
    Object.defineProperties(this, LazyMembers.#MEMBERS);
  }
}
