import { randomUUID } from 'node:crypto';
import {
  type Clock,
  type FlowRun,
  OrchestratorUnavailableError,
  type State,
  type StateAnswer,
  type StateType,
} from '@worker-host/core';
import type { ApiFlowRun, ApiOrchestrationResult, ApiState } from '../../api/api-types.js';
import { toState } from '../../api/nouns-from-api.js';
import { isServerFault } from '../../api/poisoned-runs.js';
import type { PrefectApi } from '../../api/prefect-api.js';
import { PrefectNotFoundError } from '../../rest/rest-errors.js';
import { bulkSetsOf } from './bulk-sets.js';
import { giveBack } from './give-back.js';
import { sharedStateBody, stateAnswer, stateBody } from './state-proposal.js';

/**
 * A polled run older than this is read again before it is claimed: the server would accept a Pending for a run that has failed
 * or crashed since, and so start it a second time.
 */
const POLL_TRUSTED_MS = 250;
/** Maximum number of runs read together. */
const GROUP = 8;
const GROUPS_AT_ONCE = 2;
/** Number of waiting runs among which those of one deployment are claimed together. */
const SEARCHED = 64;
/** A claim after such a pause is the first of many, if more wait. */
const QUIET_MS = 2000;
const MOST_UNANSWERED = 1000;
/** A claim answered later than this after the run was seen scheduled may follow another worker's complete run of it. */
const ANSWER_TRUSTED_MS = 500;

/** An accepted claim. */
export interface GrantedClaim {
  readonly state: State;
  /** Fencing token in the state's message. */
  readonly token: string;
  /** When it was proposed (monotonic milliseconds). */
  readonly beganAtMs: number;
}

/** Outcome of a claim: granted, or why not. */
export type ClaimOutcome = GrantedClaim | { readonly refusal: string };

export interface ClaimsDependencies {
  readonly api: PrefectApi;
  readonly clock: Clock;
  /** The server's time in milliseconds since the epoch. */
  readonly serverNowMs: () => number;
  readonly issueToken: () => string;
  /** Returns the message of the claim's state, which names this worker. */
  readonly messageOf: (token: string) => string;
}

/** A run as last read. */
interface Sight {
  /** Null: it was deleted. */
  readonly stateType: StateType | null;
  /** Null: not read. */
  readonly state: ApiState | null;
  readonly runCount: number;
  readonly atMs: number;
}

interface Late {
  readonly asked: Asked;
  readonly outcome: GrantedClaim;
  readonly before: Sight;
}

interface Asked {
  readonly flowRun: FlowRun;
  readonly resolve: (outcome: ClaimOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** A proposal without a response, which may have been accepted. */
interface Unanswered {
  readonly transitionId: string;
  readonly token: string;
  readonly beganAtMs: number;
}

/** Claims runs by proposing Pending: a few concurrently, so that the first of many are launched while others wait. */
export class Claims {
  readonly #polledAtMs = new WeakMap<FlowRun, number>();
  #waiting: Asked[] = [];
  /** By run id. */
  readonly #unanswered = new Map<string, Unanswered>();
  #groups = 0;
  /** When the last group was claimed (monotonic milliseconds). */
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: ClaimsDependencies) {}

  /** True while more runs wait to be claimed than can be claimed concurrently. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Records when a run was seen scheduled. */
  notePolled(flowRun: FlowRun): void {
    this.#polledAtMs.set(flowRun, this.parts.clock.monotonicMs());
  }

  /**
   * Claims the run. Does not propose for a run that is no longer scheduled, unless an unanswered claim of this process made it
   * pending.
   */
  claim(flowRun: FlowRun): Promise<ClaimOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ flowRun, resolve, reject });
      // Runs of one poll are requested together; they form one group.
      queueMicrotask(() => this.#begin());
    });
  }

  /** The first of many is launched before the server has handled a whole group. */
  get #isFirstOfMany(): boolean {
    const { api, clock } = this.parts;
    return this.#groups === 0 && clock.monotonicMs() - this.#lastAtMs >= QUIET_MS && api.bulkStates.isSupported;
  }

  #begin(): void {
    while (this.#groups < GROUPS_AT_ONCE && this.#waiting.length > 0) {
      const size = this.#isFirstOfMany ? 1 : GROUP;
      this.#groups += 1;
      void this.#claimGroup(this.#next(size)).finally(() => {
        this.#groups -= 1;
        this.#lastAtMs = this.parts.clock.monotonicMs();
        this.#begin();
      });
    }
  }

  /** Takes the run that waits longest with others of its deployment, which can share its request; without such, with any others. */
  #next(size: number): readonly Asked[] {
    const [first] = this.#waiting;
    const near = this.#waiting.slice(0, SEARCHED);
    const alike = near.filter(({ flowRun }) => flowRun.deploymentId === first?.flowRun.deploymentId);
    const taken = new Set((alike.length > 1 && this.parts.api.bulkStates.isSupported ? alike : near).slice(0, size));
    this.#waiting = this.#waiting.filter((each) => !taken.has(each));
    return [...taken];
  }

  async #claimGroup(group: readonly Asked[]): Promise<void> {
    const { serverNowMs, api } = this.parts;
    const isAlone = ({ flowRun }: Asked): boolean => !api.bulkStates.isSupported || this.#unanswered.has(flowRun.id);
    const { sets, others } = bulkSetsOf(group, isAlone, serverNowMs());
    await Promise.all([this.#claimSingly(others), ...sets.map((set) => this.#claimSet(set))]);
  }

  /** Claims runs in one request. Those that the server left out may have been claimed by a lost attempt of the request. */
  async #claimSet(set: readonly Asked[]): Promise<void> {
    const { api, clock, issueToken, messageOf } = this.parts;
    const claim = { transitionId: randomUUID(), token: issueToken(), beganAtMs: clock.monotonicMs() };
    const state = sharedStateBody({ type: 'PENDING', message: messageOf(claim.token) }, claim.transitionId);
    const ids = set.map(({ flowRun }) => flowRun.id);
    try {
      const results = await api.bulkStates.propose({ ids, from: ['SCHEDULED'], state });
      const late: Late[] = [];
      const isLate = clock.monotonicMs() - claim.beganAtMs > ANSWER_TRUSTED_MS;
      for (const asked of set) {
        const result = results?.get(asked.flowRun.id);
        if (result === undefined) continue;
        const outcome = outcomeOf(result, claim);
        const before = { stateType: null, state: null, runCount: asked.flowRun.runCount, atMs: claim.beganAtMs };
        if (isLate && 'token' in outcome) late.push({ asked, outcome, before });
        else asked.resolve(outcome);
      }
      const left = set.filter(({ flowRun }) => !results?.has(flowRun.id));
      if (results !== null) for (const { flowRun } of left) this.#noteUnanswered(flowRun.id, claim);
      await Promise.all([late.length > 0 && this.#settleLate(late), left.length > 0 && this.#claimSingly(left)]);
    } catch (error) {
      if (error instanceof OrchestratorUnavailableError) for (const id of ids) this.#noteUnanswered(id, claim);
      for (const { reject } of set) reject(error);
    }
  }

  async #claimSingly(group: readonly Asked[]): Promise<void> {
    const stale = group.filter(({ flowRun }) => this.#trustedPollMs(flowRun) === null).map(({ flowRun }) => flowRun.id);
    const together = stale.length > 1 ? await this.#seeTogether(stale) : null;
    const late: Late[] = [];
    await Promise.all(
      group.map(async (asked) => {
        try {
          const before = together?.get(asked.flowRun.id) ?? (await this.#see(asked.flowRun));
          const outcome = await this.#propose(asked.flowRun, before);
          const isLate = this.parts.clock.monotonicMs() - before.atMs > ANSWER_TRUSTED_MS;
          if (isLate && 'token' in outcome) late.push({ asked, outcome, before });
          else asked.resolve(outcome);
        } catch (error) {
          asked.reject(error);
        }
      }),
    );
    if (late.length > 0) await this.#settleLate(late);
  }

  /** A run that has run between its read and its claim is given back: it was finished, and would run twice. */
  async #settleLate(late: readonly Late[]): Promise<void> {
    const now = await this.#seeTogether(late.map(({ asked }) => asked.flowRun.id));
    await Promise.all(
      late.map(async ({ asked, outcome, before }) => {
        try {
          const { flowRun } = asked;
          const hasRun = (now?.get(flowRun.id) ?? (await this.#read(flowRun.id))).runCount > before.runCount;
          asked.resolve(hasRun ? { refusal: await giveBack(this.parts.api, flowRun.id) } : outcome);
        } catch (error) {
          asked.reject(error);
        }
      }),
    );
  }

  /** When the run was polled, if recently. Null: it is read again before it is claimed. */
  #trustedPollMs(flowRun: FlowRun): number | null {
    const atMs = this.#polledAtMs.get(flowRun);
    if (atMs === undefined || this.#unanswered.has(flowRun.id)) return null;
    return this.parts.clock.monotonicMs() - atMs > POLL_TRUSTED_MS ? null : atMs;
  }

  /** By run id. Null: they could not be read together, because one invalid run makes the response unusable. */
  async #seeTogether(ids: readonly string[]): Promise<ReadonlyMap<string, Sight> | null> {
    const atMs = this.parts.clock.monotonicMs();
    try {
      const runs = await this.parts.api.listFlowRuns({ flow_runs: { id: { any_: ids } } });
      const sights = new Map<string, Sight>(ids.map((id) => [id, sightOf(null, atMs)]));
      for (const run of runs) sights.set(run.id, sightOf(run, atMs));
      return sights;
    } catch {
      return null;
    }
  }

  /** Returns the run as polled, if recently; otherwise reads it again. */
  async #see(flowRun: FlowRun): Promise<Sight> {
    const { id, stateType, runCount } = flowRun;
    const atMs = this.#trustedPollMs(flowRun);
    return atMs === null ? this.#read(id) : { stateType, state: null, runCount, atMs };
  }

  async #read(id: string): Promise<Sight> {
    const atMs = this.parts.clock.monotonicMs();
    const run = await this.parts.api.readFlowRun(id);
    return sightOf(run, atMs);
  }

  async #propose(flowRun: FlowRun, { stateType, state }: Sight): Promise<ClaimOutcome> {
    const { api, clock, issueToken, messageOf } = this.parts;
    const { id } = flowRun;
    const earlier = this.#unanswered.get(id);
    this.#unanswered.delete(id);
    if (earlier !== undefined && state?.state_details.transition_id === earlier.transitionId) {
      return { ...earlier, state: toState(state) };
    }
    if (stateType !== 'SCHEDULED') {
      return { refusal: `the run is not scheduled any more [state=${stateType ?? 'deleted'}]` };
    }
    const token = issueToken();
    const body = stateBody(id, { type: 'PENDING', message: messageOf(token) }, null);
    const transitionId = String(body.state_details.transition_id);
    const beganAtMs = clock.monotonicMs();
    try {
      return outcomeOf(await api.setFlowRunState(id, body, false), { transitionId, token, beganAtMs });
    } catch (error) {
      if (error instanceof OrchestratorUnavailableError) this.#noteUnanswered(id, { transitionId, token, beganAtMs });
      // The server reads the deployment to judge the claim: an unreadable one is recorded, and its runs are skipped.
      if (isServerFault(error) && flowRun.deploymentId !== null) await api.readDeployment(flowRun.deploymentId);
      if (!(error instanceof PrefectNotFoundError)) throw error;
      return { refusal: 'the run was deleted' };
    }
  }

  #noteUnanswered(flowRunId: string, unanswered: Unanswered): void {
    if (this.#unanswered.size >= MOST_UNANSWERED) this.#unanswered.clear();
    this.#unanswered.set(flowRunId, unanswered);
  }
}

function outcomeOf(result: ApiOrchestrationResult, { transitionId, token, beganAtMs }: Unanswered): ClaimOutcome {
  const answer = stateAnswer(result, (seen) => seen === transitionId);
  if (answer.status !== 'ACCEPT' || answer.state.type !== 'PENDING') return { refusal: refusalOf(answer) };
  return { state: answer.state, token, beganAtMs };
}

function sightOf(run: ApiFlowRun | null, atMs: number): Sight {
  return { stateType: run?.state_type ?? null, state: run?.state ?? null, runCount: run?.run_count ?? 0, atMs };
}

function refusalOf(answer: StateAnswer): string {
  const reason = 'reason' in answer ? answer.reason : 'the server replaced Pending with another state';
  return answer.state === null ? reason : `${reason} [state=${answer.state.name}]`;
}
