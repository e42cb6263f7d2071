import { WorkerError } from '@worker-host/core';

/** The worker type is not configured, and the plugins do not determine it. */
export class WorkerTypeUndecidedError extends WorkerError {
  readonly code = 'WORKER_TYPE_UNDECIDED';

  constructor(workPoolName: string, foundTypes: readonly string[]) {
    const found =
      foundTypes.length === 0
        ? 'No plugin was found: install one in your project or next to worker-host, or pass --plugin.'
        : `Pass --type, one of: ${foundTypes.join(', ')}.`;
    super(`Cannot determine the worker type: work pool '${workPoolName}' does not exist. ${found}`, {
      details: { workPoolName, foundTypes: [...foundTypes] },
    });
  }
}

/** The requested type is not the type of the pool. */
export class WorkerTypeMismatchError extends WorkerError {
  readonly code = 'WORKER_TYPE_MISMATCH';

  constructor(workPoolName: string, poolType: string, wantedType: string, wantedBy: string) {
    super(
      `The work pool has another type than the worker [pool=${workPoolName}, type=${poolType}, wanted=${wantedType}, ` +
        `by=${wantedBy}]. Omit the type, or choose another pool.`,
      { details: { workPoolName, poolType, wantedType } },
    );
  }
}

/** A worker type and why it was selected, for people. */
export interface ChosenType {
  readonly type: string;
  readonly reason: string;
}

/** Returns the configured type, which must be the pool's if the pool is known. Null: neither is known. */
export function typeNamedOrOfPool(
  workPoolName: string,
  named: { readonly type: string; readonly source: string } | null,
  poolType: string | null,
): ChosenType | null {
  if (named !== null && poolType !== null && named.type !== poolType)
    throw new WorkerTypeMismatchError(workPoolName, poolType, named.type, named.source);
  if (named !== null) return { type: named.type, reason: named.source };
  return poolType === null ? null : { type: poolType, reason: 'the type of the pool' };
}

/** Returns the type of the only plugin. */
export function typeOfOnlyPlugin(workPoolName: string, foundTypes: readonly string[]): ChosenType {
  const [only, ...others] = foundTypes;
  if (only === undefined || others.length > 0) throw new WorkerTypeUndecidedError(workPoolName, foundTypes);
  return { type: only, reason: 'the only plugin found' };
}
