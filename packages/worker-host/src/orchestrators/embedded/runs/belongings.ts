import type { WorkPool } from '@worker-host/core';
import type { DeploymentView } from '../administration-types.js';
import type { Deployments } from '../deployments/deployments.js';
import { PoolInputError } from '../embedded-errors.js';
import type { Pools } from '../pools/pools.js';
import type { NewFlowRun } from './new-flow-runs.js';

/** What a new run belongs to. */
export interface Belonging {
  readonly deployment: DeploymentView | null;
  readonly pool: WorkPool;
  readonly queueId: string;
}

/** What new runs belong to, read once for all that are made in one transaction. */
export class Belongings {
  readonly #known = new Map<string, Belonging>();

  constructor(
    private readonly pools: Pools,
    private readonly deployments: Deployments,
  ) {}

  /** @throws NotFoundError; PoolInputError for a run that names neither deployment nor pool */
  of({ deploymentName, workPoolName, workQueueName }: NewFlowRun): Belonging {
    const key = JSON.stringify([deploymentName, workPoolName, workQueueName]);
    let belonging = this.#known.get(key);
    if (belonging === undefined) {
      const deployment = deploymentName === null ? null : this.deployments.read(deploymentName);
      const poolName = deployment?.workPoolName ?? workPoolName;
      if (poolName === null) throw new PoolInputError('run', ['it needs a deployment or a work pool']);
      const pool = this.pools.read(poolName);
      const queueId = this.pools.queueIdOf(pool, workQueueName ?? deployment?.workQueueName ?? null);
      belonging = { deployment, pool, queueId };
      this.#known.set(key, belonging);
    }
    return belonging;
  }
}
