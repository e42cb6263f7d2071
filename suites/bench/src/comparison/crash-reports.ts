import type { RecordedRequest, RecordingProxy } from '@worker-host/suite-interop';

const CRASHED = /"type": ?"CRASHED"/;

/** When the server had stored that runs crashed, as the requests through the proxy say. */
export class CrashReports {
  readonly #storedAtMs = new Map<string, number>();
  #read = 0;

  constructor(private readonly proxy: RecordingProxy) {}

  /** Runs that crashed until now. */
  get count(): number {
    this.#readOn();
    return this.#storedAtMs.size;
  }

  /** Milliseconds since the epoch; undefined: not yet. */
  storedAtMs(runId: string): number | undefined {
    this.#readOn();
    return this.#storedAtMs.get(runId);
  }

  #readOn(): void {
    const requests = this.proxy.requests;
    for (; this.#read < requests.length; this.#read += 1) this.#note(requests[this.#read] as RecordedRequest);
  }

  #note({ path, body, status, answeredAtMs }: RecordedRequest): void {
    const [, runId] = /^\/flow_runs\/([^/]+)\/set_state$/.exec(path) ?? [];
    if (runId === undefined || status >= 300 || !CRASHED.test(body) || this.#storedAtMs.has(runId)) return;
    this.#storedAtMs.set(runId, answeredAtMs);
  }
}
