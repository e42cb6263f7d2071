import { isFinalStateType, type JsonObject, type State, type StateType } from '@worker-host/core';
import type { EmbeddedDatabase, SqlValue } from '../database/database.js';
import { jsonRows } from '../database/json-rows.js';
import { timeOrderedId } from '../database/time-ordered-id.js';

export interface NewState {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  /** Wire names. */
  readonly details: JsonObject;
}

/** A run that enters a state. */
export interface EnteringRun {
  readonly id: string;
  readonly state: NewState;
  /** Milliseconds since the epoch: by when the run has to be further. Null: any time. */
  readonly deadlineMs: number | null;
  /** Of a run that waits, milliseconds since the epoch: when it is due. Default: now. */
  readonly scheduledMs?: number;
  /** The attempt that begins with the state. Default: none. */
  readonly begins?: BegunAttempt;
}

/** An attempt that begins: nothing of the one before is left. */
export interface BegunAttempt {
  /** Counted from 1. */
  readonly number: number;
  readonly owner: string;
  readonly fencingToken: string;
}

const ENDS = 'end_ms = ?2, owner = NULL';

/** What a run that enters a state of a type gets beside the state: ?2 is the time, `entering` the row of the run. */
const CHANGES: Readonly<Partial<Record<StateType, string>>> = {
  SCHEDULED: `owner = NULL, lease_token = NULL, infrastructure_pid = NULL, end_ms = NULL, time_limit = NULL,
    scheduled_ms = entering.value ->> 5`,
  RUNNING: `start_ms = coalesce(start_ms, ?2), run_count = run_count + (flow_runs.state_type <> 'RUNNING'), end_ms = NULL`,
};

const BEGINS = `attempt = entering.value ->> 6, attempt_started_ms = ?2, owner = entering.value ->> 7,
  lease_token = entering.value ->> 8, offered_from_ms = NULL, infrastructure_pid = NULL, output_cursor = NULL,
  launch_relaunch = NULL, launch_place = NULL, deaths = 0`;

/** Adds a state to the history of each run and makes it the current one, without asking the rules. Returns the states. */
export function enterStates(
  database: EmbeddedDatabase,
  entering: readonly EnteringRun[],
  nowMs: number,
): readonly State[] {
  const states = entering.map(({ state }) => toNewState(state, nowMs));
  insertStates(
    database,
    entering.map(({ id }, index) => ({ id, state: states[index] as State })),
  );
  const rows = new Map<string, SqlValue[][]>();
  for (const [index, run] of entering.entries()) {
    const { id, state, deadlineMs, scheduledMs = nowMs, begins } = run;
    const row = [id, states[index]?.id ?? '', state.type, state.name, deadlineMs, scheduledMs];
    const ofAttempt = begins === undefined ? [] : [begins.number, begins.owner, begins.fencingToken];
    const changes = changesOf(run);
    const others = rows.get(changes);
    if (others === undefined) rows.set(changes, [[...row, ...ofAttempt]]);
    else others.push([...row, ...ofAttempt]);
  }
  for (const [changes, changed] of rows)
    database.run(
      `UPDATE flow_runs SET state_id = entering.value ->> 1, state_type = entering.value ->> 2,
         state_name = entering.value ->> 3, state_ms = ?2, deadline_ms = entering.value ->> 4 ${changes}
       FROM json_each(?1) AS entering WHERE flow_runs.id = entering.value ->> 0`,
      jsonRows(changed),
      nowMs,
    );
  return states;
}

/** SQL, each change after a comma. */
function changesOf({ state: { type }, begins }: EnteringRun): string {
  const changes = isFinalStateType(type) ? ENDS : CHANGES[type];
  return [changes ?? [], begins === undefined ? [] : BEGINS]
    .flat()
    .map((change) => `, ${change}`)
    .join('');
}

/** Adds states to the history of runs. */
export function insertStates(
  database: EmbeddedDatabase,
  entered: readonly { readonly id: string; readonly state: State }[],
): void {
  if (entered.length === 0) return;
  const rows = entered.map(({ id: runId, state: { id, type, name, timestamp, message, stateDetails } }) => [
    ...[id, runId, type, name, Date.parse(timestamp), message],
    JSON.stringify(stateDetails),
  ]);
  database.run(
    `INSERT INTO flow_run_states (id, flow_run_id, type, name, timestamp_ms, message, details)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each(?)`,
    jsonRows(rows),
  );
}

/** A state as it begins now. */
export function toNewState({ type, name, message, details }: NewState, nowMs: number): State {
  const timestamp = new Date(nowMs).toISOString();
  return { id: timeOrderedId(nowMs), type, name, timestamp, message, data: null, stateDetails: details };
}
