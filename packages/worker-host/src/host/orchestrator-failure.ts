import { isWorkerError } from '@worker-host/core';

const DEEPEST_CAUSE = 5;

/** True: the control plane is away, which may pass by itself. Looks at the causes too. */
export function isUnavailable(error: unknown): boolean {
  return hasCode(error, 'ORCHESTRATOR_UNAVAILABLE');
}

/** True: the control plane does not accept who we are. Looks at the causes too. */
export function isUnauthorized(error: unknown): boolean {
  return hasCode(error, 'ORCHESTRATOR_UNAUTHORIZED');
}

/** By code, not by class: a plugin may bring its own copy of the core. */
export function hasCode(error: unknown, code: string): boolean {
  let each = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && each !== undefined && each !== null; depth += 1) {
    if (isWorkerError(each) && each.code === code) return true;
    each = each instanceof Error ? each.cause : undefined;
  }
  return false;
}
