import type { Attempt, JsonObject, LaunchPlace, RunContext, RunProgress } from '@worker-host/core';
import { RecordingLogger } from './recording-logger.js';

/** One line of a job's output. */
export interface OutputLine {
  readonly message: string;
  readonly timestampMs: number;
}

/** A call of a worker to its context, in order. */
export type RecordedCall =
  | { readonly call: 'launching'; readonly place: LaunchPlace; readonly request?: JsonObject }
  | { readonly call: 'started'; readonly infrastructurePid: string }
  | { readonly call: 'progress'; readonly progress: RunProgress }
  | { readonly call: 'output'; readonly lines: readonly OutputLine[]; readonly cursor: string | undefined };

export interface RunContextOptions {
  /** Default: attempt `attempt-1` of the run that `aFlowRun()` returns. */
  readonly attempt?: Partial<Attempt>;
  /** Default: 0. */
  readonly relaunch?: number;
  /** Default: false. */
  readonly mayHaveLaunched?: boolean;
  /** Launch place that an earlier owner stored. Default: null. */
  readonly launchPlace?: LaunchPlace | null;
  /** Resolves when the result has been processed. Default: already resolved. */
  readonly reported?: Promise<void>;
  /** Called before `launching` resolves: a test can make it fail or wait here. */
  readonly onLaunching?: (place: LaunchPlace) => Promise<void> | void;
  /** Default: null. */
  readonly outputCursor?: string | null;
  /** Called before `started` resolves: a test can make it fail or wait here. */
  readonly onStarted?: (infrastructurePid: string) => Promise<void> | void;
}

/**
 * A context that records the worker's calls, and lets a test act as the host. Like the host's context, it refuses
 * launches after the run was cancelled or the host stopped watching.
 */
export class RecordingRunContext implements RunContext {
  readonly attempt: Attempt;
  readonly relaunch: number;
  readonly mayHaveLaunched: boolean;
  readonly launchPlace: LaunchPlace | null;
  readonly reported: Promise<void>;
  readonly outputCursor: string | null;
  readonly logger = new RecordingLogger();
  readonly calls: RecordedCall[] = [];
  /** Thrown by `assertOwned`. Null: the worker owns the run. */
  notOwned: Error | null = null;
  readonly #stopWatching = new AbortController();
  readonly #cancel = new AbortController();
  readonly #onLaunching: NonNullable<RunContextOptions['onLaunching']>;
  readonly #onStarted: NonNullable<RunContextOptions['onStarted']>;
  readonly #waiting = new Set<() => void>();

  constructor(options: RunContextOptions = {}) {
    this.attempt = {
      flowRunId: '11111111-1111-4111-8111-111111111111',
      id: 'attempt-1',
      startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      ...options.attempt,
    };
    this.relaunch = options.relaunch ?? 0;
    this.mayHaveLaunched = options.mayHaveLaunched ?? false;
    this.launchPlace = options.launchPlace ?? null;
    this.reported = options.reported ?? Promise.resolve();
    this.outputCursor = options.outputCursor ?? null;
    this.#onLaunching = options.onLaunching ?? (() => undefined);
    this.#onStarted = options.onStarted ?? (() => undefined);
  }

  get signal(): AbortSignal {
    return this.#stopWatching.signal;
  }

  get cancelled(): AbortSignal {
    return this.#cancel.signal;
  }

  async launching(place: LaunchPlace, request?: () => JsonObject): Promise<void> {
    this.#keep({ call: 'launching', place, ...(request === undefined ? {} : { request: request() }) });
    await this.#onLaunching(place);
    this.signal.throwIfAborted();
    this.cancelled.throwIfAborted();
  }

  assertOwned(): void {
    if (this.notOwned !== null) throw this.notOwned;
  }

  async started(infrastructurePid: string): Promise<void> {
    this.#keep({ call: 'started', infrastructurePid });
    await this.#onStarted(infrastructurePid);
  }

  progress(progress: RunProgress): void {
    this.#keep({ call: 'progress', progress });
  }

  output(lines: readonly OutputLine[], cursor?: string): void {
    this.#keep({ call: 'output', lines, cursor });
  }

  /** Stops watching, as the host does. */
  stopWatching(reason: unknown = new Error('the host stops watching')): void {
    this.#stopWatching.abort(reason);
  }

  /** Cancels the run, so that it must not be launched any more. */
  cancel(reason: unknown = new Error('the run is cancelled')): void {
    this.#cancel.abort(reason);
  }

  /** All pids passed to `started`. */
  get startedPids(): readonly string[] {
    return this.calls.flatMap((made) => (made.call === 'started' ? [made.infrastructurePid] : []));
  }

  /** All places passed to `launching`. */
  get launchPlaces(): readonly LaunchPlace[] {
    return this.calls.flatMap((made) => (made.call === 'launching' ? [made.place] : []));
  }

  /** The stored place: that of the last call of `launching`, otherwise of the earlier owner. Null: none. */
  get storedPlace(): LaunchPlace | null {
    return this.launchPlaces.at(-1) ?? this.launchPlace;
  }

  /** Lines of the job's output. */
  get outputMessages(): readonly string[] {
    return this.calls.flatMap((made) => (made.call === 'output' ? made.lines.map(({ message }) => message) : []));
  }

  /** The last cursor. Null: none. */
  get lastCursor(): string | null {
    const cursors = this.calls.flatMap((made) => (made.call === 'output' && made.cursor ? [made.cursor] : []));
    return cursors.at(-1) ?? null;
  }

  /** Resolves when the recorded calls satisfy a condition. */
  async until(isMet: (context: RecordingRunContext) => boolean): Promise<void> {
    while (!isMet(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #keep(call: RecordedCall): void {
    this.calls.push(call);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** Creates a context that records the worker's calls. */
export function aRunContext(options: RunContextOptions = {}): RecordingRunContext {
  return new RecordingRunContext(options);
}
