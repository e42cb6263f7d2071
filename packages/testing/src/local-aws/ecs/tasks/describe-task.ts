import type { Answer } from '../../server/operation.js';
import { copyOfTask } from './copy-of-task.js';
import { firstStatusOf, type Task, type TaskContainer } from './task.js';

/** Returns the wire shape of a task. Times are epoch seconds. */
export function describeTask(task: Task, withTags: boolean): Answer {
  const { definition, request, times } = task;
  return {
    attachments: describeAttachments(task),
    attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
    availabilityZone: task.availabilityZone,
    capacityProviderName: task.provider?.name,
    clusterArn: task.cluster.arn,
    connectivity: times.connectivityAt === undefined ? undefined : 'CONNECTED',
    connectivityAt: toSeconds(times.connectivityAt),
    containerInstanceArn: task.containerInstanceArn ?? undefined,
    containers: task.containers.map((container) => describeContainer(task, container)),
    cpu: request.overrides?.cpu ?? definition.cpu,
    createdAt: toSeconds(times.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: request.enableExecuteCommand ?? false,
    ephemeralStorage: isFargate(task) ? ephemeralStorageOf(task) : undefined,
    executionStoppedAt: toSeconds(times.executionStoppedAt),
    group: task.group,
    healthStatus: 'UNKNOWN',
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    memory: request.overrides?.memory ?? definition.memory,
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [], ...request.overrides },
    platformFamily: isFargate(task) ? 'Linux' : undefined,
    platformVersion: isFargate(task) ? platformVersionOf(request.platformVersion) : undefined,
    pullStartedAt: toSeconds(times.pullStartedAt),
    pullStoppedAt: toSeconds(times.pullStoppedAt),
    startedAt: toSeconds(times.startedAt),
    startedBy: request.startedBy,
    stopCode: task.stopCode ?? undefined,
    stoppedAt: toSeconds(times.stoppedAt),
    stoppedReason: task.stoppedReason ?? undefined,
    stoppingAt: toSeconds(times.stoppingAt),
    tags: withTags ? task.tags : [],
    taskArn: task.arn,
    taskDefinitionArn: definition.taskDefinitionArn,
    version: task.version,
  };
}

/** Returns the task as in the response of RunTask, which a repeated call with the same token gets again. */
export function describeTaskAsLaunched(task: Task): Answer {
  const launched: Task = {
    ...copyOfTask(task),
    lastStatus: firstStatusOf(task),
    containerInstanceArn: task.provider === null ? task.containerInstanceArn : null,
    desiredStatus: 'RUNNING',
    version: 1,
    stopCode: null,
    stoppedReason: null,
    times: { createdAt: task.times.createdAt },
    containers: task.containers.map((container) => ({
      ...container,
      lastStatus: 'PENDING',
      exitCode: null,
      reason: null,
      pid: null,
    })),
  };
  return describeTask(launched, true);
}

function describeContainer(task: Task, container: TaskContainer): Answer {
  const { definition, override } = container;
  const memory = override?.memory ?? definition.memory;
  const memoryReservation = override?.memoryReservation ?? definition.memoryReservation;
  return {
    containerArn: task.arn.replace(':task/', ':container/').concat('/', container.id),
    taskArn: task.arn,
    name: definition.name,
    image: definition.image,
    runtimeId: container.lastStatus === 'PENDING' ? undefined : `${task.id}-${container.id.slice(0, 10)}`,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode ?? undefined,
    reason: container.reason ?? undefined,
    networkBindings: [],
    networkInterfaces:
      task.network === null
        ? []
        : [{ attachmentId: task.network.attachmentId, privateIpv4Address: task.network.privateIp }],
    healthStatus: 'UNKNOWN',
    cpu: String(override?.cpu ?? definition.cpu),
    memory: memory === undefined ? undefined : String(memory),
    memoryReservation: memoryReservation === undefined ? undefined : String(memoryReservation),
  };
}

function describeAttachments(task: Task): Answer[] {
  const { network } = task;
  if (network === null) return [];
  const isAttached = task.times.connectivityAt !== undefined;
  const status = task.lastStatus === 'STOPPED' ? 'DELETED' : isAttached ? 'ATTACHED' : 'PRECREATED';
  const details = [{ name: 'subnetId', value: network.subnetId }];
  if (isAttached) {
    details.push(
      { name: 'networkInterfaceId', value: network.interfaceId },
      { name: 'macAddress', value: network.macAddress },
      { name: 'privateDnsName', value: `ip-${network.privateIp.replaceAll('.', '-')}.ec2.internal` },
      { name: 'privateIPv4Address', value: network.privateIp },
    );
  }
  return [{ id: network.attachmentId, type: 'ElasticNetworkInterface', status, details }];
}

function ephemeralStorageOf(task: Task): { sizeInGiB: number } {
  return task.request.overrides?.ephemeralStorage ?? task.definition.ephemeralStorage ?? { sizeInGiB: 20 };
}

function isFargate(task: Task): boolean {
  return task.launchType === 'FARGATE';
}

function platformVersionOf(asked: string | undefined): string {
  return asked === undefined || asked === 'LATEST' ? '1.4.0' : asked;
}

function toSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
