import type { FaultTarget } from '../../faults/fault-control.js';
import type { CapacityProvider } from '../capacity/capacity-provider.js';
import type { HiddenUntil } from '../consistency/task-reads.js';
import type { ContainerDefinition, ContainerOverride, RunTaskRequest, Tag, TaskDefinition } from '../ecs-types.js';

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

/** A container of a task. */
export interface TaskContainer {
  readonly definition: ContainerDefinition;
  readonly override: ContainerOverride | null;
  readonly id: string;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  exitCode: number | null;
  reason: string | null;
  /** Process of this machine, or null when there is none. */
  pid: number | null;
}

/** Network interface of a task, for awsvpc definitions. */
export interface TaskNetwork {
  readonly attachmentId: string;
  readonly interfaceId: string;
  readonly subnetId: string;
  readonly privateIp: string;
  readonly macAddress: string;
}

/** Times of a task, in epoch milliseconds; absent until it reaches the phase. */
export interface TaskTimes {
  readonly createdAt: number;
  connectivityAt?: number;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppingAt?: number;
  executionStoppedAt?: number;
  stoppedAt?: number;
}

/** The cluster of a task, as far as tasks need it. */
export interface TaskHome {
  readonly name: string;
  readonly arn: string;
  /** Tasks whose desired status is RUNNING, in order of launch. */
  readonly alive: Map<string, Task>;
  /** Tasks that are stopping or have stopped, as long as they can be described. */
  readonly ended: Map<string, Task>;
}

/** A task in ECS. */
export interface Task {
  readonly id: string;
  readonly arn: string;
  /** Order of launch within the region, increasing. */
  readonly sequence: number;
  readonly cluster: TaskHome;
  readonly definition: TaskDefinition;
  readonly request: RunTaskRequest;
  readonly launchType: string;
  /** The capacity provider of its strategy; null with a launch type. */
  readonly provider: CapacityProvider | null;
  readonly group: string;
  readonly containers: readonly TaskContainer[];
  readonly network: TaskNetwork | null;
  /** Instance on which it is placed; always null on Fargate. */
  containerInstanceArn: string | null;
  readonly availabilityZone: string;
  readonly times: TaskTimes;
  /** Times before which the operations do not see the task, by the fault `slow-reads`. */
  readonly hiddenUntilMs: HiddenUntil;
  tags: readonly Tag[];
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  version: number;
  stopCode: string | null;
  stoppedReason: string | null;
}

/** Returns the status a task is launched with: existing instances need no provisioning. */
export function firstStatusOf({ launchType, provider }: Pick<Task, 'launchType' | 'provider'>): TaskStatus {
  return launchType === 'FARGATE' || provider !== null ? 'PROVISIONING' : 'PENDING';
}

/** Returns the task as faults match it. */
export function faultTargetOf(
  task: Pick<Task, 'arn' | 'cluster' | 'definition' | 'request' | 'group' | 'launchType' | 'provider'>,
): FaultTarget {
  return {
    task: {
      taskArn: task.arn,
      cluster: task.cluster.name,
      family: task.definition.family,
      startedBy: task.request.startedBy ?? '',
      group: task.group,
      launchType: task.launchType,
      capacityProvider: task.provider?.name ?? '',
    },
  };
}
