import { OrchestratorUnavailableError, type StateAnswer } from '@worker-host/core';
import { callText, type FakeCall, type FakeMethod } from './fake-call.js';

/** Which calls a fault concerns: all of a method, or those for which the predicate is true. */
export type CallMatch = FakeMethod | ((call: FakeCall) => boolean);

export interface FaultOptions {
  /** How many calls it concerns. Default: all until `stop()`. */
  readonly times?: number;
  /** Narrows the calls of a method further. */
  readonly when?: (call: FakeCall) => boolean;
}

/** A fault that is planted. */
export interface Fault {
  /** How many calls it has concerned. */
  readonly hits: number;
  /** Removes it; calls that it holds continue. */
  stop(): void;
}

/** Calls that wait. */
export interface Hold extends Fault {
  /** How many calls wait now. */
  readonly waiting: number;
  /** Lets the calls that wait now continue; later ones are held as before. */
  release(): void;
}

/** What a fault does to one call. */
export interface CallFault {
  /** Runs before the call takes effect. */
  before(call: FakeCall, signal?: AbortSignal): Promise<void>;
  /** Runs after it, before the caller has the answer. */
  after(call: FakeCall, signal?: AbortSignal): Promise<void>;
  /** The answer it gives in place of the effect. Null: none. */
  readonly answer: StateAnswer | null;
}

interface Planted extends Hold, CallFault {
  matches(call: FakeCall): boolean;
}

/** What goes wrong with a client's calls. Faults that match one call all apply, the first planted first. */
export class CallFaults {
  readonly #planted = new Set<Planted>();

  /** Calls reject and change nothing. Default error: the control plane is not available. */
  fail(match: CallMatch, options: FaultOptions & { readonly error?: unknown } = {}): Fault {
    return this.#plant(match, options, {
      before: async (call) => {
        throw options.error ?? unavailable(call);
      },
    });
  }

  /** Calls take effect, and their answers are lost: they reject as if the control plane were not available. */
  lose(match: CallMatch, options: FaultOptions = {}): Fault {
    return this.#plant(match, options, {
      after: async (call) => {
        throw unavailable(call);
      },
    });
  }

  /** Calls wait before they take effect (`request`, the default), or after it, before they answer (`answer`). */
  hold(match: CallMatch, options: FaultOptions & { readonly at?: 'request' | 'answer' } = {}): Hold {
    const waiting = new Set<() => void>();
    const wait = (_: FakeCall, signal?: AbortSignal): Promise<void> => waitIn(waiting, signal);
    const release = (): void => {
      for (const wake of [...waiting]) wake();
    };
    const stage = options.at === 'answer' ? { after: wait } : { before: wait };
    return this.#plant(match, options, stage, release, () => waiting.size);
  }

  /** Proposals get this answer and change nothing. */
  answer(answer: StateAnswer, options: FaultOptions = {}): Fault {
    return this.#plant('proposeState', options, { answer });
  }

  /** @internal The faults that concern a call; each of them counts it. */
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
