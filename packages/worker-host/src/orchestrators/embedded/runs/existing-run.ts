import { isDeepStrictEqual } from 'node:util';
import { expandDottedVariables, type FlowRun, type JsonObject } from '@worker-host/core';
import type { DeploymentView } from '../administration-types.js';
import type { NewFlowRun } from './new-flow-runs.js';
import { arrayOf } from './run-arrays.js';
import { USUAL_PRIORITY } from './run-order.js';

/** A run that was asked for. */
export interface RequestedRun extends FlowRun {
  /** False: an idempotency or unique key had made it before, and no run was created. */
  readonly isNew: boolean;
  /** Where the request differs from a run that existed, such as `jobVariables`. */
  readonly differences: readonly string[];
}

/** Names the properties in which a request differs from the run that its key had made. */
export function differencesOf(
  run: NewFlowRun,
  existing: FlowRun,
  deployment: DeploymentView | null,
): readonly string[] {
  const wanted = requestedOf(run, deployment);
  const found: Readonly<Record<string, unknown>> = {
    name: existing.name,
    workQueueName: existing.workQueueName,
    jobVariables: existing.jobVariables,
    parameters: existing.parameters,
    tags: [...existing.tags].sort(),
    priority: existing.json.priority,
    array: arraySizeOf(arrayOf(existing)),
  };
  return Object.entries(wanted)
    .filter(([name, value]) => value !== null && !isDeepStrictEqual(value, found[name]))
    .map(([name]) => name);
}

/** As it would be stored; null: not stated. */
function requestedOf(run: NewFlowRun, deployment: DeploymentView | null): JsonObject {
  return {
    name: run.name,
    workQueueName: run.workQueueName,
    jobVariables: expandDottedVariables(run.jobVariables),
    parameters: { ...deployment?.parameters, ...run.parameters },
    tags: [...new Set([...(deployment?.tags ?? []), ...run.tags])].sort(),
    priority: run.priority ?? deployment?.priority ?? USUAL_PRIORITY,
    array: arraySizeOf(run.array ?? null),
  };
}

function arraySizeOf(array: { readonly size: number } | null): number {
  return array?.size ?? 1;
}
