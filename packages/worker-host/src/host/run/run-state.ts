import type { FlowRun, LaunchPlace, ReleaseReason, WorkerResult } from '@worker-host/core';
import type { StateDecision } from './run-decisions.js';

/** Progress of a run in this worker, in order. */
export const RUN_PHASES = [
  'scheduled',
  'claimed',
  'rendered',
  'submitting',
  'launched',
  'running',
  'ended',
  'reported',
] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** Current action of the driver. Each step ends in one event: its result, or `failed`. */
export type RunStep = 'claim' | 'render' | 'find' | 'launch' | 'watch' | 'read' | 'report';

/** Outcome of a run for this worker. */
export type RunOutcome =
  /** Its end is reported, by this worker or another party. */
  | { readonly kind: 'reported' }
  /** Another worker owns it, or it must wait. */
  | { readonly kind: 'not-claimed'; readonly reason: string }
  /** This worker released it; it is offered again. */
  | { readonly kind: 'released' }
  /** Another owner has it. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Why nothing more is launched or watched, and the end is decided from the run as read next. */
export type Conclusion =
  | { readonly because: 'ended'; readonly result: WorkerResult; readonly nowMs: number }
  | { readonly because: 'refused'; readonly message: string }
  | { readonly because: 'unwatchable'; readonly message: string }
  | { readonly because: 'cancelled'; readonly message: string };

/** Which configuration was rendered: the run's own, or one that suffices to find, watch and stop. */
export type Rendering = 'launch' | 'watch';

/** Why a run is cancelled in this worker. */
export type CancelCause =
  /** The control plane cancels it, or its deployment no longer exists: it must end Cancelled. */
  | 'ordered'
  /** It was made final or deleted from outside: its state is kept. */
  | 'over';

/** All input of decisions about a run. Immutable. */
export interface RunState {
  readonly phase: RunPhase;
  /** The current step, or the one to be retried. Null: the run is finished here. */
  readonly step: RunStep | null;
  /** Number of the step: an event of an earlier step is stale. */
  readonly serial: number;
  /** Number of consecutive failures of the current step. */
  readonly failures: number;
  /** True: the step starts, or is retried, after a delay. */
  readonly isWaiting: boolean;
  /** Why nothing more is launched, and existing infrastructure is stopped. Null: the run is not cancelled. */
  readonly cancelCause: CancelCause | null;
  /** True: the host releases its runs: a claim that is granted now is released. */
  readonly isDraining: boolean;
  /** True: an earlier owner started the attempt. */
  readonly isResumed: boolean;
  /** Number of the launch within the attempt; 0 is the first. */
  readonly relaunch: number;
  /** True: the current launch may have been sent already. */
  readonly mayHaveLaunched: boolean;
  /** Place of the current launch. Null: not stored. */
  readonly launchPlace: LaunchPlace | null;
  /** Milliseconds since the epoch before which the current launch cannot have been sent. Null: since the attempt started. */
  readonly notBeforeMs: number | null;
  readonly infrastructurePid: string | null;
  /** The rendered configuration. Null: none yet. */
  readonly rendered: Rendering | null;
  /** Purpose of the current `render` step. */
  readonly rendering: Rendering;
  readonly conclusion: Conclusion | null;
  /** Why the run's own configuration cannot be rendered; judged when it is known that nothing was launched. */
  readonly refusal: string | null;
  readonly outcome: RunOutcome | null;
}

/** Facts about the host that decisions depend on. */
export interface RunPolicy {
  /** True: only the host reports states. */
  readonly hostReportsStates: boolean;
  readonly relaunchLimit: number;
  /** Number of owners that died before a launch from which a run is not launched any more. 0: no limit. */
  readonly deathLimit: number;
  /** True: a launched job can be watched again. */
  readonly canResume: boolean;
}

/** An event of a run. `serial` identifies the step that it ends. */
export type RunEvent =
  | { readonly type: 'claimed'; readonly serial: number }
  | { readonly type: 'refused'; readonly serial: number; readonly reason: string }
  | { readonly type: 'rendered'; readonly serial: number }
  | { readonly type: 'found'; readonly serial: number; readonly infrastructurePid: string | null }
  | { readonly type: 'launching'; readonly serial: number; readonly place: LaunchPlace }
  | { readonly type: 'launched'; readonly serial: number; readonly infrastructurePid: string }
  | { readonly type: 'running'; readonly serial: number }
  | { readonly type: 'ended'; readonly serial: number; readonly result: WorkerResult; readonly nowMs: number }
  | { readonly type: 'read'; readonly serial: number; readonly flowRun: FlowRun | null }
  | { readonly type: 'reported'; readonly serial: number }
  | {
      readonly type: 'failed';
      readonly serial: number;
      readonly kind: FailureKind;
      readonly message: string;
      readonly nowMs: number;
    }
  /** The delay before a step is retried is over. */
  | { readonly type: 'waited'; readonly serial: number }
  | { readonly type: 'cancel'; readonly cause: CancelCause }
  /** The host releases its runs to the next worker, and launches nothing that is not claimed yet. */
  | { readonly type: 'drain' }
  /** The host stops watching. */
  | { readonly type: 'stop' }
  /** Another owner has the run. */
  | { readonly type: 'lease-lost'; readonly message: string }
  /** The control plane rejects the credentials. */
  | { readonly type: 'unauthorized' };

/** Kinds of failures; see `failure-table.ts` for their consequences in each step. */
export type FailureKind =
  | 'unavailable'
  | 'unauthorized'
  | 'lease-lost'
  | 'cancelled'
  | 'not-ready'
  | 'refused'
  | 'invalid'
  | 'deployment-gone'
  | 'unreadable'
  | 'not-found'
  | 'failed'
  | 'fault';

/** Effects for the driver. Steps carry their serial; other effects run concurrently with them. */
export type RunEffect =
  | { readonly do: 'step'; readonly step: RunStep; readonly serial: number }
  /** Delays the step: back-off after this number of failures. */
  | { readonly do: 'retry'; readonly step: RunStep; readonly serial: number; readonly failures: number }
  | { readonly do: 'report'; readonly serial: number; readonly decision: StateDecision }
  /** Labels the run with its owner. */
  | { readonly do: 'label' }
  /** Emits the event that the run is about to be launched. */
  | { readonly do: 'announce' }
  /** Aborts the signal that permits launches. */
  | { readonly do: 'forbid-launch' }
  | { readonly do: 'store-pid'; readonly infrastructurePid: string }
  /** Requests the stop of the infrastructure until its end is seen. */
  | { readonly do: 'stop-infrastructure'; readonly infrastructurePid: string }
  /** The infrastructure has ended: no more stop requests, no more storing of its id. */
  | { readonly do: 'end-infrastructure' }
  /** Nothing more is launched or watched; the end must be decided. */
  | { readonly do: 'conclude'; readonly conclusion: Conclusion }
  | { readonly do: 'relaunch'; readonly relaunch: number; readonly result: WorkerResult }
  | { readonly do: 'not-ready'; readonly message: string }
  | { readonly do: 'fatal' }
  | { readonly do: 'release'; readonly reason: ReleaseReason }
  /** The run is finished here. */
  | { readonly do: 'finish'; readonly outcome: RunOutcome };

/** Result of an event. */
export interface Transition {
  readonly state: RunState;
  readonly effects: readonly RunEffect[];
}
