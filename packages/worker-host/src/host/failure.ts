import { isLaunchRefused, isWorkerError, isWorkerNotReady } from '@worker-host/core';
import type { FailureKind, RunStep } from './run/run-state.js';

const DEEPEST_CAUSE = 5;

/** Returns whether the control plane is unavailable, which is transient. Checks the causes too. */
export function isUnavailable(error: unknown): boolean {
  return hasCode(error, 'ORCHESTRATOR_UNAVAILABLE');
}

/** Returns whether the control plane rejects the credentials. Checks the causes too. */
export function isUnauthorized(error: unknown): boolean {
  return hasCode(error, 'ORCHESTRATOR_UNAUTHORIZED');
}

/** Returns whether retrying cannot succeed while this process runs. */
export function isFatal(error: unknown): boolean {
  return (
    isUnauthorized(error) ||
    hasCode(error, 'WORK_POOL_TYPE_MISMATCH') ||
    hasCode(error, 'WORKER_NAME_IN_USE') ||
    hasCode(error, 'DATABASE_REPLACED')
  );
}

/** By code, not by class: a plugin can bring its own copy of the core. */
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

/** Classifies the failure of a step by its error; `run/failure-table.ts` decides what follows. */
export function kindOfFailure(error: unknown, step: RunStep): FailureKind {
  const causes = causesOf(error);
  if (causes.some(isLaunchRefused)) return 'refused';
  if (causes.some(isWorkerNotReady)) return 'not-ready';
  const known = KINDS.find(([code]) => hasCode(error, code));
  if (known !== undefined) return known[1];
  if (!isWorkerError(error)) return 'fault';
  // Any other failure is caused by the template or the plugin, and will be the same the next time.
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
