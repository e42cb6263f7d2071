import type { LaunchPlace } from '@worker-host/core';
import { parseArn } from '../aws/arn.js';
import type { AwsClients } from '../aws/aws-clients.js';
import type { RunTaskInput } from '../aws/ecs-api.js';
import { PlaceUnknownError } from '../task-run/launch-errors.js';
import type { PreparedTaskRun } from '../task-run/launch-types.js';

const DEFAULT_CLUSTER = 'default';

/** A cluster, wherever it is: all that scopes a client token. */
export interface ClusterPlace {
  readonly account: string;
  readonly region: string;
  readonly clusterArn: string;
}

/** Where a launch is sent, and with which of its client tokens. A token is only good in its own cluster. */
export interface EcsLaunchPlace extends ClusterPlace {
  /** How many tokens of the launch are used up by answers that placed nothing. The token of this row may have been sent. */
  readonly tokenRow: number;
}

/** Writes what {@link readLaunchPlace} reads. */
export function launchPlaceOf({ account, region, clusterArn, tokenRow }: EcsLaunchPlace): LaunchPlace {
  return { account, region, clusterArn, tokenRow };
}

/** Null: it is none of ours. */
export function readLaunchPlace(place: LaunchPlace | null): EcsLaunchPlace | null {
  const { clusterArn, tokenRow } = place ?? {};
  if (typeof clusterArn !== 'string') return null;
  const cluster = clusterPlace(clusterArn);
  if (cluster === null || typeof tokenRow !== 'number' || !Number.isSafeInteger(tokenRow)) return null;
  return { ...cluster, tokenRow };
}

/** The place of a cluster by its ARN. Null: it is no ARN of a cluster. */
export function clusterPlace(clusterArn: string): ClusterPlace | null {
  const arn = parseArn(clusterArn);
  if (!arn?.region || !arn.account || !arn.resource.startsWith('cluster/')) return null;
  return { account: arn.account, region: arn.region, clusterArn };
}

/**
 * Where a prepared launch goes: the cluster it names, in the account and region that the ARN of its task definition names.
 *
 * @throws PlaceUnknownError
 */
export function placeOfLaunch({ request, taskDefinition }: PreparedTaskRun, { region }: AwsClients): ClusterPlace {
  const cluster = nameOf(request.cluster);
  const named = clusterPlace(cluster);
  if (named) return named;
  const definitionArn = [taskDefinition.taskDefinitionArn, request.taskDefinition].map(String).find(parseArn) ?? '';
  const clusterArn = clusterArnBeside(definitionArn, cluster);
  const place = clusterArn === null ? null : clusterPlace(clusterArn);
  if (place === null) throw new PlaceUnknownError(String(request.taskDefinition), region);
  return place;
}

/** The request as it is sent to a place: unchanged where it names that cluster. */
export function requestAt(request: RunTaskInput, { clusterArn }: ClusterPlace): RunTaskInput {
  const cluster = nameOf(request.cluster);
  const isThere = cluster === clusterArn || clusterArn.endsWith(`:cluster/${cluster}`);
  return isThere ? request : { ...request, cluster: clusterArn };
}

/** ARN of the cluster of a task by the task's own ARN. Null: that names no cluster. */
export function clusterArnOfTask(taskArn: string): string | null {
  const [, cluster] = /^task\/([^/]+)\/[^/]+$/.exec(parseArn(taskArn)?.resource ?? '') ?? [];
  return cluster === undefined ? null : clusterArnBeside(taskArn, cluster);
}

/** Whether a task can be of a launch that was sent to a place: same account and region, and cluster where its ARN has one. */
export function isTaskAt(taskArn: string, { account, region, clusterArn }: ClusterPlace): boolean {
  const arn = parseArn(taskArn);
  if (arn === null || arn.account !== account || arn.region !== region) return false;
  const cluster = clusterArnOfTask(taskArn);
  return cluster === null || cluster === clusterArn;
}

/** ARN of a cluster of the same account and region as another resource of ECS. */
function clusterArnBeside(arn: string, cluster: string): string | null {
  const [, scope] = /^(arn:[^:]+:ecs:[^:]*:[^:]*:)/.exec(arn) ?? [];
  return scope === undefined ? null : `${scope}cluster/${cluster}`;
}

function nameOf(cluster: unknown): string {
  return typeof cluster === 'string' && cluster !== '' ? cluster : DEFAULT_CLUSTER;
}
