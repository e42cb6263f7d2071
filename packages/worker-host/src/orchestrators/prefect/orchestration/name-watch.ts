import type { Heartbeat } from './presence.js';

/** The server's time of a heartbeat against this process's own is known to about this much. */
const TOLERANCE_MS = 2000;
const OWN_KEPT = 10;
const PRESENT_FACTOR = 3;
/** A heartbeat without an answer may be taken this much later. */
const UNANSWERED_MS = 30_000;
/** So many looks at the row are needed to say that nobody else sends heartbeats. */
const LEAST_SIGHTS = 3;

/** When the server took the last heartbeat of the name: as it says itself, and in this process's monotonic milliseconds. */
export interface HeartbeatSight {
  readonly serverMs: number;
  readonly atMs: number;
}

interface OwnHeartbeat extends Heartbeat {
  /** The server's time of it, once it was seen: a heartbeat shows as one time only. Null: not seen. */
  serverMs: number | null;
}

/**
 * Watches for another live process of this worker's name. The server keeps one row a name, so a heartbeat that is not
 * ours shows in it until our next one. The row is read right before and right after each heartbeat of ours: the first
 * shows what came since the last one, the second by which time of the server ours is known. Times are monotonic milliseconds of this process unless they say otherwise.
 */
export class NameWatch {
  readonly #own: OwnHeartbeat[] = [];
  /** The last looks at the row, as many as are needed. */
  #sightsAtMs: readonly number[] = [];
  #before: HeartbeatSight | null = null;
  #openedAtMs = Number.NEGATIVE_INFINITY;
  /** The last heartbeat of the name that is not ours, or may not be. */
  #othersAtMs = Number.NEGATIVE_INFINITY;
  #doubtedAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** The last heartbeat that was seen not to be ours. */
  #strange: HeartbeatSight | null = null;
  #isPresent = false;

  constructor(
    /** The report of another live process. */
    private readonly report: string,
    /** A process of the name that sends no heartbeat for this long is dead. */
    private readonly silenceMs: number,
  ) {}

  /** A line for another process of the name that lives. Empty: none does, as far as was seen. */
  get namesakes(): readonly string[] {
    return this.#isPresent ? [this.report] : [];
  }

  /**
   * Begins with the row as it was before the first heartbeat of this process.
   *
   * @param sight null: there was no row. Undefined: it could not be read.
   */
  begin(sight: HeartbeatSight | null | undefined, nowMs: number): void {
    this.#openedAtMs = nowMs;
    this.#before = sight ?? null;
    this.#othersAtMs = sight === undefined ? nowMs : (sight?.atMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Takes note of a heartbeat of this process; one that began at the same time is the same, of which more is known now. */
  noteOwn(heartbeat: Heartbeat): void {
    if (this.#own.at(-1)?.beganAtMs === heartbeat.beganAtMs) this.#own.pop();
    this.#own.push({ ...heartbeat, serverMs: null });
    if (this.#own.length > OWN_KEPT) this.#own.shift();
  }

  /** Takes the row as it is now. */
  see(sight: HeartbeatSight, nowMs: number): void {
    this.#sightsAtMs = [...this.#sightsAtMs, nowMs].slice(-LEAST_SIGHTS);
    const [first] = this.#own;
    if (first === undefined || sight.atMs < first.beganAtMs - TOLERANCE_MS) return;
    if (sight.serverMs === this.#before?.serverMs) return;
    if (!this.#isOurs(sight)) this.#seeOther(sight);
    if (!this.isOpen(nowMs)) this.#isPresent = false;
  }

  /**
   * True while another process of the name may live: the row is to be read often. A heartbeat between two of ours is seen
   * only where the row is read in time, so that one which was seen counts for longer.
   */
  isOpen(nowMs: number): boolean {
    return nowMs - this.#othersAtMs <= this.silenceMs * (this.#isPresent ? PRESENT_FACTOR : 1);
  }

  /** Whether a decision depends on whose heartbeats show: they are to be read around each of ours. */
  isAsked(nowMs: number): boolean {
    return this.isOpen(nowMs) || nowMs - this.#askedAtMs <= this.silenceMs;
  }

  /**
   * Whether a run of this name, held by another process, was left behind: no other process of the name was seen for
   * long enough. A run that was not claimed before this process began is watched for as long first.
   *
   * @param claimedAtMs null: not known
   */
  isLeftBehind(claimedAtMs: number | null, nowMs: number): boolean {
    const wasClaimedBefore = claimedAtMs !== null && claimedAtMs < this.#openedAtMs;
    if (!wasClaimedBefore) this.#doubt(nowMs);
    if (this.isOpen(nowMs)) return false;
    // Nobody had the name when this process began, or for long enough before.
    if (wasClaimedBefore && this.#openedAtMs - this.#othersAtMs > this.silenceMs) return true;
    const sinceMs = wasClaimedBefore ? this.#othersAtMs : Math.max(this.#othersAtMs, this.#doubtedAtMs);
    const wasSeenOften = this.#sightsAtMs.length === LEAST_SIGHTS && this.#sightsAtMs.every((atMs) => atMs > sinceMs);
    return nowMs - sinceMs > this.silenceMs && wasSeenOften;
  }

  #doubt(nowMs: number): void {
    if (nowMs - this.#askedAtMs > this.silenceMs) this.#doubtedAtMs = nowMs;
    this.#askedAtMs = nowMs;
  }

  /** Whether one of our heartbeats shows in the row. */
  #isOurs({ serverMs, atMs }: HeartbeatSight): boolean {
    if (this.#own.some((own) => own.serverMs === serverMs)) return true;
    const shown = this.#own.findLast((own) => own.serverMs === null && isWithin(atMs, own));
    if (shown !== undefined) shown.serverMs = serverMs;
    return shown !== undefined;
  }

  /** One heartbeat that is not ours may be one of ours that the server took late; two are another process's. */
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
