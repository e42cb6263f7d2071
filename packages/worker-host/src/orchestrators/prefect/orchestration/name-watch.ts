import type { Heartbeat } from './presence.js';

/** The server's time of a heartbeat against this process's own is known to about this much. */
const TOLERANCE_MS = 2000;
const OWN_KEPT = 10;
const PRESENT_FACTOR = 3;
/** A heartbeat without an answer may be taken this much later. */
const UNANSWERED_MS = 30_000;

/**
 * Watches for another live process of this worker's name. The server keeps one row a name, so a heartbeat that is not
 * ours shows in it until our next one. All times are monotonic milliseconds of this process.
 */
export class NameWatch {
  readonly #own: Heartbeat[] = [];
  #openedAtMs = Number.NEGATIVE_INFINITY;
  /** The last heartbeat of the name that is not ours, or may not be. */
  #othersAtMs = Number.NEGATIVE_INFINITY;
  #doubtedAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** The last heartbeat that was seen not to be ours. */
  #strangeAtMs = Number.NEGATIVE_INFINITY;
  #isPresent = false;
  readonly #reports: string[] = [];

  constructor(
    /** The report of another live process. */
    private readonly report: string,
    /** A process of the name that sends no heartbeat for this long is dead. */
    private readonly silenceMs: number,
  ) {}

  /**
   * Begins with the row as it was before the first heartbeat of this process.
   *
   * @param lastHeartbeatAtMs null: there was no row. Undefined: it could not be read.
   */
  begin(lastHeartbeatAtMs: number | null | undefined, nowMs: number): void {
    this.#openedAtMs = nowMs;
    this.#othersAtMs = lastHeartbeatAtMs === undefined ? nowMs : (lastHeartbeatAtMs ?? Number.NEGATIVE_INFINITY);
  }

  noteOwn(heartbeat: Heartbeat): void {
    this.#own.push(heartbeat);
    if (this.#own.length > OWN_KEPT) this.#own.shift();
  }

  /** Takes the row as it is now. */
  see(lastHeartbeatAtMs: number, nowMs: number): void {
    const [first] = this.#own;
    if (first === undefined || lastHeartbeatAtMs < first.beganAtMs - TOLERANCE_MS) return;
    if (!this.#own.some((own) => isWithin(lastHeartbeatAtMs, own))) this.#seeOther(lastHeartbeatAtMs);
    else if (!this.#mayLive(nowMs)) this.#isPresent = false;
  }

  /** True while another process of the name may live, and none was seen to. */
  isUndecided(nowMs: number): boolean {
    return !this.#isPresent && this.#mayLive(nowMs);
  }

  /**
   * Whether a run of this name, held by another process, was left behind: no other process of the name was seen for
   * long enough. A run that was not claimed before this process began is watched for as long first.
   *
   * @param claimedAtMs null: not known
   */
  isLeftBehind(claimedAtMs: number | null, nowMs: number): boolean {
    if (this.#mayLive(nowMs)) return false;
    if (claimedAtMs !== null && claimedAtMs < this.#openedAtMs) return true;
    if (nowMs - this.#askedAtMs > this.silenceMs) this.#doubtedAtMs = nowMs;
    this.#askedAtMs = nowMs;
    return nowMs - this.#doubtedAtMs > this.silenceMs;
  }

  /** Other processes of the name that were found since the last call, one line each. */
  takeReports(): readonly string[] {
    return this.#reports.splice(0);
  }

  /** One heartbeat that is not ours may be one of ours that the server took late; two are another process's. */
  #seeOther(atMs: number): void {
    const isSecond =
      atMs - this.#strangeAtMs > TOLERANCE_MS && atMs - this.#strangeAtMs <= PRESENT_FACTOR * this.silenceMs;
    this.#othersAtMs = Math.max(this.#othersAtMs, atMs);
    this.#strangeAtMs = Math.max(this.#strangeAtMs, atMs);
    if (!isSecond || this.#isPresent) return;
    this.#isPresent = true;
    this.#reports.push(this.report);
  }

  /** A heartbeat between two of ours is seen only where the row is read in time: one that was seen counts for longer. */
  #mayLive(nowMs: number): boolean {
    return nowMs - this.#othersAtMs <= this.silenceMs * (this.#isPresent ? PRESENT_FACTOR : 1);
  }
}

function isWithin(atMs: number, { beganAtMs, endedAtMs, isTaken }: Heartbeat): boolean {
  return atMs >= beganAtMs - TOLERANCE_MS && atMs <= endedAtMs + TOLERANCE_MS + (isTaken ? 0 : UNANSWERED_MS);
}
