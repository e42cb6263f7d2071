import type { JsonObject, JsonValue } from '../json/json.js';

/** Prefect's state types. Decisions use the type; the name is only displayed. */
export type StateType =
  | 'SCHEDULED'
  | 'PENDING'
  | 'RUNNING'
  | 'PAUSED'
  | 'CANCELLING'
  | 'COMPLETED'
  | 'FAILED'
  | 'CRASHED'
  | 'CANCELLED';

/** States of a run that has a slot: it is claimed, and not final. */
export const ACTIVE_STATE_TYPES: readonly StateType[] = ['PENDING', 'RUNNING', 'CANCELLING'];

/** Returns whether a run in this state has a slot: it is claimed, and not final. */
export function isActiveStateType(type: StateType): boolean {
  return ACTIVE_STATE_TYPES.includes(type);
}

/** States of a run that has ended. */
export const FINAL_STATE_TYPES: readonly StateType[] = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'];

/** Returns whether a state is final: the run leaves it only if it is forced or rescheduled. */
export function isFinalStateType(type: StateType): boolean {
  return FINAL_STATE_TYPES.includes(type);
}

const USUAL_NAMES: Readonly<Record<StateType, string>> = {
  SCHEDULED: 'Scheduled',
  PENDING: 'Pending',
  RUNNING: 'Running',
  PAUSED: 'Paused',
  CANCELLING: 'Cancelling',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CRASHED: 'Crashed',
  CANCELLED: 'Cancelled',
};

/** Returns the default name of a state type. */
export function usualStateName(type: StateType): string {
  return USUAL_NAMES[type];
}

/** A current or former state of a run. */
export interface State {
  readonly id: string;
  readonly type: StateType;
  readonly name: string;
  /** RFC 3339, as received from the orchestrator (microseconds kept). */
  readonly timestamp: string;
  readonly message: string | null;
  readonly data: JsonValue;
  /** Wire names. */
  readonly stateDetails: JsonObject;
}

/** A state proposed for a run. */
export interface StateProposal {
  readonly type: StateType;
  /** Default: the default name of the type (`Pending`, `Running`, …). Others: `Submitting`, `InfrastructurePending`. */
  readonly name?: string;
  readonly message?: string | null;
  /** Wire names; merged over the details that the orchestrator adds. */
  readonly stateDetails?: JsonObject;
  /** Overrides the orchestrator's rules. Default: false. */
  readonly force?: boolean;
  /** True: the state only reports progress, and a busy orchestrator may skip it by answering ABORT. Default: false. */
  readonly isOptional?: boolean;
}
