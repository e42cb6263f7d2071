import type { RecordedRequest, RecordingProxy } from '@worker-host/suite-interop';

const CRASHED = /"type": ?"CRASHED"/;

interface BulkAnswer {
  readonly results: readonly { readonly flow_run_id: string; readonly status: string }[];
}

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

  #note(request: RecordedRequest): void {
    if (request.status >= 300 || !CRASHED.test(request.body)) return;
    for (const runId of runsOf(request)) {
      if (!this.#storedAtMs.has(runId)) this.#storedAtMs.set(runId, request.answeredAtMs);
    }
  }
}

/** Returns the runs whose state the request has set. */
function runsOf({ path, answer }: RecordedRequest): readonly string[] {
  const [, runId = ''] = /^\/flow_runs\/([^/]+)\/set_state$/.exec(path) ?? [];
  if (path !== '/flow_runs/bulk_set_state') return runId === '' ? [] : [runId];
  const { results } = JSON.parse(answer) as BulkAnswer;
  return results.filter(({ status }) => status === 'ACCEPT').map(({ flow_run_id }) => flow_run_id);
}
