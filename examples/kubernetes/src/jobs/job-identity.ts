import { createHash } from 'node:crypto';
import { InfrastructureNotFound, type LaunchName } from '@worker-host/core';

/** Labels by which the worker finds what it launched. */
export const LABELS = {
  launch: 'worker-host.dev/launch',
  pool: 'worker-host.dev/pool',
  flowRun: 'worker-host.dev/flow-run-id',
} as const;

/** Annotations: what a label cannot hold. */
export const ANNOTATIONS = {
  attempt: 'worker-host.dev/attempt-id',
  stopRequested: 'worker-host.dev/stop-requested',
} as const;

/** A job of a cluster. */
export interface JobIdentity {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** The same name for the same launch, in every process: Kubernetes takes a name once. */
export function jobNameOf({ attempt, relaunch }: Pick<LaunchName, 'attempt' | 'relaunch'>): string {
  return `worker-host-${digest(JSON.stringify([attempt.flowRunId, attempt.id, relaunch]))}`;
}

/** Names of pools may have any characters; labels may not. */
export function poolLabelOf(workPoolName: string): string {
  return digest(workPoolName);
}

/** What names the infrastructure: `cluster:namespace:name`. */
export function infrastructurePidOf({ cluster, namespace, name }: JobIdentity): string {
  return `${cluster}:${namespace}:${name}`;
}

/** @throws InfrastructureNotFound where the text names no job. */
export function parseInfrastructurePid(infrastructurePid: string): JobIdentity {
  const [cluster = '', namespace = '', name = '', ...more] = infrastructurePid.split(':');
  if (cluster === '' || namespace === '' || name === '' || more.length > 0)
    throw new InfrastructureNotFound(infrastructurePid, 'it must read cluster:namespace:name');
  return { cluster, namespace, name };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
