import { WorkerResult } from '@worker-host/core';
import type { RecordingRunContext } from '../builders/run-context.js';

/** A pending call of `run` or `resume`. */
export class Trial {
  #isSettled = false;
  #callsWhenSettled: number | null = null;
  #result: WorkerResult | null = null;
  #reason: unknown = null;

  constructor(
    /** `run()` or `resume()`. */
    readonly what: string,
    readonly context: RecordingRunContext,
    call: () => Promise<WorkerResult>,
  ) {
    this.result = call().then(withTail);
    const settled = (): void => {
      this.#isSettled = true;
      this.#callsWhenSettled = context.calls.length;
    };
    this.result.then(
      (result) => {
        this.#result = result;
        settled();
      },
      (reason: unknown) => {
        this.#reason = reason;
        settled();
      },
    );
  }

  readonly result: Promise<WorkerResult>;

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** What it resolved with. Null: it did not resolve. */
  get resolvedWith(): WorkerResult | null {
    return this.#result;
  }

  /** What it rejected with. Null: it did not reject. */
  get rejectedWith(): unknown {
    return this.#reason;
  }

  /** Names of the context's methods that were called after the call had settled. */
  get lateCalls(): readonly string[] {
    const { calls } = this.context;
    return calls.slice(this.#callsWhenSettled ?? calls.length).map(({ call }) => call);
  }
}

/** Reads the last lines of the output, as the host does. A failure to read them is no failure of the job. */
async function withTail(result: WorkerResult): Promise<WorkerResult> {
  const end = result?.end ?? null;
  if (end === null || typeof end.logTail !== 'function') return result;
  const logTail = await end.logTail(new AbortController().signal).catch(() => []);
  return new WorkerResult(result.identifier, result.statusCode, { ...end, logTail });
}
