import type { Logger } from '@worker-host/core';
import type { EcsApi } from '../../aws/ecs-api.js';
import { BoundedMap } from '../../utilities/bounded-map.js';
import { slugifyTag } from '../../utilities/slug.js';
import { TAG, tagsOf } from './task-event.js';

const KEPT_TASKS = 10_000;

/** Whether a task belongs to this pool; `unknown`: it has no tags, because a stop removes them. */
export type PoolOfTask = 'this' | 'other' | 'unknown';

/** Determines by tags which tasks were launched for runs of this pool. */
export class TaskPools {
  readonly #pools = new BoundedMap<string, PoolOfTask>(KEPT_TASKS);

  constructor(
    private readonly ecs: Pick<EcsApi, 'describeTasks'>,
    private readonly workPoolName: string,
    private readonly logger: Logger,
  ) {}

  of(taskArn: string): PoolOfTask {
    return this.#pools.get(taskArn) ?? 'unknown';
  }

  /** Describes unknown tasks, one call per cluster. Never rejects. */
  async learn(
    tasks: readonly { readonly taskArn: string; readonly clusterArn: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    const unknown = tasks.filter(({ taskArn }) => this.#pools.get(taskArn) === undefined);
    for (const clusterArn of new Set(unknown.map((task) => task.clusterArn))) {
      const arns = new Set(unknown.filter((task) => task.clusterArn === clusterArn).map(({ taskArn }) => taskArn));
      await this.#describe(clusterArn, [...arns], signal);
    }
  }

  async #describe(cluster: string, taskArns: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      const order = { cluster, tasks: taskArns, include: ['TAGS'] } as const;
      const { tasks } = await this.ecs.describeTasks(order, { signal, priority: 'watch' });
      for (const { taskArn, tags } of tasks) {
        const pool = tagsOf(tags)[TAG.workPoolName];
        if (!taskArn || pool === undefined) continue;
        this.#pools.set(taskArn, slugifyTag(pool) === slugifyTag(this.workPoolName) ? 'this' : 'other');
      }
    } catch (error) {
      if (!signal.aborted) this.logger.debug('Describing the tasks of events failed', { cluster, error });
    }
  }
}
