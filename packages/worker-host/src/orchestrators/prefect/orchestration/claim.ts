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
import { giveBack } from './give-back.js';
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
/** A claim answered later than this after the run was seen scheduled may have come after another worker's whole run of it. */
const ANSWER_TRUSTED_MS = 500;

/** A run as it was seen. */
interface Sight {
  /** Null: it was deleted. */
  readonly stateType: StateType | null;
  readonly runCount: number;
  readonly atMs: number;
}

interface Late {
  readonly asked: Asked;
  readonly answer: StateAnswer;
  readonly before: Sight;
}

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
    const together = stale.length > 1 ? await this.#seeTogether(stale) : null;
    const late: Late[] = [];
    await Promise.all(
      group.map(async (asked) => {
        try {
          const before = together?.get(asked.flowRun.id) ?? (await this.#see(asked.flowRun));
          const answer = await this.#propose(asked.flowRun, before);
          const isLate = this.clock.monotonicMs() - before.atMs > ANSWER_TRUSTED_MS;
          if (isLate && answer.status === 'ACCEPT') late.push({ asked, answer, before });
          else asked.resolve(answer);
        } catch (error) {
          asked.reject(error);
        }
      }),
    );
    if (late.length > 0) await this.#settleLate(late);
  }

  /** A run that has run between its sight and its claim is given back: it was finished, and would run twice. */
  async #settleLate(late: readonly Late[]): Promise<void> {
    const now = await this.#seeTogether(late.map(({ asked }) => asked.flowRun.id));
    await Promise.all(
      late.map(async ({ asked, answer, before }) => {
        try {
          const { flowRun } = asked;
          const hasRun = (now?.get(flowRun.id) ?? (await this.#read(flowRun.id))).runCount > before.runCount;
          asked.resolve(hasRun ? await giveBack(this.api, flowRun.id) : answer);
        } catch (error) {
          asked.reject(error);
        }
      }),
    );
  }

  #isStale(flowRun: FlowRun): boolean {
    return this.clock.monotonicMs() - (this.#polledAtMs.get(flowRun) ?? Number.NEGATIVE_INFINITY) > POLL_TRUSTED_MS;
  }

  /** By run id. Null: they could not be read together, as one broken run spoils the whole answer. */
  async #seeTogether(ids: readonly string[]): Promise<ReadonlyMap<string, Sight> | null> {
    const atMs = this.clock.monotonicMs();
    try {
      const runs = await this.api.listFlowRuns({ flow_runs: { id: { any_: ids } } });
      const sights = new Map<string, Sight>(ids.map((id) => [id, { stateType: null, runCount: 0, atMs }]));
      for (const run of runs) sights.set(run.id, { stateType: run.state_type, runCount: run.run_count, atMs });
      return sights;
    } catch {
      return null;
    }
  }

  /** As it was polled, where that was just now; else read again. */
  async #see(flowRun: FlowRun): Promise<Sight> {
    if (this.#isStale(flowRun)) return this.#read(flowRun.id);
    const { stateType, runCount } = flowRun;
    return { stateType, runCount, atMs: this.#polledAtMs.get(flowRun) ?? this.clock.monotonicMs() };
  }

  async #read(id: string): Promise<Sight> {
    const atMs = this.clock.monotonicMs();
    const run = await this.api.readFlowRun(id);
    return { stateType: run?.state_type ?? null, runCount: run?.run_count ?? 0, atMs };
  }

  async #propose(flowRun: FlowRun, { stateType }: Sight): Promise<StateAnswer> {
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
