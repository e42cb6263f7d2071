import { clientException, invalidParameter } from '../../server/aws-error.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { EcsState } from '../ecs-state.js';
import type { RunTaskRequest, TaskDefinition } from '../ecs-types.js';
import { groupOf } from './create-task.js';
import { faultTargetOf } from './task.js';

const INACTIVE = 'TaskDefinition is inactive';
const DEFAULT_GRACE_MS = 600_000;

/** Rejects a deregistered definition, unless a fault grants it some time. */
export function checkActive(
  state: EcsState,
  cluster: Cluster,
  definition: TaskDefinition,
  request: RunTaskRequest,
): void {
  if (definition.status === 'ACTIVE') return;
  if (definition.status === 'INACTIVE' && definition.deregisteredAt !== undefined) {
    const launchType = request.launchType ?? '';
    const group = groupOf(request, definition);
    const target = faultTargetOf({ arn: '', cluster, definition, request, group, launchType, provider: null });
    const grace = state.faults.take('inactive-grace', target);
    const ageMs = state.clock.nowMs() - definition.deregisteredAt * 1000;
    if (grace !== null && ageMs < (grace.graceMs ?? DEFAULT_GRACE_MS)) return;
  }
  throw state.assumptions.values.inactiveIsInvalidParameter ? invalidParameter(INACTIVE) : clientException(INACTIVE);
}
