import { injectable } from 'tsyringe';
import type { ActiveRun } from './active-run.js';

/** The runs in this worker's hands, by id. */
@injectable()
export class ActiveRuns {
  readonly #byId = new Map<string, ActiveRun>();
  #reported = 0;

  get all(): readonly ActiveRun[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Runs whose end was reported here. */
  get reportedCount(): number {
    return this.#reported;
  }

  has(flowRunId: string): boolean {
    return this.#byId.has(flowRunId);
  }

  get(flowRunId: string): ActiveRun | undefined {
    return this.#byId.get(flowRunId);
  }

  add(run: ActiveRun): void {
    this.#byId.set(run.id, run);
  }

  remove(run: ActiveRun, isReported: boolean): void {
    if (isReported) this.#reported += 1;
    if (this.#byId.get(run.id) === run) this.#byId.delete(run.id);
  }

  /** Resolves when nothing is left, also of what is added meanwhile. */
  async allFinished(): Promise<void> {
    while (this.#byId.size > 0) {
      await Promise.all(this.all.map(({ finished }) => finished));
      await Promise.resolve();
    }
  }

  /** Resolves when the infrastructure of each run is stored, or the run is finished. */
  async allHandedOver(): Promise<void> {
    await Promise.all(this.all.map((run) => Promise.race([run.handedOver, run.finished])));
  }
}
