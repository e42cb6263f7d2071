import { OrchestratorUnavailableError, type StateAnswer } from '@worker-host/core';
import { callText, type FakeCall, type FakeMethod } from './fake-call.js';

/** Calls that a fault affects: all of a method, or those for which the predicate is true. */
export type CallMatch = FakeMethod | ((call: FakeCall) => boolean);

export interface FaultOptions {
  /** Number of calls it affects. Default: all until `stop()`. */
  readonly times?: number;
  /** Restricts the calls of a method further. */
  readonly when?: (call: FakeCall) => boolean;
}

/** An active fault. */
export interface Fault {
  /** Number of calls it has affected. */
  readonly hits: number;
  /** Removes it; calls that it holds continue. */
  stop(): void;
}

/** A fault that holds calls. */
export interface Hold extends Fault {
  /** Number of held calls. */
  readonly waiting: number;
  /** Releases the held calls; later ones are held as before. */
  release(): void;
}

/** Effect of a fault on one call. */
export interface CallFault {
  /** Runs before the call takes effect. */
  before(call: FakeCall, signal?: AbortSignal): Promise<void>;
  /** Runs after it, before the caller receives the response. */
  after(call: FakeCall, signal?: AbortSignal): Promise<void>;
  /** Response in place of the call. Null: none. */
  readonly answer: StateAnswer | null;
}

interface Planted extends Hold, CallFault {
  matches(call: FakeCall): boolean;
}

/** Faults of a client's calls. If several match one call, all apply in the order in which they were added. */
export class CallFaults {
  readonly #planted = new Set<Planted>();

  /** Calls reject and change nothing. Default error: the control plane is unavailable. */
  fail(match: CallMatch, options: FaultOptions & { readonly error?: unknown } = {}): Fault {
    return this.#plant(match, options, {
      before: async (call) => {
        throw options.error ?? unavailable(call);
      },
    });
  }

  /** Calls take effect, but their responses are lost: they reject as if the control plane were unavailable. */
  lose(match: CallMatch, options: FaultOptions = {}): Fault {
    return this.#plant(match, options, {
      after: async (call) => {
        throw unavailable(call);
      },
    });
  }

  /** Calls wait before they take effect (`request`, the default), or after it, before they respond (`answer`). */
  hold(match: CallMatch, options: FaultOptions & { readonly at?: 'request' | 'answer' } = {}): Hold {
    const waiting = new Set<() => void>();
    const wait = (_: FakeCall, signal?: AbortSignal): Promise<void> => waitIn(waiting, signal);
    const release = (): void => {
      for (const wake of [...waiting]) wake();
    };
    const stage = options.at === 'answer' ? { after: wait } : { before: wait };
    return this.#plant(match, options, stage, release, () => waiting.size);
  }

  /** Proposals get this response and change nothing. */
  answer(answer: StateAnswer, options: FaultOptions = {}): Fault {
    return this.#plant('proposeState', options, { answer });
  }

  /** @internal Returns the faults that affect a call, and counts it in each. */
  of(call: FakeCall): readonly CallFault[] {
    return [...this.#planted].filter((fault) => fault.matches(call));
  }

  #plant(
    match: CallMatch,
    { times = Number.POSITIVE_INFINITY, when = () => true }: FaultOptions,
    parts: Partial<CallFault>,
    release: () => void = () => undefined,
    waiting: () => number = () => 0,
  ): Hold {
    let hits = 0;
    const fault: Planted = {
      before: async () => undefined,
      after: async () => undefined,
      answer: null,
      ...parts,
      get hits() {
        return hits;
      },
      get waiting() {
        return waiting();
      },
      matches: (call) => {
        const isMeant = typeof match === 'function' ? match(call) : match === call.method;
        if (!isMeant || !when(call) || hits >= times) return false;
        hits += 1;
        return true;
      },
      release,
      stop: () => {
        this.#planted.delete(fault);
        release();
      },
    };
    this.#planted.add(fault);
    return fault;
  }
}

function waitIn(waiting: Set<() => void>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const wake = (): void => {
      waiting.delete(wake);
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const abort = (): void => {
      waiting.delete(wake);
      reject(signal?.reason);
    };
    waiting.add(wake);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function unavailable(call: FakeCall): OrchestratorUnavailableError {
  return new OrchestratorUnavailableError(callText(call), 'memory');
}
