import type { Network } from '../../ec2/network-model.js';
import type { IdSource } from '../../server/id-source.js';
import type { CapacityProvider } from '../capacity/capacity-provider.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { HiddenUntil } from '../consistency/task-reads.js';
import type { RunTaskRequest, Tag, TaskDefinition } from '../ecs-types.js';
import { mergeTags } from '../tags/check-tags.js';
import { firstStatusOf, type Task, type TaskNetwork } from './task.js';

/** Input for a new task. */
export interface NewTask {
  readonly arn: string;
  readonly id: string;
  readonly sequence: number;
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly definitionTags: readonly Tag[];
  readonly request: RunTaskRequest;
  readonly launchType: string;
  readonly provider: CapacityProvider | null;
  readonly nowMs: number;
  readonly hiddenUntilMs: HiddenUntil;
}

/** Creates a task in its initial state. */
export function createTask(from: NewTask, network: Network, ids: IdSource): Task {
  const { request, definition, cluster } = from;
  const overrides = request.overrides?.containerOverrides ?? [];
  const subnetIds = request.networkConfiguration?.awsvpcConfiguration?.subnets ?? [];
  const subnetId = subnetIds[from.sequence % Math.max(subnetIds.length, 1)];
  const subnet = subnetId === undefined ? undefined : network.subnets.get(subnetId);
  const instances = cluster.containerInstanceArns;
  const firstStatus = firstStatusOf(from);
  return {
    id: from.id,
    arn: from.arn,
    sequence: from.sequence,
    cluster,
    definition,
    request,
    launchType: from.launchType,
    provider: from.provider,
    group: groupOf(request, definition),
    containers: definition.containerDefinitions.map((container) => ({
      definition: container,
      override: overrides.find((override) => override.name === container.name) ?? null,
      id: ids.hex(32),
      lastStatus: 'PENDING',
      exitCode: null,
      reason: null,
      pid: null,
    })),
    network: subnetId === undefined ? null : attachNetwork(subnetId, from.sequence, ids),
    containerInstanceArn: firstStatus === 'PENDING' ? (instances[from.sequence % instances.length] ?? null) : null,
    availabilityZone: subnet?.availabilityZone ?? `${from.arn.split(':')[3]}a`,
    times: { createdAt: from.nowMs },
    hiddenUntilMs: from.hiddenUntilMs,
    tags: tagsOf(from),
    lastStatus: firstStatus,
    desiredStatus: 'RUNNING',
    version: 1,
    stopCode: null,
    stoppedReason: null,
  };
}

/** Returns the group of a task: that of the request, otherwise the family. */
export function groupOf(request: RunTaskRequest, definition: TaskDefinition): string {
  return request.group ?? `family:${definition.family}`;
}

function tagsOf({ request, definitionTags, cluster }: NewTask): Tag[] {
  const inherited = request.propagateTags === 'TASK_DEFINITION' ? definitionTags : [];
  const managed = request.enableECSManagedTags === true ? [{ key: 'aws:ecs:clusterName', value: cluster.name }] : [];
  return mergeTags(mergeTags(inherited, request.tags ?? []), managed);
}

function attachNetwork(subnetId: string, sequence: number, ids: IdSource): TaskNetwork {
  const attachmentId = ids.uuid();
  const high = (sequence >> 8) & 0xff;
  const low = sequence & 0xff;
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  return {
    attachmentId,
    interfaceId: `eni-${attachmentId.replaceAll('-', '').slice(0, 17)}`,
    subnetId,
    privateIp: `172.31.${high}.${low}`,
    macAddress: `0a:58:ac:1f:${hex(high)}:${hex(low)}`,
  };
}
