import { isFinalStateType, type State, type StateAnswer, type StateProposal, usualStateName } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { toState } from '../database/rows.js';
import type { RunArrays } from './run-arrays.js';
import { RunAttempts } from './run-attempts.js';
import { deadlineOf } from './run-time-limits.js';
import { type BegunAttempt, enterStates, type NewState } from './state-history.js';
import { type CurrentState, decideTransition } from './state-rules.js';

/** A run as the rules of states see it. */
export interface RunStanding extends CurrentState {
  readonly id: string;
  readonly stateId: string;
  readonly isArray: boolean;
  /** The array that it belongs to. Null: none. */
  readonly arrayId: string | null;
  /** JSON. Null: none. */
  readonly policy: string | null;
}

/** A state that is proposed for a run. */
export interface RunProposal {
  readonly id: string;
  readonly proposal: StateProposal;
  /** The run is scheduled again in the same transaction: its array continues. Default: false. */
  readonly isRetried?: boolean;
}

/** A run that enters a state. */
export interface Transition {
  readonly run: Pick<RunStanding, 'id' | 'arrayId' | 'policy'>;
  readonly state: NewState;
  /** As of {@link RunProposal}. */
  readonly isRetried?: boolean;
  /** The attempt that begins with the state. Default: none. */
  readonly begins?: BegunAttempt;
}

/** Columns of {@link RunStanding}. */
export const STANDING_COLUMNS = 'r.id, r.state_id, r.state_type, r.state_name, r.is_array, r.array_id, r.policy';

export function toStanding(row: Row): RunStanding {
  return {
    id: String(row.id),
    stateId: String(row.state_id),
    type: String(row.state_type) as RunStanding['type'],
    name: String(row.state_name),
    isArray: row.is_array === 1,
    arrayId: row.array_id === null ? null : String(row.array_id),
    policy: row.policy === null ? null : String(row.policy),
  };
}

/** Changes of the states of runs, many with the statements of one. Every method belongs into a transaction. */
export class RunTransitions {
  readonly #attempts: RunAttempts;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly arrays: RunArrays,
    private readonly nowMs: () => number,
  ) {
    this.#attempts = new RunAttempts(database);
  }

  /**
   * Puts runs into states, by the rules. An array can only be cancelled, with all its runs.
   *
   * @param proposals each run at most once
   */
  proposeAll(proposals: readonly RunProposal[]): readonly StateAnswer[] {
    const standings = this.#standings(proposals.map(({ id }) => id));
    const answers = new Map<string, StateAnswer>();
    const transitions: Transition[] = [];
    for (const { id, proposal, isRetried = false } of proposals) {
      const run = standings.get(id);
      const decided = run === undefined ? DELETED : this.#decide(run, proposal, isRetried);
      if ('status' in decided) answers.set(id, decided);
      else transitions.push(decided);
    }
    for (const [index, state] of this.enterAll(transitions).entries())
      answers.set(transitions[index]?.run.id ?? '', { status: 'ACCEPT', state });
    return proposals.map(({ id }) => answers.get(id) ?? DELETED);
  }

  /** Writes states without asking the rules. */
  enterAll(transitions: readonly Transition[]): readonly State[] {
    if (transitions.length === 0) return [];
    const nowMs = this.nowMs();
    const entering = transitions.map(({ run: { id, policy }, state, begins }) => {
      const scheduledMs = scheduledTimeOf(state) ?? nowMs;
      const deadlineMs = deadlineOf(policy, state.type, state.type === 'SCHEDULED' ? scheduledMs : nowMs);
      return { id, state, deadlineMs, scheduledMs, ...(begins === undefined ? {} : { begins }) };
    });
    for (const { id, state } of entering) if (state.type === 'SCHEDULED') this.#attempts.keep(id);
    const states = enterStates(this.database, entering, nowMs);
    this.#followAll(transitions);
    return states;
  }

  /** Updates each array once: first for runs that began or continue, then for runs that ended. */
  #followAll(transitions: readonly Transition[]): void {
    const ended = new Set<string>();
    const open = new Map<string, NewState['type']>();
    for (const { run, state, isRetried = false } of transitions) {
      if (run.arrayId === null || isRetried) continue;
      if (isFinalStateType(state.type)) ended.add(run.arrayId);
      else if (open.get(run.arrayId) === undefined || state.type !== 'SCHEDULED') open.set(run.arrayId, state.type);
    }
    for (const [arrayId, type] of open) this.arrays.follow(arrayId, type);
    for (const arrayId of ended) this.arrays.follow(arrayId, 'COMPLETED');
  }

  #decide(run: RunStanding, proposal: StateProposal, isRetried: boolean): StateAnswer | Transition {
    const decision = decideTransition(run, proposal);
    if (decision.status !== 'ACCEPT')
      return { status: decision.status, state: this.#stateOf(run), reason: decision.reason };
    const { type, name } = decision;
    const message = proposal.message ?? null;
    if (!run.isArray) return { run, state: { type, name, message, details: proposal.stateDetails ?? {} }, isRetried };
    if (type !== 'CANCELLING' && type !== 'CANCELLED')
      return { status: 'REJECT', state: this.#stateOf(run), reason: 'an array ends with its runs' };
    const ended = type === 'CANCELLED' ? name : usualStateName('CANCELLED');
    return { status: 'ACCEPT', state: this.arrays.cancel(run.id, { name: ended, message }) };
  }

  #stateOf({ stateId }: RunStanding): State | null {
    const row = this.database.get('SELECT * FROM flow_run_states WHERE id = ?', stateId);
    return row === null ? null : toState(row);
  }

  #standings(ids: readonly string[]): ReadonlyMap<string, RunStanding> {
    const rows = this.database.all(
      `SELECT ${STANDING_COLUMNS} FROM json_each(?) AS wanted JOIN flow_runs r ON r.id = wanted.value`,
      JSON.stringify(ids),
    );
    return new Map(rows.map((row) => [String(row.id), toStanding(row)]));
  }
}

const DELETED: StateAnswer = { status: 'ABORT', state: null, reason: 'the run was deleted' };

function scheduledTimeOf({ type, details: { scheduled_time: time } }: NewState): number | null {
  const timeMs = type === 'SCHEDULED' && typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(timeMs) ? null : timeMs;
}
