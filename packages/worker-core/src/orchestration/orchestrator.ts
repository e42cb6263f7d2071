import type { WorkerEvent } from '../events/event.js';
import type { JsonObject } from '../json/json.js';
import type { Deployment, Flow, FlowRun, WorkPool } from './nouns.js';
import type { ReferenceReader } from './reference-reader.js';
import type { StateAnswer, StateProposal } from './state.js';

/** Who the worker is, towards the control plane. */
export interface WorkerIdentity {
  readonly name: string;
  readonly type: string;
  readonly workPoolName: string;
  /** Empty: all queues of the pool. */
  readonly workQueueNames: readonly string[];
  /** Seconds between two heartbeats. */
  readonly heartbeatIntervalSeconds: number;
}

/** How the pool is found or made when a worker starts. */
export interface WorkPoolRequest {
  /** Make the pool when there is none of the name. */
  readonly createIfNotFound: boolean;
  /** The template of a new pool, and of one whose template is empty. */
  readonly defaultBaseJobTemplate: JsonObject;
}

/**
 * One try at a run. The orchestrator numbers or names it; whatever is launched for a run is named after run and attempt,
 * so the same attempt never launches twice, whichever worker carries it out.
 */
export interface Attempt {
  readonly flowRunId: string;
  /** A Prefect server: the id of the accepted Pending state. The embedded pool: a number. */
  readonly id: string;
  /** Milliseconds since the epoch at which the attempt was granted. */
  readonly startedAtMs: number;
}

/** The answer to a claim: an attempt, or why there is none (taken by another, at a limit, cancelled, gone). */
export type ClaimAnswer =
  | { readonly claimed: true; readonly attempt: Attempt }
  | { readonly claimed: false; readonly reason: string };

/** A run that an earlier process of this worker, or a worker now offline, left pending or running. */
export interface InterruptedRun {
  readonly flowRun: FlowRun;
  readonly attempt: Attempt;
  /** `LogRecord.outputCursor` of the last line that was stored with one. Null or absent: none, or not kept. */
  readonly outputCursor?: string | null;
  /** It was launched before this attempt: the id stored with it may name that earlier infrastructure. Default: false. */
  readonly isPidDoubtful?: boolean;
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
  /**
   * Where the copying of the job's output goes on after this line. An orchestrator that can keep it stores it in one
   * step with the line, and gives it back with an interrupted run.
   */
  readonly outputCursor?: string;
}

/** What a control plane may ask of the worker while it runs. Every call may come twice. */
export interface OrchestratorListener {
  /** The run shall be cancelled: it is in state CANCELLING, or was forced to CANCELLED. */
  onCancelling(flowRunId: string): void;
  /** The pool changed: template, pause, limit. Null: it is gone. */
  onWorkPool(workPool: WorkPool | null): void;
  /** A run of the pool may have become due: look now rather than at the next poll. Optional. */
  onWorkAvailable?(): void;
  /**
   * What is left of this run on the infrastructure shall be stopped, whatever its state.
   * Resolves when it is stopped or was gone; rejects when that could not be done.
   */
  onTeardown(request: { readonly flowRunId: string; readonly infrastructurePid: string | null }): Promise<void>;
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

  /** Connects as this worker, finds or makes the pool, begins to listen. Called once, before all else. */
  open(identity: WorkerIdentity, request: WorkPoolRequest, listener: OrchestratorListener): Promise<void>;
  /**
   * Tells that the worker lives and reads the pool anew. Null: no such pool, and none was to be made.
   * Called every heartbeat interval.
   */
  sync(signal?: AbortSignal): Promise<WorkPool | null>;
  /** Runs due before the given time (milliseconds since the epoch), most urgent first. Nothing is reserved. */
  getScheduledFlowRuns(query: {
    readonly scheduledBeforeMs: number;
    readonly limit: number | null;
    readonly signal?: AbortSignal;
  }): Promise<readonly FlowRun[]>;
  /** Takes the run (Pending accepted): at most one worker is told `claimed` for one attempt. */
  claim(flowRun: FlowRun): Promise<ClaimAnswer>;
  /** Runs an earlier process left behind; each is taken over by this call, so no second worker gets it. */
  takeOverInterruptedRuns(signal?: AbortSignal): Promise<readonly InterruptedRun[]>;
  proposeState(flowRunId: string, proposal: StateProposal): Promise<StateAnswer>;
  /** Null: deleted. */
  readFlowRun(id: string): Promise<FlowRun | null>;
  readDeployment(id: string): Promise<Deployment | null>;
  /** Asked for with each run of the flow; its name and tags hardly change, so that they may be kept. */
  readFlow(id: string): Promise<Flow | null>;
  /** Stores what names the run's infrastructure, so that any later worker finds it. */
  storeInfrastructurePid(flowRunId: string, infrastructurePid: string): Promise<void>;
  /** Merges labels (strings only) into the run's. */
  labelFlowRun(flowRunId: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** Stores facts about the run's end (phases, exit code, diagnosis) where the control plane has a place for them. */
  storeResult(flowRunId: string, result: JsonObject): Promise<void>;
  /** Environment every job gets, weakest of all: the forwarded settings and what the run brings with it. */
  jobEnvironment(flowRun: FlowRun): Readonly<Record<string, string>>;
  /**
   * The host does no more for this run. Where it is not over after a while, as when a job ends without a word, the next
   * {@link takeOverInterruptedRuns} gives it back. Optional: for control planes whose jobs report their own end.
   */
  letGo?(flowRunId: string): void;
  /** Buffered, bounded, never throws; losses are counted and said. */
  log(record: LogRecord): void;
  /** Buffered, never throws; returns the event's id. */
  emit(event: WorkerEvent): string;
  /** Sends what is buffered, says goodbye, lets go. Safe to call twice. */
  close(): Promise<void>;
}
