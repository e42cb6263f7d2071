import type { LaunchPlace } from '@worker-host/core';
import { injectable } from 'tsyringe';
import type { ActiveRun } from './active-run.js';

const MOST_PLACES = 100;

/** The active runs of this worker, by id. */
@injectable()
export class ActiveRuns {
  readonly #byId = new Map<string, ActiveRun>();
  /** Launch places of released runs, by their text, the latest last. */
  readonly #earlierPlaces = new Map<string, LaunchPlace>();
  #reported = 0;

  get all(): readonly ActiveRun[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Number of runs whose end was reported here. */
  get reportedCount(): number {
    return this.#reported;
  }

  /**
   * Distinct launch places of these runs, and at most 100 of earlier ones of this worker: a run that was deleted from outside
   * is unknown to the control plane, and its infrastructure is where nothing else searches.
   */
  get launchPlaces(): readonly LaunchPlace[] {
    const places = new Map(this.#earlierPlaces);
    for (const { launchPlace } of this.#byId.values())
      if (launchPlace !== null) places.set(JSON.stringify(launchPlace), launchPlace);
    return [...places.values()];
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
    if (run.launchPlace !== null) this.#rememberPlace(run.launchPlace);
  }

  #rememberPlace(place: LaunchPlace): void {
    const key = JSON.stringify(place);
    this.#earlierPlaces.delete(key);
    this.#earlierPlaces.set(key, place);
    const [oldest] = this.#earlierPlaces.keys();
    if (this.#earlierPlaces.size > MOST_PLACES && oldest !== undefined) this.#earlierPlaces.delete(oldest);
  }

  /** Resolves when no run is left, including those added meanwhile. */
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
