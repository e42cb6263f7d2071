import type { LiveRun } from './live-run.js';

/** The runs in this worker's hands, by id. */
export class LiveRuns {
  readonly #byId = new Map<string, LiveRun>();
  #ended = 0;

  /** @param onSize told how many there are, at the beginning and at each change. */
  constructor(private readonly onSize: (size: number) => void) {
    onSize(0);
  }

  get all(): readonly LiveRun[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Runs that ended and were reported. */
  get endedCount(): number {
    return this.#ended;
  }

  has(flowRunId: string): boolean {
    return this.#byId.has(flowRunId);
  }

  get(flowRunId: string): LiveRun | undefined {
    return this.#byId.get(flowRunId);
  }

  add(run: LiveRun): void {
    this.#byId.set(run.id, run);
    this.onSize(this.size);
  }

  remove(run: LiveRun): void {
    if (run.phase === 'reported') this.#ended += 1;
    if (this.#byId.get(run.id) === run) this.#byId.delete(run.id);
    this.onSize(this.size);
  }

  /** Resolves when nothing is left, also of what comes meanwhile. */
  async allSettled(): Promise<void> {
    while (this.#byId.size > 0) await Promise.all(this.all.map(({ settled }) => settled));
  }

  /** Resolves when each run alive is launched and what names its infrastructure is stored, or has ended. */
  async allHandedOver(): Promise<void> {
    await Promise.all(this.all.map((run) => Promise.race([run.handedOver, run.settled])));
  }
}
