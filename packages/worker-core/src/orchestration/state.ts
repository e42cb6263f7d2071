import type { JsonObject, JsonValue } from '../json/json.js';

/** Prefect's state types. Logic goes by type; the name is a label. */
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

export const FINAL_STATE_TYPES: readonly StateType[] = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'];

/** True for a state from which a run does not move by itself. */
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

/** The name of a state that is given no other. */
export function usualStateName(type: StateType): string {
  return USUAL_NAMES[type];
}

/** A state a run is or was in. */
export interface State {
  readonly id: string;
  readonly type: StateType;
  readonly name: string;
  /** RFC 3339, as the orchestrator gave it (microseconds kept). */
  readonly timestamp: string;
  readonly message: string | null;
  readonly data: JsonValue;
  /** Wire names. */
  readonly stateDetails: JsonObject;
}

/** A state somebody would like a run to be in. */
export interface StateProposal {
  readonly type: StateType;
  /** Default: the type's usual name (`Pending`, `Running`, …). Also `Submitting`, `InfrastructurePending`. */
  readonly name?: string;
  readonly message?: string | null;
  /** Wire names; merged over the details the orchestrator adds itself. */
  readonly stateDetails?: JsonObject;
  /** Overrides the orchestrator's rules. Default: false. */
  readonly force?: boolean;
  /** It only tells how far the run has come: a busy orchestrator may leave it out, with ABORT. Default: false. */
  readonly isOptional?: boolean;
}
