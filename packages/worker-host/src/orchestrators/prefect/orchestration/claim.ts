import {
  type Clock,
  type FlowRun,
  OrchestratorUnavailableError,
  type StateAnswer,
  type StateType,
} from '@worker-host/core';
import type { ApiFlowRun } from '../api/api-types.js';
import type { PrefectApi } from '../api/prefect-api.js';
import { PrefectNotFoundError } from '../rest/rest-errors.js';
import { stateAnswer, stateBody } from './state-proposal.js';

/**
 * A polled run older than this is read again before it is claimed: the server would accept a Pending for a run that
 * has failed or crashed since, and so start it a second time.
 */
const POLL_TRUSTED_MS = 250;
/** Runs read again together. */
const GROUP = 8;
const GROUPS_AT_ONCE = 2;
const MOST_UNANSWERED = 1000;

interface Asked {
  readonly flowRun: FlowRun;
  readonly resolve: (answer: StateAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Claims runs by proposing Pending: a few at once, so that the first of many are launched while others wait. */
export class Claims {
  readonly #polledAtMs = new WeakMap<FlowRun, number>();
  readonly #waiting: Asked[] = [];
  /** Transition ids by run id: proposals without an answer, which may have been accepted. */
  readonly #unanswered = new Map<string, string>();
  #groups = 0;

  constructor(
    private readonly api: PrefectApi,
    private readonly clock: Clock,
  ) {}

  /** True while more runs wait to be claimed than can be claimed at once. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Remembers when a run was seen scheduled. */
  notePolled(flowRun: FlowRun): void {
    this.#polledAtMs.set(flowRun, this.clock.monotonicMs());
  }

  /** True while it is not known whether a claim of the run was accepted. */
  isUnanswered(flowRunId: string): boolean {
    return this.#unanswered.has(flowRunId);
  }

  /** True where the run is in the very state that was proposed and never answered. */
  isOurs({ id, state }: Pick<ApiFlowRun, 'id' | 'state'>): boolean {
    const transitionId = this.#unanswered.get(id);
    return transitionId !== undefined && state?.state_details.transition_id === transitionId;
  }

  /** The server's answer to Pending; a run that is not scheduled any more is not proposed for. */
  claim(flowRun: FlowRun): Promise<StateAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ flowRun, resolve, reject });
      // Runs of one poll are asked for in one go; they make one group.
      queueMicrotask(() => this.#begin());
    });
  }

  #begin(): void {
    while (this.#groups < GROUPS_AT_ONCE && this.#waiting.length > 0) {
      this.#groups += 1;
      void this.#claimGroup(this.#waiting.splice(0, GROUP)).finally(() => {
        this.#groups -= 1;
        this.#begin();
      });
    }
  }

  async #claimGroup(group: readonly Asked[]): Promise<void> {
    const stale = group.filter(({ flowRun }) => this.#isStale(flowRun)).map(({ flowRun }) => flowRun.id);
    const together = stale.length > 1 ? await this.#readTogether(stale) : null;
    await Promise.all(
      group.map(async ({ flowRun, resolve, reject }) => {
        try {
          resolve(await this.#claimOne(flowRun, together));
        } catch (error) {
          reject(error);
        }
      }),
    );
  }

  #isStale(flowRun: FlowRun): boolean {
    return this.clock.monotonicMs() - (this.#polledAtMs.get(flowRun) ?? Number.NEGATIVE_INFINITY) > POLL_TRUSTED_MS;
  }

  /** State types by run id. Null: they could not be read together, as one broken run spoils the whole answer. */
  async #readTogether(ids: readonly string[]): Promise<ReadonlyMap<string, StateType | null> | null> {
    try {
      const runs = await this.api.listFlowRuns({ flow_runs: { id: { any_: ids } } });
      const types = new Map<string, StateType | null>(ids.map((id) => [id, null]));
      for (const run of runs) types.set(run.id, run.state_type);
      return types;
    } catch {
      return null;
    }
  }

  async #claimOne(flowRun: FlowRun, together: ReadonlyMap<string, StateType | null> | null): Promise<StateAnswer> {
    let stateType = together?.get(flowRun.id);
    if (stateType === undefined) {
      stateType = this.#isStale(flowRun)
        ? ((await this.api.readFlowRun(flowRun.id))?.state_type ?? null)
        : flowRun.stateType;
    }
    if (stateType !== 'SCHEDULED') {
      return {
        status: 'ABORT',
        state: null,
        reason: `the run is not scheduled any more [state=${stateType ?? 'deleted'}]`,
      };
    }
    const body = stateBody(flowRun.id, { type: 'PENDING' }, null);
    const transitionId = String(body.state_details.transition_id);
    this.#unanswered.delete(flowRun.id);
    try {
      const result = await this.api.setFlowRunState(flowRun.id, body, false);
      return stateAnswer(result, transitionId);
    } catch (error) {
      if (error instanceof OrchestratorUnavailableError) this.#noteUnanswered(flowRun.id, transitionId);
      if (!(error instanceof PrefectNotFoundError)) throw error;
      return { status: 'ABORT', state: null, reason: 'the run was deleted' };
    }
  }

  #noteUnanswered(flowRunId: string, transitionId: string): void {
    if (this.#unanswered.size >= MOST_UNANSWERED) this.#unanswered.clear();
    this.#unanswered.set(flowRunId, transitionId);
  }
}
