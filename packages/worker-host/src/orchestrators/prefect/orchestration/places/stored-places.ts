import type { Clock, LaunchPlace, Logger } from '@worker-host/core';
import type { VariableStore } from '../../api/variable-store.js';
import { SharedReads } from '../../shared-reads.js';
import { LastingFailures } from './lasting-failures.js';
import { placeNamesBegin, placeOfVariable, placeText, placeVariable } from './place-variable.js';

const DAY_MS = 86_400_000;
/** How often a worker that launches in a place stores it again, which keeps it recent. */
const STORED_EVERY_MS = DAY_MS;
/** Delay after the server has refused to store a place. */
const REFUSED_FOR_MS = 600_000;
/** A place where nothing was launched for longer is not searched: its cluster may have been deleted. */
const RECENT_MS = 90 * DAY_MS;
const MOST_PLACES = 100;

const CONSEQUENCE =
  'Tasks of deleted runs in clusters that the pool has left may be found only by the worker that launched them. ' +
  'Allow the worker to read and write variables.';

export interface StoredPlacesDependencies {
  readonly variables: Pick<VariableStore, 'put' | 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The server's time. */
  readonly serverNowMs: () => number;
  readonly workPoolName: string;
}

/**
 * Where the launches of a pool are searched, as variables of the server: they outlive the runs that were launched there, and the
 * workers that launched them. A place costs a request once a day in each worker.
 */
export class StoredPlaces {
  readonly #stored: SharedReads<true>;
  readonly #writes: LastingFailures;
  readonly #reads: LastingFailures;
  #refusedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: StoredPlacesDependencies) {
    const { clock, logger } = parts;
    this.#stored = new SharedReads(clock, STORED_EVERY_MS, (text) => this.#store(JSON.parse(text) as LaunchPlace));
    this.#writes = new LastingFailures((error) =>
      logger.warn(`Storing where runs are launched in a variable of the server failed. ${CONSEQUENCE}`, { error }),
    );
    this.#reads = new LastingFailures((error) =>
      logger.warn(`Reading where runs were launched from variables of the server failed. ${CONSEQUENCE}`, { error }),
    );
  }

  /** Resolves when the place is stored, or if the server permanently refuses to store it: then with a warning. */
  async remember(place: LaunchPlace): Promise<void> {
    const { clock } = this.parts;
    if (clock.monotonicMs() < this.#refusedUntilMs) return;
    try {
      await this.#stored.get(placeText(place));
    } catch (error) {
      if (clock.monotonicMs() >= this.#refusedUntilMs) throw error;
    }
  }

  /** Returns at most 100 places, those stored last first; none if the server permanently refuses to list them. */
  async read(signal?: AbortSignal): Promise<readonly LaunchPlace[]> {
    const { serverNowMs, variables, workPoolName } = this.parts;
    try {
      const listed = await variables.list(placeNamesBegin(workPoolName), MOST_PLACES, signal);
      this.#reads.noteSuccess();
      const sinceMs = serverNowMs() - RECENT_MS;
      const recent = listed.filter(({ updated }) => !(Date.parse(updated ?? '') < sinceMs));
      return recent.map((each) => placeOfVariable(each, workPoolName)).filter((place) => place !== null);
    } catch (error) {
      this.#reads.tolerate(error);
      return [];
    }
  }

  /** Rejects also if the failure lasts, so that the place does not count as stored. */
  async #store(place: LaunchPlace): Promise<true> {
    const { clock, variables, workPoolName } = this.parts;
    try {
      await variables.put(placeVariable(workPoolName, place));
    } catch (error) {
      this.#writes.tolerate(error);
      this.#refusedUntilMs = clock.monotonicMs() + REFUSED_FOR_MS;
      throw error;
    }
    this.#writes.noteSuccess();
    return true;
  }
}
