import type { ReadOperation } from '../ecs/consistency/read-operations.js';

/** Which tasks a fault means. A `*` in a value stands for any text; absent members do not filter. */
export interface TaskMatch {
  readonly taskArn?: string;
  readonly cluster?: string;
  readonly family?: string;
  readonly startedBy?: string;
  readonly group?: string;
  readonly launchType?: string;
  readonly capacityProvider?: string;
}

interface Common {
  /** How often the fault strikes: a number, or `always`. Default: 1; `always` for the lasting kinds. */
  readonly times?: number | 'always';
  /** Chance of each strike, 0 to 1. Default: 1. */
  readonly probability?: number;
  /** Milliseconds after which the fault ends, struck or not. Default: never. */
  readonly forMs?: number;
}

interface OnCalls extends Common {
  /** `RunTask`, `sqs:ReceiveMessage`, `logs:*`, `*`. Default: `*`. */
  readonly operation?: string;
}

interface OnTasks extends Common {
  readonly match?: TaskMatch;
}

/** The next calls are refused by ThrottlingException (EC2: RequestLimitExceeded). */
export interface ThrottleFault extends OnCalls {
  readonly type: 'throttle';
}

/** The next calls get this error and are not acted upon. */
export interface ErrorFault extends OnCalls {
  readonly type: 'error';
  readonly code: string;
  readonly message?: string;
  /** HTTP status. Default: 400. */
  readonly status?: number;
}

/** The caller gets no good answer, although (`after`) or because (`before`) the deed was (not) done. */
export interface LostAnswerFault extends OnCalls {
  readonly type: 'lost-answer';
  /** Default: `after`. */
  readonly when?: 'before' | 'after';
  /** Connection reset, an empty 500 or 503, or the true answer after `delayMs`. Default: `reset`. */
  readonly how?: 'reset' | '500' | '503' | 'delay';
  /** Default: 1000. */
  readonly delayMs?: number;
}

/** Calls take longer, before they are acted upon. Lasting. */
export interface LatencyFault extends OnCalls {
  readonly type: 'latency';
  readonly ms: number;
}

/** RunTask answers 200 with `failures` and no tasks. */
export interface CapacityFault extends OnTasks {
  readonly type: 'capacity';
  /** A known refusal (see `CAPACITY_REASONS`), or a text of your own. Default: `fargate`. */
  readonly reason?: string;
}

/**
 * Tasks of an Auto Scaling group's or a Managed Instances provider wait in PROVISIONING, in the order of their launch.
 * After 30 minutes they fail to start. Without managed scaling RunTask answers with a failure instead. Lasting: a task
 * continues when the fault is removed or over.
 */
export interface CapacityWaitFault extends OnTasks {
  readonly type: 'capacity-wait';
  /** Tasks of one provider in one cluster that have room at once. Default: 0. */
  readonly room?: number;
  /** Milliseconds after which a waiting task gets a new instance. Default: never. */
  readonly waitMs?: number;
  /** Stopped reason of tasks that waited too long. Default: AWS's text. */
  readonly reason?: string;
}

/**
 * RunTask still takes a task definition that was deregistered a short while ago: AWS grants up to ten minutes. Lasting.
 */
export interface InactiveGraceFault extends OnTasks {
  readonly type: 'inactive-grace';
  /** Milliseconds since it was deregistered. Default: 600000. */
  readonly graceMs?: number;
}

/** The image of a task cannot be pulled: it stops before any code of it ran. */
export interface ImagePullFault extends OnTasks {
  readonly type: 'image-pull-failure';
  /** Default: AWS's text for a missing manifest. */
  readonly reason?: string;
}

/** A task stops before its containers start, for any other reason. */
export interface StartFailureFault extends OnTasks {
  readonly type: 'start-failure';
  readonly stoppedReason: string;
  readonly containerReason?: string;
  /** Default: `TaskFailedToStart`. */
  readonly stopCode?: string;
}

/** A running task's first essential container is killed for its use of memory. */
export interface OutOfMemoryFault extends OnTasks {
  readonly type: 'out-of-memory';
  /** Milliseconds the task runs before. Default: 0. */
  readonly afterMs?: number;
}

/** A running task is taken by Spot: SIGTERM and an event first, SIGKILL after the stop timeout. */
export interface SpotInterruptionFault extends OnTasks {
  readonly type: 'spot-interruption';
  readonly afterMs?: number;
}

/** A running task is stopped by AWS for another reason, such as a retired host. */
export interface TaskStopFault extends OnTasks {
  readonly type: 'task-stop';
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly afterMs?: number;
}

interface OnReads extends OnTasks {
  /** Default: DescribeTasks and ListTasks. */
  readonly operations?: readonly ReadOperation[];
}

/**
 * A new task is MISSING, not listed, or not found by StopTask for a while after RunTask. Several such faults may
 * concern one task, each with its own operations. Lasting.
 */
export interface SlowReadsFault extends OnReads {
  readonly type: 'slow-reads';
  readonly visibleAfterMs: number;
}

/**
 * A read sees a task as it was a while ago: an older version, still listed though it stopped, or not at all when it was
 * launched later. With a `probability` an older answer follows a newer one. Strikes once a task and read. Lasting.
 */
export interface StaleReadsFault extends OnReads {
  readonly type: 'stale-reads';
  readonly staleMs: number;
}

/** A read does not see a task that it may have seen before. Strikes once a task and read. */
export interface MissingReadsFault extends OnReads {
  readonly type: 'missing-reads';
}

/** Log events can be read only some time after they were written. Lasting. */
export interface LateLogsFault extends Common {
  readonly type: 'late-logs';
  readonly delayMs: number;
}

/** A task event is sent twice. */
export interface EventDuplicateFault extends OnTasks {
  readonly type: 'event-duplicate';
}

/** A task event is not sent at all. */
export interface EventDropFault extends OnTasks {
  readonly type: 'event-drop';
}

/** A task event is sent after the one that follows it, at the latest after a while. */
export interface EventReorderFault extends OnTasks {
  readonly type: 'event-reorder';
  /** Default: 1000. */
  readonly holdMs?: number;
}

/** A disturbance asked for. */
export type Fault =
  | ThrottleFault
  | ErrorFault
  | LostAnswerFault
  | LatencyFault
  | CapacityFault
  | CapacityWaitFault
  | InactiveGraceFault
  | ImagePullFault
  | StartFailureFault
  | OutOfMemoryFault
  | SpotInterruptionFault
  | TaskStopFault
  | SlowReadsFault
  | StaleReadsFault
  | MissingReadsFault
  | LateLogsFault
  | EventDuplicateFault
  | EventDropFault
  | EventReorderFault;

export type FaultType = Fault['type'];

/** Kinds that continue until they are removed, unless `times` says otherwise. */
export const LASTING_FAULTS: ReadonlySet<FaultType> = new Set<FaultType>([
  'latency',
  'capacity-wait',
  'inactive-grace',
  'slow-reads',
  'stale-reads',
  'late-logs',
]);

/** The refusals of RunTask that arrive as `failures`, in AWS's words. */
export const CAPACITY_REASONS: Readonly<Record<string, string>> = {
  fargate: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
  vcpu: 'You’ve reached the limit on the number of vCPUs you can run concurrently',
  tasks: 'You’ve reached the limit on the number of tasks you can run concurrently',
  cpu: 'RESOURCE:CPU',
  memory: 'RESOURCE:MEMORY',
  ports: 'RESOURCE:PORTS',
  eni: 'RESOURCE:ENI',
  gpu: 'RESOURCE:GPU',
  agent: 'AGENT',
  location: 'LOCATION',
  attribute: 'ATTRIBUTE',
};
