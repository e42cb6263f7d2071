import type { FlowRun, LaunchPlace, ReleaseReason, WorkerResult } from '@worker-host/core';
import type { StateDecision } from './run-decisions.js';

/** How far a run has come in this worker, in the order in which it gets there. */
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

/** What the driver does for a run at one time. Each step ends in one event: its result, or `failed`. */
export type RunStep = 'claim' | 'render' | 'find' | 'launch' | 'watch' | 'read' | 'report';

/** How a run ended as far as this worker is concerned. */
export type RunOutcome =
  /** Its end is reported, or somebody else has reported it. */
  | { readonly kind: 'reported' }
  /** Another worker has it, or it must wait. */
  | { readonly kind: 'not-claimed'; readonly reason: string }
  /** This worker gave it up; it is offered again. */
  | { readonly kind: 'released' }
  /** Another owner has it. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Why nothing more is launched or watched, and what is to be judged from the run as it is read next. */
export type Conclusion =
  | { readonly because: 'ended'; readonly result: WorkerResult; readonly nowMs: number }
  | { readonly because: 'refused'; readonly message: string }
  | { readonly because: 'unwatchable'; readonly message: string }
  | { readonly because: 'cancelled'; readonly message: string };

/** Whose configuration was rendered: the run's own, or what is good enough to find, watch and stop. */
export type Rendering = 'launch' | 'watch';

/** Why a run is cancelled in this worker. */
export type CancelCause =
  /** The control plane cancels it, or it cannot go on without its deployment: it is to end Cancelled. */
  | 'ordered'
  /** It was made final or deleted from outside: it is to end as it stands. */
  | 'over';

/** All that the fate of a run is decided from. Immutable. */
export interface RunState {
  readonly phase: RunPhase;
  /** The step the driver is in, or waits to repeat. Null: the run is finished here. */
  readonly step: RunStep | null;
  /** Number of the step: an event of an earlier step is stale. */
  readonly serial: number;
  /** Failures of the present step in a row. */
  readonly failures: number;
  /** The step is to be done, or repeated, after a wait. */
  readonly isWaiting: boolean;
  /** Why nothing more is launched, and what exists is stopped. Null: the run is not cancelled. */
  readonly cancelCause: CancelCause | null;
  /** The host hands its runs over: a claim that is granted now is released. */
  readonly isDraining: boolean;
  /** An earlier owner began the attempt. */
  readonly isResumed: boolean;
  /** Which launch of the attempt: 0 the first. */
  readonly relaunch: number;
  /** The present launch may have been sent already. */
  readonly mayHaveLaunched: boolean;
  /** Where the present launch was about to be sent. Null: not stored. */
  readonly launchPlace: LaunchPlace | null;
  /** Milliseconds since the epoch before which the present launch cannot have been sent. Null: since the attempt began. */
  readonly notBeforeMs: number | null;
  readonly infrastructurePid: string | null;
  /** What is rendered. Null: nothing yet. */
  readonly rendered: Rendering | null;
  /** What the present `render` step is for. */
  readonly rendering: Rendering;
  readonly conclusion: Conclusion | null;
  /** Why the run's own configuration cannot be had; judged once it is known that nothing was launched. */
  readonly refusal: string | null;
  readonly outcome: RunOutcome | null;
}

/** Facts of the host that decisions depend on. */
export interface RunPolicy {
  /** True: nobody but the host reports states. */
  readonly hostReportsStates: boolean;
  readonly relaunchLimit: number;
  /** Deaths of owners before a launch after which a run is not launched any more. 0: no limit. */
  readonly deathLimit: number;
  /** A launched job can be watched again. */
  readonly canResume: boolean;
}

/** What happened to a run. `serial` names the step that an event ends. */
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
  /** The wait before a step is repeated is over. */
  | { readonly type: 'waited'; readonly serial: number }
  | { readonly type: 'cancel'; readonly cause: CancelCause }
  /** The host hands its runs over to the next worker, and launches nothing that is not claimed yet. */
  | { readonly type: 'drain' }
  /** The host stops watching. */
  | { readonly type: 'stop' }
  /** Another owner has the run. */
  | { readonly type: 'lease-lost'; readonly message: string }
  /** The control plane does not accept who we are. */
  | { readonly type: 'unauthorized' };

/** Kinds of failure; see `failure-table.ts` for what each means in each step. */
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

/** What the driver is to do. Steps carry their serial; the rest is done beside them. */
export type RunEffect =
  | { readonly do: 'step'; readonly step: RunStep; readonly serial: number }
  /** Waits before the step: the back-off after so many failures. */
  | { readonly do: 'retry'; readonly step: RunStep; readonly serial: number; readonly failures: number }
  | { readonly do: 'report'; readonly serial: number; readonly decision: StateDecision }
  /** Labels the run with its owner. */
  | { readonly do: 'label' }
  /** Tells that the run is about to be launched. */
  | { readonly do: 'announce' }
  /** Aborts the signal that forbids a launch. */
  | { readonly do: 'forbid-launch' }
  | { readonly do: 'store-pid'; readonly infrastructurePid: string }
  /** Orders the infrastructure to stop until its end is seen. */
  | { readonly do: 'stop-infrastructure'; readonly infrastructurePid: string }
  /** The infrastructure has ended: no more orders, no more storing of its id. */
  | { readonly do: 'end-infrastructure' }
  /** Nothing more is launched or watched; the end is to be judged. */
  | { readonly do: 'conclude'; readonly conclusion: Conclusion }
  | { readonly do: 'relaunch'; readonly relaunch: number; readonly result: WorkerResult }
  | { readonly do: 'not-ready'; readonly message: string }
  | { readonly do: 'fatal' }
  | { readonly do: 'release'; readonly reason: ReleaseReason }
  /** Nothing more is done for the run here. */
  | { readonly do: 'finish'; readonly outcome: RunOutcome };

/** What follows from an event. */
export interface Transition {
  readonly state: RunState;
  readonly effects: readonly RunEffect[];
}
