import type { WorkerEvent } from '../events/event.js';
import type { JsonObject } from '../json/json.js';
import type { Deployment, Flow, FlowRun, RunResources, WorkPool } from './model.js';
import type { ReferenceReader } from './reference-reader.js';
import type { LaunchPlace, RunLease, StoredLaunch } from './run-lease.js';

/** Identity of the worker at the control plane. */
export interface WorkerIdentity {
  readonly name: string;
  readonly type: string;
  readonly workPoolName: string;
  /** Empty: all queues of the pool. */
  readonly workQueueNames: readonly string[];
  /** Seconds between two heartbeats. */
  readonly heartbeatIntervalSeconds: number;
  /** Maximum number of active runs of the worker. Null: no limit. */
  readonly limit: number | null;
}

/** How a worker finds or creates its pool at start. */
export interface WorkPoolRequest {
  /** Create the pool if it does not exist. */
  readonly createIfNotFound: boolean;
  /** Template for a new pool, and for a pool whose template is empty. */
  readonly defaultBaseJobTemplate: JsonObject;
}

/** What a worker sends along with a claim. */
export interface ClaimOptions {
  /** What the run asks for, which the limits of the pool count. Default: unknown, counted as 0. */
  readonly resources?: RunResources | null;
  readonly signal?: AbortSignal;
}

/** Response to a claim: the lease of a new attempt, or why it was not granted (owned by another worker, limit, cancelled, deleted). */
export type ClaimAnswer =
  | { readonly claimed: true; readonly lease: RunLease }
  | { readonly claimed: false; readonly reason: string };

/** A pending, running or cancelling run of an earlier owner, now owned by the calling worker. */
export interface InterruptedRun {
  readonly lease: RunLease;
  readonly flowRun: FlowRun;
  /** Identifier of the infrastructure of this attempt. Null: unknown; it may exist nevertheless. */
  readonly infrastructurePid: string | null;
  /** Last stored launch of this attempt. Null: none, so no owner that stores launches has launched it. */
  readonly launch: StoredLaunch | null;
  /** Last stored output cursor. Null: none, or not stored. */
  readonly outputCursor: string | null;
  /**
   * Number of owners of this attempt that died without a release before they stored a launch or an infrastructure, including the
   * previous owner. A release does not reset it.
   */
  readonly deaths: number;
}

/** Response to a heartbeat. */
export interface HeartbeatAnswer {
  /** Current state of the pool. Null: the pool does not exist, and must not be created. */
  readonly workPool: WorkPool | null;
  /** Other live workers with the same name and pool, one line each, for people. */
  readonly namesakes: readonly string[];
}

/** Condition of a control plane, in lines for people. */
export interface ControlPlaneCondition {
  /** Why the worker cannot claim runs: the control plane does not respond, or is in maintenance. */
  readonly problems: readonly string[];
  /** Records that the control plane cannot read. The worker skips the runs that need them. */
  readonly passedOver: readonly string[];
}

/** A line for the log of a run, or of the worker itself (`flowRunId` null). */
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

/** Requests of a control plane to the worker. Every call can be repeated. */
export interface OrchestratorListener {
  /**
   * The run must be cancelled: it is in state CANCELLING, or was set to CANCELLED. If neither this worker nor another live
   * worker holds its lease, the next `takeOverInterruptedRuns` grants it.
   */
  onCancelling(flowRunId: string): void;
  /** The pool changed: template, pause, limit. Null: it was deleted. */
  onWorkPool(workPool: WorkPool | null): void;
  /** A run of the pool may have become due: poll now rather than after the interval. */
  onWorkAvailable(): void;
  /**
   * The infrastructure of this run must be stopped, whatever the state of the run.
   * Resolves when it is stopped or does not exist; rejects on failure.
   *
   * @param request.isCancelled the run was cancelled, and must end Cancelled whatever its job reports when it is stopped.
   */
  onTeardown(request: {
    readonly flowRunId: string;
    readonly infrastructurePid: string | null;
    readonly isCancelled: boolean;
  }): Promise<void>;
}

/**
 * Interface that a control plane implements. Only the host calls it.
 *
 * The implementation retries transport failures. After the last retry it throws {@link OrchestratorUnavailableError} for transient
 * failures, and other errors for permanent ones.
 */
export interface Orchestrator {
  /** One line for people: the control plane, its address, and the setting that selected it. */
  readonly description: string;
  /**
   * True: the host reports every state (embedded pool).
   * False: the flow engine inside the job reports states, and the host only what the engine cannot (Prefect).
   */
  readonly hostReportsStates: boolean;
  /** Version for the label `prefect.io/version` and for the default image. */
  readonly prefectVersion: string;
  /** The worker's id at the control plane, once known. */
  readonly workerId: string | null;
  /** Command of a job without a command. Null: the default of the infrastructure. */
  readonly defaultCommand: string | null;
  /** Reads blocks and variables that templates refer to. */
  readonly references: ReferenceReader;

  /** Condition of the control plane, according to its latest responses. */
  readonly condition: ControlPlaneCondition;

  /**
   * Validity of the worker's leases in milliseconds, from the start of a successful heartbeat. No other worker takes over a run
   * before.
   */
  readonly leaseMs: number;

  /**
   * Connects as this worker, finds or creates the pool, and starts to listen. The host calls it first, until it succeeds.
   *
   * @throws WorkerNameInUseError if a live worker has the name, and the control plane can detect it.
   */
  open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void>;
  /** Sends a heartbeat, which renews every lease of the worker, and reads the pool. */
  heartbeat(signal?: AbortSignal): Promise<HeartbeatAnswer>;
  /** Returns the runs that are due before the given time (milliseconds since the epoch), most urgent first. Reserves nothing. */
  getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
    readonly signal?: AbortSignal;
  }): Promise<readonly FlowRun[]>;
  /** Claims the run (Pending accepted): at most one worker is granted the lease of an attempt. */
  claim(flowRun: FlowRun, options?: ClaimOptions): Promise<ClaimAnswer>;
  /**
   * Takes over pending, running and cancelling runs of the pool without a live owner: those of dead workers, of earlier processes
   * of this worker, and released ones. Each run is granted to one worker only. Runs whose lease this process holds are never
   * returned. A released run that is being cancelled is returned without a grace period.
   *
   * @param query.limit maximum number of runs to take over; the next call returns more.
   */
  takeOverInterruptedRuns(query: {
    readonly limit: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly InterruptedRun[]>;
  /** Null: deleted. */
  readFlowRun(id: string): Promise<FlowRun | null>;
  /** Returns runs by id; deleted runs are absent. */
  readFlowRuns(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, FlowRun>>;
  /** Returns whether a live worker owns the run; `us` is this process. */
  ownerOf(flowRun: FlowRun): Promise<'us' | 'another' | 'nobody'>;
  /**
   * Returns the distinct recent search places of the pool's launches, newest first, at most 100, if the control plane stores them:
   * also those of deleted runs, and of workers that died since. Launch places can be among them.
   */
  launchPlaces(signal?: AbortSignal): Promise<readonly LaunchPlace[]>;
  readDeployment(id: string): Promise<Deployment | null>;
  /** Called for each run of the flow; the implementation can cache the result. */
  readFlow(id: string): Promise<Flow | null>;
  /** Returns the default environment of a job: forwarded settings and variables of the run. */
  jobEnvironment(flowRun: FlowRun): Readonly<Record<string, string>>;
  /** Buffered, bounded, never throws; losses are counted and logged. */
  log(record: LogRecord): void;
  /** Buffered, never throws; returns the event's id. */
  emit(event: WorkerEvent): string;
  /** Sends buffered data, deregisters the worker, and disconnects. Takes at most ten seconds. Safe to call twice. */
  close(): Promise<void>;
}
