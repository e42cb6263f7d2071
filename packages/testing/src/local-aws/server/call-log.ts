import type { Params, ServiceName } from './operation.js';

/** Outcome of a call. `lost`: by a fault, the caller got no response, or a wrong one. */
export type CallOutcome = 'ok' | 'error' | 'throttled' | 'lost';

/** A call as the server received it. */
export interface CallRecord {
  readonly service: ServiceName;
  readonly operation: string;
  readonly params: Params;
  readonly account: string;
  readonly region: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly outcome: CallOutcome;
  /** Error code of AWS, or null if the call succeeded. */
  readonly errorCode: string | null;
  /** Id of the fault that affected the call, or null. */
  readonly faultId: string | null;
}

export interface CallCounts {
  total: number;
  ok: number;
  error: number;
  throttled: number;
  lost: number;
}

/** Filter for calls. Absent members do not filter. */
export interface CallFilter {
  readonly service?: ServiceName;
  readonly operation?: string;
  readonly outcome?: CallOutcome;
}

interface Waiter {
  readonly filter: CallFilter;
  readonly resolve: (call: CallRecord) => void;
}

/** Stores the latest calls, and counts all. */
export class CallLog {
  readonly #limit: number;
  #records: CallRecord[] = [];
  #counts = new Map<string, CallCounts>();
  #waiters: Waiter[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(record: CallRecord): void {
    const key = `${record.service}:${record.operation}`;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = { total: 0, ok: 0, error: 0, throttled: 0, lost: 0 };
      this.#counts.set(key, counts);
    }
    counts.total += 1;
    counts[record.outcome] += 1;
    this.#records.push(record);
    if (this.#records.length >= this.#limit * 2) this.#records = this.#latest();
    if (this.#waiters.length > 0) this.#wake(record);
  }

  /** Returns the latest calls that match, oldest first. */
  list(filter: CallFilter = {}): CallRecord[] {
    return this.#latest().filter((record) => matches(record, filter));
  }

  /** Number of calls by `service:operation` since the start or the last clear. */
  counts(): Record<string, CallCounts> {
    return Object.fromEntries([...this.#counts].map(([key, counts]) => [key, { ...counts }]));
  }

  /** Resolves with the next call that matches. */
  next(filter: CallFilter): Promise<CallRecord> {
    return new Promise((resolve) => {
      this.#waiters.push({ filter, resolve });
    });
  }

  clear(): void {
    this.#records = [];
    this.#counts.clear();
  }

  #latest(): CallRecord[] {
    return this.#records.slice(Math.max(0, this.#records.length - this.#limit));
  }

  #wake(record: CallRecord): void {
    const due = this.#waiters.filter((waiter) => matches(record, waiter.filter));
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.resolve(record);
  }
}

function matches(record: CallRecord, filter: CallFilter): boolean {
  return (
    (filter.service === undefined || filter.service === record.service) &&
    (filter.operation === undefined || filter.operation === record.operation) &&
    (filter.outcome === undefined || filter.outcome === record.outcome)
  );
}
