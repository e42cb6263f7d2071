import { type Clock, isJsonObject } from '@worker-host/core';
import type { EcsTaskDefinition } from '../aws/ecs-api.js';
import {
  describeFirst,
  findLaunchedTask,
  findTaskAlive,
  type KnownTask,
  type SearchedCluster,
} from '../recovery/find-launched-task.js';
import { searchUntilSure } from '../recovery/search-until-sure.js';

/** The search for the task of one launch. */
export class LaunchedTaskSearch {
  constructor(
    private readonly searched: SearchedCluster,
    private readonly startedBy: string,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Searches running tasks, with one call. Enough while the token guards: ECS responds to it with an ended task, too.
   */
  alive(): Promise<KnownTask | null> {
    return findTaskAlive(this.searched, this.startedBy, this.signal);
  }

  /** Searches running tasks and those that ended within the last hour. */
  all(definition: EcsTaskDefinition | null): Promise<KnownTask | null> {
    return findLaunchedTask(this.searched, this.startedBy, familyOf(definition), this.signal);
  }

  /** Like {@link alive}, for as long as a task may not be visible yet. */
  aliveForSure(): Promise<KnownTask | null> {
    return searchUntilSure(() => this.alive(), this.clock, this.signal);
  }

  /** Like {@link all}, for as long as a task may not be visible yet. */
  allForSure(definition: EcsTaskDefinition | null): Promise<KnownTask | null> {
    const search = (isThorough: boolean) => (isThorough ? this.all(definition) : this.alive());
    return searchUntilSure(search, this.clock, this.signal);
  }

  /** Returns the task in a conflict; only its ARN if it is not visible yet. */
  async named(taskArn: string): Promise<KnownTask> {
    return (await describeFirst(this.searched, [taskArn], this.signal).catch(() => null)) ?? { taskArn };
  }
}

function familyOf(definition: EcsTaskDefinition | null): string | null {
  return isJsonObject(definition) && typeof definition.family === 'string' ? definition.family : null;
}
