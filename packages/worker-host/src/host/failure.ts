import { isLaunchRefused, isWorkerError, isWorkerNotReady } from '@worker-host/core';
import type { FailureKind, RunStep } from './run/run-state.js';

const DEEPEST_CAUSE = 5;

/** True: the control plane is away, which may pass by itself. The causes count too. */
export function isUnavailable(error: unknown): boolean {
  return hasCode(error, 'ORCHESTRATOR_UNAVAILABLE');
}

/** True: the control plane does not accept who we are. The causes count too. */
export function isUnauthorized(error: unknown): boolean {
  return hasCode(error, 'ORCHESTRATOR_UNAUTHORIZED');
}

/** True: no later try can succeed while this process runs. */
export function isFatal(error: unknown): boolean {
  return (
    isUnauthorized(error) ||
    hasCode(error, 'WORK_POOL_TYPE_MISMATCH') ||
    hasCode(error, 'WORKER_NAME_IN_USE') ||
    hasCode(error, 'DATABASE_REPLACED')
  );
}

/** By code, not by class: a plugin may bring its own copy of the core. */
export function hasCode(error: unknown, code: string): boolean {
  return causesOf(error).some((each) => isWorkerError(each) && each.code === code);
}

const KINDS: readonly (readonly [code: string, kind: FailureKind])[] = [
  ['ORCHESTRATOR_UNAUTHORIZED', 'unauthorized'],
  ['LEASE_LOST', 'lease-lost'],
  ['ORCHESTRATOR_UNAVAILABLE', 'unavailable'],
  ['CONTROL_PLANE_RECORD_UNREADABLE', 'unreadable'],
  ['CONTROL_PLANE_READ_FAILED', 'failed'],
  ['RUN_CANCELLED', 'cancelled'],
  ['DEPLOYMENT_GONE', 'deployment-gone'],
  ['JOB_CONFIGURATION_INVALID', 'invalid'],
  ['INFRASTRUCTURE_NOT_FOUND', 'not-found'],
  ['WORKER_RESULT_INVALID', 'fault'],
  ['PLUGIN_FAULT', 'fault'],
  ['PLUGIN_ERROR_UNREADABLE', 'fault'],
  ['PLUGIN_CALL_INVALID', 'fault'],
];

/** Sorts the failure of a step by what it says of itself; see `run/failure-table.ts` for what follows. */
export function kindOfFailure(error: unknown, step: RunStep): FailureKind {
  const causes = causesOf(error);
  if (causes.some(isLaunchRefused)) return 'refused';
  if (causes.some(isWorkerNotReady)) return 'not-ready';
  const known = KINDS.find(([code]) => hasCode(error, code));
  if (known !== undefined) return known[1];
  if (!isWorkerError(error)) return 'fault';
  // What is not the control plane's is the template's or the plugin's, and will be the same the next time.
  return step === 'render' ? 'invalid' : 'failed';
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let each = error; causes.length < DEEPEST_CAUSE && each !== undefined && each !== null; ) {
    causes.push(each);
    each = each instanceof Error ? each.cause : undefined;
  }
  return causes;
}
