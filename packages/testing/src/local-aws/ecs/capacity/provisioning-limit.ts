import { clientException } from '../../server/aws-error.js';
import type { Task, TaskHome } from '../tasks/task.js';

/** Maximum number of tasks of Auto Scaling group providers in PROVISIONING per cluster. Source: ECS service quotas. */
const MAX_PROVISIONING = 500;

/** Rejects tasks beyond the quota. */
export function checkProvisioningLimit(cluster: TaskHome, count: number): void {
  let waiting = 0;
  for (const task of cluster.alive.values()) if (isWaiting(task)) waiting += 1;
  if (waiting + count > MAX_PROVISIONING) throw clientException('Tasks provisioning capacity limit exceeded.');
}

function isWaiting({ lastStatus, provider }: Task): boolean {
  return lastStatus === 'PROVISIONING' && provider?.kind === 'auto-scaling-group';
}
