import type { EmbeddedDatabase } from '../database/database.js';
import type { RunFilter } from '../database/run-filter.js';
import type { Deployments } from '../deployments/deployments.js';
import { NotFoundError } from '../embedded-errors.js';
import type { WorkerListing } from '../leases/worker-listing.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import type { RunArrays } from '../runs/run-arrays.js';
import { type ListRange, RunListing } from './run-listing.js';
import { RunSummaries, type RunSummary } from './run-summaries.js';

/** Filter for runs, by the names that users write, and the part of the list. */
export interface RunQuery extends Omit<RunFilter, 'poolId' | 'deploymentId'>, ListRange {
  readonly workPoolName?: string | null;
  readonly deploymentName?: string | null;
}

/** A part of a list of runs. */
export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Number of further runs; 10,000: that many or more. */
  readonly more: number;
}

/** Lists runs, and reads a single one in the same form. */
export class RunLists {
  readonly #listing: RunListing;
  readonly #summaries: RunSummaries;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly pools: Pools,
    private readonly deployments: Deployments,
    workers: WorkerListing,
    limits: Pick<RunLimits, 'refusal'>,
    arrays: Pick<RunArrays, 'counts'>,
    nowMs: () => number,
  ) {
    this.#listing = new RunListing(database, nowMs);
    this.#summaries = new RunSummaries(database, workers, limits, arrays, nowMs);
  }

  /** @throws NotFoundError for a pool or deployment that does not exist */
  list({ workPoolName, deploymentName, sort, after, limit, ...filter }: RunQuery): RunPage {
    return this.database.read(() => {
      const poolId = given(workPoolName) ? this.pools.read(workPoolName).id : null;
      const deploymentId = given(deploymentName) ? this.deployments.read(deploymentName).id : null;
      const { ids, more } = this.#listing.list({ ...filter, poolId, deploymentId }, { sort, after, limit });
      return { runs: this.#summaries.read(ids), more };
    });
  }

  /** @param id the complete id. @throws NotFoundError */
  read(id: string): RunSummary {
    const [run] = this.#summaries.read([id]);
    if (run === undefined) throw new NotFoundError('flow run', id);
    return run;
  }
}

function given(name: string | null | undefined): name is string {
  return name !== null && name !== undefined;
}
