/** What is read in one go. */
const PERIOD_MS = 1000;
/** A busy pool has some hundred events a second; after a reconnection those of a minute come together. */
const MOST_FRAMES = 2000;
const MOST_BYTES = 16 * 1024 * 1024;

/** A source of frames that stops and continues; what comes meanwhile stays with the sender. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Reads no more than a number of frames and bytes a second: a server that floods a socket keeps no worker busy. */
export class FrameBudget {
  #frames = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #isPaused = false;
  #isSaid = false;

  constructor(
    private readonly source: Source,
    /** Called once, when the source is first paused. */
    private readonly onFlood: () => void,
  ) {}

  spend(bytes: number): void {
    this.#frames += 1;
    this.#bytes += bytes;
    this.#timer ??= setTimeout(() => this.#renew(), PERIOD_MS).unref();
    if (this.#isPaused || (this.#frames <= MOST_FRAMES && this.#bytes <= MOST_BYTES)) return;
    this.#isPaused = true;
    this.source.pause();
    if (this.#isSaid) return;
    this.#isSaid = true;
    this.onFlood();
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #renew(): void {
    this.#timer = null;
    this.#frames = 0;
    this.#bytes = 0;
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.source.resume();
  }
}
