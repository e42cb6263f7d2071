import type { LaunchPlace } from '@worker-host/core';
import { parseArn } from '../aws/arn.js';
import type { AwsClients } from '../aws/aws-clients.js';
import type { RunTaskInput } from '../aws/ecs-api.js';
import { PlaceUnknownError } from '../task-run/launch-errors.js';
import type { PreparedTaskRun } from '../task-run/launch-types.js';

const DEFAULT_CLUSTER = 'default';

/** A cluster with its account and region: the scope of a client token. */
export interface ClusterPlace {
  readonly account: string;
  readonly region: string;
  readonly clusterArn: string;
}

/** Where a launch is sent, and with which of its client tokens. A token is valid only in its cluster. */
export interface EcsLaunchPlace extends ClusterPlace {
  /** Number of tokens of the launch used up by responses that placed nothing. The token of this number may have been sent. */
  readonly tokenRow: number;
}

/** Serializes a place for {@link readLaunchPlace}. */
export function launchPlaceOf({ account, region, clusterArn, tokenRow }: EcsLaunchPlace): LaunchPlace {
  return { account, region, clusterArn, tokenRow };
}

/** Returns the place without its token: the cluster, where each of its launches is found. */
export function searchPlaceOf(place: LaunchPlace): LaunchPlace {
  const cluster = readClusterPlace(place);
  return cluster === null ? place : { ...cluster };
}

/** Reads the cluster of a launch place, or of a place of {@link searchPlaceOf}. Null: not a place of this plugin. */
export function readClusterPlace(place: LaunchPlace | null): ClusterPlace | null {
  const { clusterArn } = place ?? {};
  return typeof clusterArn === 'string' ? clusterPlace(clusterArn) : null;
}

/** Null: not a launch place of this plugin. */
export function readLaunchPlace(place: LaunchPlace | null): EcsLaunchPlace | null {
  const cluster = readClusterPlace(place);
  const { tokenRow } = place ?? {};
  if (cluster === null || typeof tokenRow !== 'number' || !Number.isSafeInteger(tokenRow)) return null;
  return { ...cluster, tokenRow };
}

/** Returns the place of a cluster by its ARN. Null: not the ARN of a cluster. */
export function clusterPlace(clusterArn: string): ClusterPlace | null {
  const arn = parseArn(clusterArn);
  if (!arn?.region || !arn.account || !arn.resource.startsWith('cluster/')) return null;
  return { account: arn.account, region: arn.region, clusterArn };
}

/**
 * Returns where a prepared launch goes: its cluster, in the account and region of its task definition's ARN.
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

/** Returns the request as sent to a place: unchanged if it names that cluster. */
export function requestAt(request: RunTaskInput, { clusterArn }: ClusterPlace): RunTaskInput {
  const cluster = nameOf(request.cluster);
  const isThere = cluster === clusterArn || clusterArn.endsWith(`:cluster/${cluster}`);
  return isThere ? request : { ...request, cluster: clusterArn };
}

/** Returns the ARN of a task's cluster by the task's ARN. Null: it does not contain the cluster. */
export function clusterArnOfTask(taskArn: string): string | null {
  const [, cluster] = /^task\/([^/]+)\/[^/]+$/.exec(parseArn(taskArn)?.resource ?? '') ?? [];
  return cluster === undefined ? null : clusterArnBeside(taskArn, cluster);
}

/**
 * Returns whether a task can belong to a launch sent to a place: same account and region, and cluster if its ARN contains it.
 */
export function isTaskAt(taskArn: string, { account, region, clusterArn }: ClusterPlace): boolean {
  const arn = parseArn(taskArn);
  if (arn === null || arn.account !== account || arn.region !== region) return false;
  const cluster = clusterArnOfTask(taskArn);
  return cluster === null || cluster === clusterArn;
}

/** Returns the ARN of a cluster in the account and region of another ECS resource. */
function clusterArnBeside(arn: string, cluster: string): string | null {
  const [, scope] = /^(arn:[^:]+:ecs:[^:]*:[^:]*:)/.exec(arn) ?? [];
  return scope === undefined ? null : `${scope}cluster/${cluster}`;
}

function nameOf(cluster: unknown): string {
  return typeof cluster === 'string' && cluster !== '' ? cluster : DEFAULT_CLUSTER;
}
