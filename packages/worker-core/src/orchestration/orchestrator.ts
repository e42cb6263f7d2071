import type { WorkerEvent } from '../events/event.js';
import type { JsonObject } from '../json/json.js';
import type { Deployment, Flow, FlowRun, WorkPool } from './model.js';
import type { ReferenceReader } from './reference-reader.js';
import type { LaunchPlace, RunLease, StoredLaunch } from './run-lease.js';

/** Who the worker is, towards the control plane. */
export interface WorkerIdentity {
  readonly name: string;
  readonly type: string;
  readonly workPoolName: string;
  /** Empty: all queues of the pool. */
  readonly workQueueNames: readonly string[];
  /** Seconds between two heartbeats. */
  readonly heartbeatIntervalSeconds: number;
  /** Most runs the worker holds at once. Null: no limit. */
  readonly limit: number | null;
}

/** How the pool is found or made when a worker starts. */
export interface WorkPoolRequest {
  /** Make the pool when there is none of the name. */
  readonly createIfNotFound: boolean;
  /** The template of a new pool, and of one whose template is empty. */
  readonly defaultBaseJobTemplate: JsonObject;
}

/** The answer to a claim: the lease of a new attempt, or why there is none (taken by another, at a limit, cancelled, gone). */
export type ClaimAnswer =
  | { readonly claimed: true; readonly lease: RunLease }
  | { readonly claimed: false; readonly reason: string };

/** A run that an earlier owner left pending, running or cancelling, now owned by the worker that asked. */
export interface InterruptedRun {
  readonly lease: RunLease;
  readonly flowRun: FlowRun;
  /** The infrastructure of this attempt. Null: none is known; one may have been launched all the same. */
  readonly infrastructurePid: string | null;
  /** The last launch that was stored for this attempt. Null: none, so that nothing was launched by an owner that stores it. */
  readonly launch: StoredLaunch | null;
  /** Cursor of the last line of output that was stored with one. Null: none, or not kept. */
  readonly outputCursor: string | null;
  /**
   * How many owners of this attempt died, rather than released it, before they stored a launch or an infrastructure. The
   * owner before this one counts too. Kept when the run is released.
   */
  readonly deaths: number;
}

/** What a heartbeat finds. */
export interface HeartbeatAnswer {
  /** The pool as it stands. Null: no such pool, and none was to be made. */
  readonly workPool: WorkPool | null;
  /** Other live workers of the same name and pool that were seen. Empty: none. One line each, for people. */
  readonly namesakes: readonly string[];
}

/** How a control plane stands, one line each, for people. */
export interface ControlPlaneCondition {
  /** Why the worker can claim nothing now: the control plane does not answer, or is closed for maintenance. */
  readonly problems: readonly string[];
  /** What the control plane cannot read and the worker passes over, while it serves everything else. */
  readonly passedOver: readonly string[];
}

/** A line for the log of a run, or of the worker itself (flowRunId null). */
export interface LogRecord {
  /** Logger name, such as `prefect.flow_runs.worker`. */
  readonly name: string;
  /** 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
  readonly level: 10 | 20 | 30 | 40 | 50;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly flowRunId: string | null;
}

/** What a control plane may ask of the worker while it runs. Every call may come twice. */
export interface OrchestratorListener {
  /**
   * The run shall be cancelled: it is in state CANCELLING, or was forced to CANCELLED. Where the worker does not hold its
   * lease, the next `takeOverInterruptedRuns` grants it if no living worker owns it.
   */
  onCancelling(flowRunId: string): void;
  /** The pool changed: template, pause, limit. Null: it is gone. */
  onWorkPool(workPool: WorkPool | null): void;
  /** A run of the pool may have become due: poll now rather than after the interval. */
  onWorkAvailable(): void;
  /**
   * What is left of this run on the infrastructure shall be stopped, whatever its state.
   * Resolves when it is stopped or was gone; rejects when that could not be done.
   *
   * @param request.isCancelled the run was cancelled, and is to end Cancelled whatever its job reports when it is stopped.
   */
  onTeardown(request: {
    readonly flowRunId: string;
    readonly infrastructurePid: string | null;
    readonly isCancelled: boolean;
  }): Promise<void>;
}

/**
 * The port a control plane implements. The host calls it; plugins never see it.
 *
 * Transport failures are retried inside by the orchestrator's own policy. What still fails is thrown: an
 * {@link OrchestratorUnavailableError} for what may pass by itself, anything else for what will not.
 */
export interface Orchestrator {
  /** One line for people: which control plane, where, and by which setting it was chosen. */
  readonly description: string;
  /**
   * True: nobody but the host reports states, so it reports every one (embedded pool).
   * False: the engine inside the job reports its own, and the host only what the engine could not (Prefect).
   */
  readonly hostReportsStates: boolean;
  /** Version for the label `prefect.io/version` and for the default image. */
  readonly prefectVersion: string;
  /** The worker's id at the control plane, once known. */
  readonly workerId: string | null;
  /** Command of a job that names none. Null: the infrastructure's own default. */
  readonly defaultCommand: string | null;
  /** What templates refer to. */
  readonly references: ReferenceReader;

  /** How the control plane stands, by the latest answers. */
  readonly condition: ControlPlaneCondition;

  /**
   * How long after the beginning of a successful heartbeat the worker's leases hold, in milliseconds. No other worker
   * takes over a run of this one before.
   */
  readonly leaseMs: number;

  /**
   * Connects as this worker, finds or makes the pool, begins to listen. Called until it succeeds, before all else.
   *
   * @throws WorkerNameInUseError where the control plane can tell that a live worker has the name.
   */
  open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void>;
  /** Reports that the worker lives, which renews every lease it holds, and reads the pool. */
  heartbeat(signal?: AbortSignal): Promise<HeartbeatAnswer>;
  /** Runs due before the given time (milliseconds since the epoch), most urgent first. Nothing is reserved. */
  getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
    readonly signal?: AbortSignal;
  }): Promise<readonly FlowRun[]>;
  /** Claims the run (Pending accepted): at most one worker is granted the lease of an attempt. */
  claim(flowRun: FlowRun, signal?: AbortSignal): Promise<ClaimAnswer>;
  /**
   * Pending, running and cancelling runs of the pool without a living owner: of dead workers, of this worker's earlier
   * processes, and released ones. Each is owned by this worker from this call on, so that no second worker gets it. A
   * run whose lease this process holds is never among them. A released run that is being cancelled waits for no grace.
   *
   * @param query.limit most runs to take over at once; the next call gives more.
   */
  takeOverInterruptedRuns(query: {
    readonly limit: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly InterruptedRun[]>;
  /** Null: deleted. */
  readFlowRun(id: string): Promise<FlowRun | null>;
  /** Several runs by id; those that were deleted are absent. */
  readFlowRuns(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, FlowRun>>;
  /** Whether a worker that lives owns the run; `us` is this very process. */
  ownerOf(flowRun: FlowRun): Promise<'us' | 'another' | 'nobody'>;
  /** Distinct places where runs of the pool were launched lately, newest first, at most 100; where the control plane keeps them. */
  launchPlaces(signal?: AbortSignal): Promise<readonly LaunchPlace[]>;
  readDeployment(id: string): Promise<Deployment | null>;
  /** Asked for with each run of the flow; its name and tags hardly change, so that they may be kept. */
  readFlow(id: string): Promise<Flow | null>;
  /** Environment every job gets, weakest of all: the forwarded settings and what the run brings with it. */
  jobEnvironment(flowRun: FlowRun): Readonly<Record<string, string>>;
  /** Buffered, bounded, never throws; losses are counted and said. */
  log(record: LogRecord): void;
  /** Buffered, never throws; returns the event's id. */
  emit(event: WorkerEvent): string;
  /** Sends what is buffered, signs the worker off, disconnects. Takes at most ten seconds. Safe to call twice. */
  close(): Promise<void>;
}
