/** Reads that are due. */
export interface DueLook {
  /** Runs to read by id. */
  readonly ids: readonly string[];
  /** True: one of the workers that hold runs may count as dead by now. */
  readonly isDeathDue: boolean;
  /** True: all active runs of the pool are to be read. */
  readonly isScan: boolean;
}

/** Result of a scan. */
export interface LookOutcome {
  readonly ids: readonly string[];
  readonly isScan: boolean;
  /** True: the workers that held runs at the last scan were checked. */
  readonly isDeathDue: boolean;
  /** True: it stopped at the limit, and there may be more. */
  readonly isCut: boolean;
  /** True: runs of others are active. */
  readonly hasOthers: boolean;
  /** True: runs of this name are active that another process may hold. */
  readonly hasDoubtful: boolean;
  readonly pages: number;
  /** When the first of the holders may count as dead (monotonic milliseconds). */
  readonly deathAtMs: number;
  /** True: claims of other workers are reported immediately. */
  readonly hearsClaims: boolean;
}

interface Postponed {
  readonly untilMs: number;
  /** A run that is being cancelled is handled immediately. */
  readonly alsoCancelling: boolean;
}

/** No run of others is active, and its claim would be reported: an idle worker makes few requests. */
const QUIET_MS = 130_000;
/** The same, if claims are not reported. */
const DEAF_MS = 20_000;
const SCAN_MS = 15_000;
/** A scan of many pages is repeated less often. */
const SCAN_PER_PAGE_MS = 5000;
const SOON_MS = 5000;
/** Waiting runs are searched together. */
const POSTPONED_GAP_MS = 30_000;
/** Time after a claim of another worker within which it has its labels, and cannot count as dead. */
const AFTER_CLAIM_MS = 10_000;
const MOST_ASKED = 1000;

/** Determines when to search for runs to take over, and which. Times are monotonic milliseconds. */
export class SuccessionSchedule {
  #scanAtMs = Number.NEGATIVE_INFINITY;
  #deathAtMs = Number.POSITIVE_INFINITY;
  #isQuiet = true;
  readonly #asked = new Set<string>();
  readonly #postponed = new Map<string, Postponed>();

  /**
   * True if no run without a lease here is known to be active: none was at the last scan, and none was claimed since.
   */
  get isQuiet(): boolean {
    return this.#isQuiet && this.#postponed.size === 0;
  }

  /** Null: nothing is due. */
  due(nowMs: number): DueLook | null {
    for (const [id, { untilMs }] of this.#postponed) if (untilMs <= nowMs) this.#postponed.delete(id);
    const isScan = nowMs >= this.#scanAtMs;
    const isDeathDue = nowMs >= this.#deathAtMs;
    if (!isScan && !isDeathDue && this.#asked.size === 0) return null;
    return { ids: [...this.#asked], isScan, isDeathDue };
  }

  looked(
    nowMs: number,
    { ids, isScan, isDeathDue, isCut, hasOthers, hasDoubtful, pages, deathAtMs, hearsClaims }: LookOutcome,
  ): void {
    if (isCut) {
      this.lookSoon(nowMs, 0);
      return;
    }
    for (const id of ids) this.#asked.delete(id);
    if (isScan) {
      this.#isQuiet = !hasOthers;
      const quietMs = hearsClaims ? QUIET_MS : DEAF_MS;
      this.#scanAtMs = nowMs + (hasOthers ? Math.max(SCAN_MS, pages * SCAN_PER_PAGE_MS) : quietMs);
      for (const { untilMs } of this.#postponed.values()) this.#lookBy(Math.max(untilMs, nowMs + POSTPONED_GAP_MS));
    }
    this.#deathAtMs = isScan || isDeathDue ? deathAtMs : Math.min(this.#deathAtMs, deathAtMs);
    if (hasDoubtful) this.lookSoon(nowMs);
  }

  /** A run may be free: it was released here, or is being cancelled without a lease here. */
  ask(flowRunId: string, nowMs: number): void {
    if (this.#asked.size >= MOST_ASKED) this.lookSoon(nowMs, 0);
    else this.#asked.add(flowRunId);
  }

  /** A run is not touched until then, and then searched. */
  postpone(flowRunId: string, untilMs: number, alsoCancelling: boolean): void {
    this.#postponed.set(flowRunId, { untilMs, alsoCancelling });
    this.#lookBy(untilMs);
  }

  isPostponed(flowRunId: string, isCancelling: boolean, nowMs: number): boolean {
    const found = this.#postponed.get(flowRunId);
    return found !== undefined && nowMs < found.untilMs && (found.alsoCancelling || !isCancelling);
  }

  /** A lease of the run was granted. */
  forget(flowRunId: string): void {
    this.#asked.delete(flowRunId);
    this.#postponed.delete(flowRunId);
  }

  /** Another worker has claimed a run of the pool. */
  noteClaim(nowMs: number): void {
    this.#isQuiet = false;
    this.#lookBy(nowMs + AFTER_CLAIM_MS);
  }

  lookSoon(nowMs: number, inMs = SOON_MS): void {
    this.#lookBy(nowMs + inMs);
  }

  #lookBy(atMs: number): void {
    this.#scanAtMs = Math.min(this.#scanAtMs, atMs);
  }
}
