import type { ApiFlowRun } from '../api/api-types.js';
import { isServerFault } from '../api/poisoned-runs.js';
import type { PrefectApi } from '../api/prefect-api.js';

/** A run as read. */
export interface RunSight {
  /** Null: it was deleted. */
  readonly run: ApiFlowRun | null;
  /** When the read started (monotonic milliseconds). */
  readonly atMs: number;
}

/** Several runs as read. */
export interface RunsRead {
  /** By id. Deleted ones are absent. */
  readonly runs: ReadonlyMap<string, ApiFlowRun>;
  /** By id: why the server could not read it, for example because a label is not a text. */
  readonly broken: ReadonlyMap<string, unknown>;
}

interface Waiting {
  readonly id: string;
  readonly resolve: (sight: RunSight) => void;
  readonly reject: (error: unknown) => void;
}

const MOST_TOGETHER = 200;
const SINGLES_AT_ONCE = 8;

/** Reads runs individually under low load, and together under high load: requests during a read join the next one. */
export class RunReads {
  readonly #waiting: Waiting[] = [];
  #isReading = false;

  constructor(
    private readonly api: PrefectApi,
    private readonly monotonicMs: () => number,
  ) {}

  /** Reads the run, with a read that starts after this call. */
  read(id: string): Promise<RunSight> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      if (!this.#isReading) void this.#run();
    });
  }

  /** Reads several runs by id; one that the server cannot read does not affect the others. */
  async readAll(ids: readonly string[], signal?: AbortSignal): Promise<RunsRead> {
    const runs = new Map<string, ApiFlowRun>();
    const broken = new Map<string, unknown>();
    for (let from = 0; from < ids.length; from += MOST_TOGETHER) {
      await this.#readPage(ids.slice(from, from + MOST_TOGETHER), runs, broken, signal);
    }
    return { runs, broken };
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    // Requests of the same turn are combined.
    await null;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, MOST_TOGETHER);
      const atMs = this.monotonicMs();
      try {
        const { runs, broken } = await this.readAll([...new Set(together.map(({ id }) => id))]);
        for (const { id, resolve, reject } of together) {
          if (broken.has(id)) reject(broken.get(id));
          else resolve({ run: runs.get(id) ?? null, atMs });
        }
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#isReading = false;
  }

  /** A run that a list lacks is read by itself: only the answer that it does not exist means that it was deleted. */
  async #readPage(
    ids: readonly string[],
    runs: Map<string, ApiFlowRun>,
    broken: Map<string, unknown>,
    signal?: AbortSignal,
  ): Promise<void> {
    let missing = ids;
    if (ids.length > 1) {
      try {
        const found = await this.api.listFlowRuns({ flow_runs: { id: { any_: ids } } }, signal);
        for (const run of found) runs.set(run.id, run);
        missing = ids.filter((id) => !runs.has(id));
      } catch (error) {
        if (!isServerFault(error)) throw error;
      }
    }
    for (let from = 0; from < missing.length; from += SINGLES_AT_ONCE) {
      const readOne = async (id: string): Promise<void> => {
        try {
          const run = await this.api.readFlowRun(id, signal);
          if (run !== null) runs.set(id, run);
        } catch (error) {
          if (!isServerFault(error)) throw error;
          broken.set(id, error);
        }
      };
      await Promise.all(missing.slice(from, from + SINGLES_AT_ONCE).map(readOne));
    }
  }
}
