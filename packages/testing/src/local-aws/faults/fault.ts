import type { ReadOperation } from '../ecs/consistency/read-operations.js';

/** Which tasks a fault affects. `*` in a value matches any text; absent members do not filter. */
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
  /** Probability of each strike, 0 to 1. Default: 1. */
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

/** The next calls are rejected with ThrottlingException (EC2: RequestLimitExceeded). */
export interface ThrottleFault extends OnCalls {
  readonly type: 'throttle';
}

/** The next calls get this error and have no effect. */
export interface ErrorFault extends OnCalls {
  readonly type: 'error';
  readonly code: string;
  readonly message?: string;
  /** HTTP status. Default: 400. */
  readonly status?: number;
}

/** The caller gets no valid response, although the call took effect (`after`), or because it did not (`before`). */
export interface LostAnswerFault extends OnCalls {
  readonly type: 'lost-answer';
  /** Default: `after`. */
  readonly when?: 'before' | 'after';
  /** Connection reset, an empty 500 or 503, or the real response after `delayMs`. Default: `reset`. */
  readonly how?: 'reset' | '500' | '503' | 'delay';
  /** Default: 1000. */
  readonly delayMs?: number;
}

/** Calls take longer before they take effect. Lasting. */
export interface LatencyFault extends OnCalls {
  readonly type: 'latency';
  readonly ms: number;
}

/** RunTask responds with 200, with `failures` and no tasks. */
export interface CapacityFault extends OnTasks {
  readonly type: 'capacity';
  /** A known reason (see `CAPACITY_REASONS`), or any text. Default: `fargate`. */
  readonly reason?: string;
}

/**
 * Tasks of an Auto Scaling group's or a Managed Instances provider wait in PROVISIONING, in order of launch. After 30
 * minutes they fail to start. Without managed scaling RunTask responds with a failure instead. Lasting: tasks continue
 * when the fault is removed or over.
 */
export interface CapacityWaitFault extends OnTasks {
  readonly type: 'capacity-wait';
  /** Number of tasks of one provider in one cluster that have room. Default: 0. */
  readonly room?: number;
  /** Milliseconds after which a new instance is added for a waiting task. Default: never. */
  readonly waitMs?: number;
  /** Stopped reason of tasks that waited too long. Default: the text of AWS. */
  readonly reason?: string;
}

/**
 * RunTask still accepts a recently deregistered task definition: AWS allows up to ten minutes. Lasting.
 */
export interface InactiveGraceFault extends OnTasks {
  readonly type: 'inactive-grace';
  /** Milliseconds since it was deregistered. Default: 600000. */
  readonly graceMs?: number;
}

/** The image of a task cannot be pulled: the task stops before any of its code ran. */
export interface ImagePullFault extends OnTasks {
  readonly type: 'image-pull-failure';
  /** Default: the text of AWS for a missing manifest. */
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

/** The first essential container of a running task is killed because it ran out of memory. */
export interface OutOfMemoryFault extends OnTasks {
  readonly type: 'out-of-memory';
  /** Milliseconds that the task runs before. Default: 0. */
  readonly afterMs?: number;
}

/** Spot interrupts a running task: SIGTERM and an event first, SIGKILL after the stop timeout. */
export interface SpotInterruptionFault extends OnTasks {
  readonly type: 'spot-interruption';
  readonly afterMs?: number;
}

/** AWS stops a running task for another reason, such as a retired host. */
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
 * A new task is MISSING, not listed, or not found by StopTask for a while after RunTask. Several such faults can affect
 * one task, each with its own operations. Lasting.
 */
export interface SlowReadsFault extends OnReads {
  readonly type: 'slow-reads';
  readonly visibleAfterMs: number;
}

/**
 * A read returns a task as it was a while ago: an older version, still listed although it stopped, or not at all if it
 * was launched later. With a `probability`, an older response can follow a newer one. Strikes once per task and read.
 * Lasting.
 */
export interface StaleReadsFault extends OnReads {
  readonly type: 'stale-reads';
  readonly staleMs: number;
}

/** A read does not return a task that an earlier read may have returned. Strikes once per task and read. */
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

/** A task event is sent after the next one, or at the latest after a while. */
export interface EventReorderFault extends OnTasks {
  readonly type: 'event-reorder';
  /** Default: 1000. */
  readonly holdMs?: number;
}

/** A requested fault. */
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

/** Kinds that last until they are removed, unless `times` is set. */
export const LASTING_FAULTS: ReadonlySet<FaultType> = new Set<FaultType>([
  'latency',
  'capacity-wait',
  'inactive-grace',
  'slow-reads',
  'stale-reads',
  'late-logs',
]);

/** Refusals of RunTask that arrive as `failures`, with the texts of AWS. */
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
