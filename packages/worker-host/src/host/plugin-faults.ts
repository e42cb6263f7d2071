import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@worker-host/core';
import { PluginFaultError } from './run/run-errors.js';

const MOST_FAULTS = 20;
const LONGEST_LINE = 500;

/** A call of the plugin, and its subject. */
interface PluginCall {
  readonly method: string;
  /** Null: it does not concern a single run. */
  readonly flowRunId: string | null;
  /** Ends the call, because it can no longer settle reliably. */
  readonly fail: (error: Error) => void;
}

const calls = new AsyncLocalStorage<PluginCall>();

/**
 * Contract violations of the plugin: each is logged once with the plugin's name and the run, counted, and shown in the health
 * of the worker. A fault affects only its own run.
 */
export class PluginFaults {
  readonly #counts = new Map<string, number>();

  constructor(
    private readonly type: string,
    private readonly logger: Logger,
  ) {}

  /** One line per fault, the most recent first; at most 20. */
  get lines(): readonly string[] {
    const lines = [...this.#counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`));
    return lines.reverse();
  }

  /** Records a fault. @param what as a sentence without its subject: "called context.started() twice". */
  record(what: string, error: unknown = null, flowRunId: string | null = calls.getStore()?.flowRunId ?? null): void {
    const of = flowRunId === null ? '' : ` [run=${flowRunId}]`;
    const line = `The plugin '${this.type}' ${what}${of}`.slice(0, LONGEST_LINE);
    const count = this.#counts.get(line) ?? 0;
    this.#counts.delete(line);
    this.#counts.set(line, count + 1);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MOST_FAULTS && oldest !== undefined) this.#counts.delete(oldest);
    const fields = error === null ? {} : { error };
    if (count === 0) this.logger.error(line, fields);
    else this.logger.debug(line, { ...fields, count: count + 1 });
  }

  /** Calls the plugin so that an error it throws later, outside its promise, is attributed to this call. */
  during<T>(method: string, flowRunId: string | null, call: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, fail) => {
      calls.run({ method, flowRunId, fail }, () => settledBy(call).then(resolve, fail));
    });
  }

  /**
   * Handles an uncaught error if the plugin threw it. An error thrown in a callback ends the call it belongs to, because the
   * call can no longer settle reliably; after a rejection the call continues.
   *
   * @returns false if the plugin did not throw it.
   */
  take(error: unknown, origin: 'uncaughtException' | 'unhandledRejection'): boolean {
    const call = calls.getStore();
    if (call === undefined) return false;
    const isRejection = origin === 'unhandledRejection';
    const what = isRejection ? 'left a rejected promise unhandled' : 'threw an error outside of its promise';
    this.record(`${what} in ${call.method}()`, error, call.flowRunId);
    if (!isRejection) call.fail(new PluginFaultError(this.type, call.method, { cause: error }));
    return true;
  }
}

/** What the call throws before it returns its promise becomes a rejection, and a value that is none a promise. */
function settledBy<T>(call: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The plugin's method that is running. Null: none. */
export function runningPluginMethod(): string | null {
  return calls.getStore()?.method ?? null;
}
