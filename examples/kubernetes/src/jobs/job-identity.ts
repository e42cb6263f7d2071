import { createHash } from 'node:crypto';
import { InfrastructureNotFound, type LaunchName } from '@worker-host/core';

/** Labels by which the worker finds its jobs. */
export const LABELS = {
  launch: 'worker-host.dev/launch',
  pool: 'worker-host.dev/pool',
  flowRun: 'worker-host.dev/flow-run-id',
} as const;

/** Annotations: values that labels do not allow. */
export const ANNOTATIONS = {
  attempt: 'worker-host.dev/attempt-id',
  stopRequested: 'worker-host.dev/stop-requested',
} as const;

/** A job in a cluster. */
export interface JobIdentity {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** The same name for the same launch, in every process: Kubernetes accepts a name once. */
export function jobNameOf({ attempt, relaunch }: Pick<LaunchName, 'attempt' | 'relaunch'>): string {
  return `worker-host-${digest(JSON.stringify([attempt.flowRunId, attempt.id, relaunch]))}`;
}

/** Names of pools can contain any characters; labels cannot. */
export function poolLabelOf(workPoolName: string): string {
  return digest(workPoolName);
}

/** Identifier of the infrastructure: `cluster:namespace:name`. */
export function infrastructurePidOf({ cluster, namespace, name }: JobIdentity): string {
  return `${cluster}:${namespace}:${name}`;
}

/** @throws InfrastructureNotFound if the text does not identify a job. */
export function parseInfrastructurePid(infrastructurePid: string): JobIdentity {
  const [cluster = '', namespace = '', name = '', ...more] = infrastructurePid.split(':');
  if (cluster === '' || namespace === '' || name === '' || more.length > 0)
    throw new InfrastructureNotFound(infrastructurePid, 'it must read cluster:namespace:name');
  return { cluster, namespace, name };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
