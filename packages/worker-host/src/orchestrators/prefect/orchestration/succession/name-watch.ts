import type { Heartbeat } from './presence.js';

/** Precision of the server's time of a heartbeat relative to this process's own. */
const TOLERANCE_MS = 2000;
const OWN_KEPT = 10;
const PRESENT_FACTOR = 3;
/** Maximum delay with which the server can store a heartbeat without a response. */
const UNANSWERED_MS = 30_000;
/** Number of reads of the row required to conclude that no other process sends heartbeats. */
const LEAST_SIGHTS = 3;

/**
 * When the server stored the last heartbeat of the name: in the server's time, and in this process's monotonic milliseconds.
 */
export interface HeartbeatSight {
  readonly serverMs: number;
  readonly atMs: number;
}

interface OwnHeartbeat extends Heartbeat {
  /** The server's time of it, once read: a heartbeat has only one time. Null: not read yet. */
  serverMs: number | null;
}

/**
 * Detects another live process with this worker's name. The server stores one row per name, so a heartbeat of another process
 * is visible in it until our next one. The row is read immediately before and after each of our heartbeats: the first read
 * shows what was stored since the last one, the second which server time is ours. Times are monotonic milliseconds of this
 * process unless stated otherwise.
 */
export class NameWatch {
  readonly #own: OwnHeartbeat[] = [];
  /** The last reads of the row, as many as required. */
  #sightsAtMs: readonly number[] = [];
  #before: HeartbeatSight | null = null;
  #openedAtMs = Number.NEGATIVE_INFINITY;
  /** The last heartbeat of the name that is not ours, or may not be. */
  #othersAtMs = Number.NEGATIVE_INFINITY;
  #doubtedAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** The last heartbeat that certainly was not ours. */
  #strange: HeartbeatSight | null = null;
  #isPresent = false;

  constructor(
    /** Describes another live process. */
    private readonly report: string,
    /** A process of the name without a heartbeat for this long is dead. */
    private readonly silenceMs: number,
  ) {}

  /** One line per other live process of the name. Empty: none was detected. */
  get namesakes(): readonly string[] {
    return this.#isPresent ? [this.report] : [];
  }

  /**
   * Starts with the row before the first heartbeat of this process.
   *
   * @param sight null: there was no row. Undefined: it could not be read.
   */
  begin(sight: HeartbeatSight | null | undefined, nowMs: number): void {
    this.#openedAtMs = nowMs;
    this.#before = sight ?? null;
    this.#othersAtMs = sight === undefined ? nowMs : (sight?.atMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Records a heartbeat of this process; a second call with the same start adds information about it. */
  noteOwn(heartbeat: Heartbeat): void {
    if (this.#own.at(-1)?.beganAtMs === heartbeat.beganAtMs) this.#own.pop();
    this.#own.push({ ...heartbeat, serverMs: null });
    if (this.#own.length > OWN_KEPT) this.#own.shift();
  }

  /** Applies the row as read now. */
  see(sight: HeartbeatSight, nowMs: number): void {
    this.#sightsAtMs = [...this.#sightsAtMs, nowMs].slice(-LEAST_SIGHTS);
    const [first] = this.#own;
    if (first === undefined || sight.atMs < first.beganAtMs - TOLERANCE_MS) return;
    if (sight.serverMs === this.#before?.serverMs) return;
    if (!this.#isOurs(sight)) this.#seeOther(sight);
    if (!this.isOpen(nowMs)) this.#isPresent = false;
  }

  /**
   * Returns whether another process of the name may be alive, so that the row must be read often. A heartbeat between two of
   * ours is visible only if the row is read in time, so a detected one counts for longer.
   */
  isOpen(nowMs: number): boolean {
    return nowMs - this.#othersAtMs <= this.silenceMs * (this.#isPresent ? PRESENT_FACTOR : 1);
  }

  /** Returns whether a decision depends on whose heartbeats are visible: the row is then read around each of ours. */
  isAsked(nowMs: number): boolean {
    return this.isOpen(nowMs) || nowMs - this.#askedAtMs <= this.silenceMs;
  }

  /**
   * Returns whether a run of this name, held by another process, is orphaned: no other process of the name was detected for
   * long enough. A run that was not claimed before this process started is observed for as long first.
   *
   * @param claimedAtMs null: unknown
   */
  isLeftBehind(claimedAtMs: number | null, nowMs: number): boolean {
    const wasClaimedBefore = claimedAtMs !== null && claimedAtMs < this.#openedAtMs;
    if (!wasClaimedBefore) this.#doubt(nowMs);
    if (this.isOpen(nowMs)) return false;
    // No process had the name when this process started, or for long enough before.
    if (wasClaimedBefore && this.#openedAtMs - this.#othersAtMs > this.silenceMs) return true;
    const sinceMs = wasClaimedBefore ? this.#othersAtMs : Math.max(this.#othersAtMs, this.#doubtedAtMs);
    const wasSeenOften = this.#sightsAtMs.length === LEAST_SIGHTS && this.#sightsAtMs.every((atMs) => atMs > sinceMs);
    return nowMs - sinceMs > this.silenceMs && wasSeenOften;
  }

  #doubt(nowMs: number): void {
    if (nowMs - this.#askedAtMs > this.silenceMs) this.#doubtedAtMs = nowMs;
    this.#askedAtMs = nowMs;
  }

  /** Returns whether the row contains one of our heartbeats. */
  #isOurs({ serverMs, atMs }: HeartbeatSight): boolean {
    if (this.#own.some((own) => own.serverMs === serverMs)) return true;
    const shown = this.#own.findLast((own) => own.serverMs === null && isWithin(atMs, own));
    if (shown !== undefined) shown.serverMs = serverMs;
    return shown !== undefined;
  }

  /** One heartbeat that is not ours can be one of ours stored late; two are another process's. */
  #seeOther(sight: HeartbeatSight): void {
    const before = this.#strange;
    this.#strange = sight;
    this.#othersAtMs = Math.max(this.#othersAtMs, sight.atMs);
    if (before === null || before.serverMs === sight.serverMs) return;
    if (sight.atMs - before.atMs <= PRESENT_FACTOR * this.silenceMs) this.#isPresent = true;
  }
}

function isWithin(atMs: number, { beganAtMs, endedAtMs, isTaken }: Heartbeat): boolean {
  return atMs >= beganAtMs - TOLERANCE_MS && atMs <= endedAtMs + TOLERANCE_MS + (isTaken ? 0 : UNANSWERED_MS);
}
