import type { Attempt, LaunchPlace, RunContext, RunProgress } from '@worker-host/core';
import { RecordingLogger } from './recording-logger.js';

/** One line of a job's output. */
export interface OutputLine {
  readonly message: string;
  readonly timestampMs: number;
}

/** A call of a worker to its context, in the order it came. */
export type RecordedCall =
  | { readonly call: 'launching'; readonly place: LaunchPlace }
  | { readonly call: 'started'; readonly infrastructurePid: string }
  | { readonly call: 'progress'; readonly progress: RunProgress }
  | { readonly call: 'output'; readonly lines: readonly OutputLine[]; readonly cursor: string | undefined };

export interface RunContextOptions {
  /** Default: attempt `attempt-1` of the run that `aFlowRun()` makes. */
  readonly attempt?: Partial<Attempt>;
  /** Default: 0. */
  readonly relaunch?: number;
  /** Default: false. */
  readonly mayHaveLaunched?: boolean;
  /** Where this launch was about to be sent by an earlier owner. Default: null. */
  readonly launchPlace?: LaunchPlace | null;
  /** Resolves when the result has been acted upon. Default: it has. */
  readonly reported?: Promise<void>;
  /** Runs before `launching` resolves: a test may fail or hold it here. */
  readonly onLaunching?: (place: LaunchPlace) => Promise<void> | void;
  /** Default: null. */
  readonly outputCursor?: string | null;
  /** Runs before `started` resolves: a test may fail or hold it here. */
  readonly onStarted?: (infrastructurePid: string) => Promise<void> | void;
}

/**
 * A context that records the worker's calls, with the host's levers in a test's hands. Like the host's own, it lets no
 * launch pass once the run is cancelled or the host has stopped watching.
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
  /** Thrown by `assertOwned`. Null: the run is the worker's. */
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

  async launching(place: LaunchPlace): Promise<void> {
    this.#keep({ call: 'launching', place });
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

  /** The host stops watching. */
  stopWatching(reason: unknown = new Error('the host stops watching')): void {
    this.#stopWatching.abort(reason);
  }

  /** The run shall not be launched any more. */
  cancel(reason: unknown = new Error('the run is cancelled')): void {
    this.#cancel.abort(reason);
  }

  /** All pids that `started` was called with. */
  get startedPids(): readonly string[] {
    return this.calls.flatMap((made) => (made.call === 'started' ? [made.infrastructurePid] : []));
  }

  /** All places that `launching` was called with. */
  get launchPlaces(): readonly LaunchPlace[] {
    return this.calls.flatMap((made) => (made.call === 'launching' ? [made.place] : []));
  }

  /** The place as the host has it stored: of the last call of `launching`, else of the earlier owner. Null: none. */
  get storedPlace(): LaunchPlace | null {
    return this.launchPlaces.at(-1) ?? this.launchPlace;
  }

  /** The job's output, line by line. */
  get outputMessages(): readonly string[] {
    return this.calls.flatMap((made) => (made.call === 'output' ? made.lines.map(({ message }) => message) : []));
  }

  /** The cursor given last. Null: none was. */
  get lastCursor(): string | null {
    const cursors = this.calls.flatMap((made) => (made.call === 'output' && made.cursor ? [made.cursor] : []));
    return cursors.at(-1) ?? null;
  }

  /** Resolves once the calls recorded so far fulfil a condition. */
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

/** A context that records the worker's calls. */
export function aRunContext(options: RunContextOptions = {}): RecordingRunContext {
  return new RecordingRunContext(options);
}
