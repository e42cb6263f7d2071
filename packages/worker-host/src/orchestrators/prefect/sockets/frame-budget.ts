/** Maximum burst that is read. */
const PERIOD_MS = 1000;
/** A busy pool has some hundred events per second; after a reconnection those of a minute arrive together. */
const MOST_FRAMES = 2000;
const MOST_BYTES = 16 * 1024 * 1024;

/** A source of frames that can be paused and resumed; meanwhile the sender keeps the frames. */
interface Source {
  pause(): void;
  resume(): void;
}

/** Limits the frames and bytes that are read per second: a server that floods a socket does not overload the worker. */
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
