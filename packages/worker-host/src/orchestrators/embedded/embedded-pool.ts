import { dataFilesOf } from './database/data-directory.js';
import { EmbeddedDatabase } from './database/database.js';
import { Declarations } from './deployments/declarations.js';
import { Deployments } from './deployments/deployments.js';
import { DueRuns } from './leases/due-runs.js';
import { WorkerListing } from './leases/worker-listing.js';
import { Workers } from './leases/workers.js';
import { LimitStrategies } from './limits/limit-strategies.js';
import { PoolRoom } from './limits/pool-room.js';
import { RunLimits } from './limits/run-limits.js';
import { PoolOverviews } from './listing/pool-overview.js';
import { RunLists } from './listing/run-lists.js';
import { PoolUpkeep } from './pool-upkeep.js';
import { Pools } from './pools/pools.js';
import { Pruning } from './pools/pruning.js';
import { RetentionRules } from './pools/retention.js';
import { BulkRuns } from './runs/bulk-runs.js';
import { FlowRuns } from './runs/flow-runs.js';
import { RunArrays } from './runs/run-arrays.js';
import { RunDependencies } from './runs/run-dependencies.js';
import { RunEnds } from './runs/run-ends.js';
import { RunSelection } from './runs/run-selection.js';
import { RunTimeLimits } from './runs/run-time-limits.js';
import { MissedRuns } from './schedules/missed-runs.js';
import { Planner } from './schedules/planner.js';
import { Secrets } from './variables-and-secrets/secrets.js';
import { Variables } from './variables-and-secrets/variables.js';

export interface EmbeddedPoolOptions {
  /** Directory of the data. */
  readonly home: string;
  /** Key that encrypts secrets; null: a key file next to the database. */
  readonly secretKey?: string | null;
  /** Default: the system clock. */
  readonly nowMs?: () => number;
}

/** All stored data of the embedded pool, with one store per kind of object. */
export class EmbeddedPool {
  readonly pools: Pools;
  readonly limits: RunLimits;
  readonly deployments: Deployments;
  readonly runs: FlowRuns;
  readonly due: DueRuns;
  readonly ends: RunEnds;
  readonly upkeep: PoolUpkeep;
  readonly retention: RetentionRules;
  readonly arrays: RunArrays;
  readonly pruning: Pruning;
  readonly selection: RunSelection;
  readonly bulk: BulkRuns;
  readonly missed: MissedRuns;
  readonly runLists: RunLists;
  readonly workers: WorkerListing;
  readonly overviews: PoolOverviews;
  readonly planner: Planner;
  readonly variables: Variables;
  readonly secrets: Secrets;
  readonly declarations: Declarations;

  private constructor(
    readonly database: EmbeddedDatabase,
    { home, secretKey = null }: EmbeddedPoolOptions,
    readonly nowMs: () => number,
  ) {
    this.pools = new Pools(database, nowMs);
    this.limits = new RunLimits(database, nowMs);
    this.deployments = new Deployments(database, this.pools, this.limits, nowMs);
    this.runs = new FlowRuns(database, this.pools, this.deployments, this.limits, nowMs);
    this.due = new DueRuns(database, this.pools, this.limits, new PoolRoom(database, nowMs));
    this.ends = new RunEnds(database, this.runs, nowMs);
    const strategies = new LimitStrategies(database, this.runs, this.limits);
    this.upkeep = new PoolUpkeep(
      database,
      this.runs,
      strategies,
      new RunTimeLimits(database),
      new RunDependencies(database),
      nowMs,
    );
    this.retention = new RetentionRules(database, this.pools, nowMs);
    this.arrays = new RunArrays(database, this.limits, nowMs);
    this.pruning = new Pruning(database, this.retention, this.arrays, nowMs);
    this.selection = new RunSelection(database, this.pools, this.deployments);
    this.bulk = new BulkRuns(database, this.pools, this.deployments, this.runs);
    this.missed = new MissedRuns(database, this.runs, nowMs);
    this.workers = new WorkerListing(database, new Workers(database, nowMs));
    this.runLists = new RunLists(database, this.pools, this.deployments, this.workers, this.limits, this.arrays, nowMs);
    this.overviews = new PoolOverviews(database, this.pools, this.workers, this.runLists, nowMs);
    this.planner = new Planner(database, this.runs, nowMs);
    this.variables = new Variables(database, nowMs);
    this.declarations = new Declarations(database, this);
    this.secrets = new Secrets(database, dataFilesOf(home).secretKeyPath, secretKey, nowMs);
  }

  /** Opens or creates the pool in a directory. */
  static open(options: EmbeddedPoolOptions): EmbeddedPool {
    return new EmbeddedPool(EmbeddedDatabase.open(dataFilesOf(options.home)), options, options.nowMs ?? Date.now);
  }

  close(): void {
    this.database.close();
  }
}
