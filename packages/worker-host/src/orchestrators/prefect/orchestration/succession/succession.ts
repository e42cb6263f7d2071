import type { Clock, InterruptedRun, Logger, WorkerIdentity } from '@worker-host/core';
import type { ApiFlowRun, ApiWorker } from '../../api/api-types.js';
import type { PrefectApi } from '../../api/prefect-api.js';
import { attemptOfStates } from '../leases/attempt-of-states.js';
import { contest, type FreeRun, type WonRun } from '../leases/contest.js';
import { interruptedRun } from '../leases/interrupted-run.js';
import type { LeaseBook } from '../leases/lease-book.js';
import { WORKER_NAME_LABEL } from '../leases/run-labels.js';
import { leaseOf } from '../leases/state-proposal.js';
import type { RunReads } from '../run-reads.js';
import { isLive, liveRunPages } from './live-runs.js';
import type { NameWatch } from './name-watch.js';
import { ownerDeaths } from './owner-deaths.js';
import type { Presence } from './presence.js';
import { holderByHistory, holderSeen, type RunHolder } from './run-holder.js';
import { type OwnerCircumstances, ownerVerdict, SILENCE_MARGIN_MS } from './run-owner.js';
import type { ServedSpan } from './served-span.js';
import type { SuccessionSchedule } from './succession-schedule.js';
import type { WorkerProcess } from './worker-process.js';

export interface SuccessionDependencies {
  readonly api: PrefectApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly reads: RunReads;
  readonly book: LeaseBook;
  readonly schedule: SuccessionSchedule;
  readonly presence: Presence;
  readonly nameWatch: NameWatch;
  readonly served: ServedSpan;
  readonly process: WorkerProcess;
  readonly identity: WorkerIdentity;
  readonly leaseMs: number;
  readonly workPoolId: () => string | null;
  /** Returns whether a claim of the run is in progress. */
  readonly isClaiming: (flowRunId: string) => boolean;
  /** The server's time in milliseconds since the epoch. */
  readonly serverNowMs: () => number;
  /** Returns whether the server reports claims of other workers immediately. */
  readonly hearsClaims: () => boolean;
}

/** A worker without a heartbeat for this long is no longer listed. */
export const LISTED_FOR_MS = 3600_000;
const HISTORIES_AT_ONCE = 8;

/** Result of reading active runs. */
interface Look {
  readonly free: FreeRun[];
  /** Live workers that hold runs. */
  readonly holders: Map<string, RunHolder>;
  /** True: runs of others are active. */
  hasOthers: boolean;
  /** True: runs of this name are active that another process may hold. */
  hasDoubtful: boolean;
  pages: number;
  /** Server's milliseconds at which the first of the holders may count as dead. */
  deathAtMs: number;
}

type Judge = (runs: readonly ApiFlowRun[]) => Promise<void>;

/** Takes over runs without a live owner: released ones, those of dead workers and of earlier processes of this name. */
export class Succession {
  #last: Promise<unknown> = Promise.resolve();
  /** One holder per name, from the last scan. */
  #holders: ReadonlyMap<string, RunHolder> = new Map();

  constructor(private readonly parts: SuccessionDependencies) {}

  /** Serializes calls, so that none takes a run that another one is about to take. */
  takeOver(limit: number, signal?: AbortSignal): Promise<readonly InterruptedRun[]> {
    const taking = this.#last.then(() => this.#takeOver(limit, signal));
    this.#last = taking.catch(() => {});
    return taking;
  }

  /** Returns the pool's workers that may be alive, by name. */
  async readWorkers(signal?: AbortSignal): Promise<ReadonlyMap<string, ApiWorker>> {
    const { api, clock, identity, nameWatch, serverNowMs } = this.parts;
    const workers = await api.listWorkers(identity.workPoolName, serverNowMs() - LISTED_FOR_MS, signal);
    const own = workers.find(({ name }) => name === identity.name);
    if (own?.last_heartbeat_time) {
      const serverMs = Date.parse(own.last_heartbeat_time);
      nameWatch.see({ serverMs, atMs: this.#toMonotonicMs(serverMs) }, clock.monotonicMs());
    }
    return new Map(workers.map((worker) => [worker.name, worker]));
  }

  circumstances(workers: ReadonlyMap<string, ApiWorker>): OwnerCircumstances {
    const { clock, identity, nameWatch, process, served, serverNowMs } = this.parts;
    const isNameOurs = (claimedAtMs: number | null): boolean =>
      nameWatch.isLeftBehind(claimedAtMs === null ? null : this.#toMonotonicMs(claimedAtMs), clock.monotonicMs());
    const [nowMs, servedMs] = [serverNowMs(), served.sinceMs(clock.monotonicMs())];
    const servedSinceMs = nowMs + servedMs - clock.monotonicMs();
    return { workers, ourName: identity.name, process, serverNowMs: nowMs, servedSinceMs, isNameOurs };
  }

  async #takeOver(limit: number, signal?: AbortSignal): Promise<readonly InterruptedRun[]> {
    const { clock, hearsClaims, nameWatch, schedule } = this.parts;
    const due = schedule.due(clock.monotonicMs());
    let read: Promise<OwnerCircumstances> | null = null;
    const circumstances = (): Promise<OwnerCircumstances> => {
      read ??= this.readWorkers(signal).then((workers) => this.circumstances(workers));
      return read;
    };
    if (nameWatch.isOpen(clock.monotonicMs())) await circumstances();
    if (due === null) return [];
    const look: Look = {
      free: [],
      holders: new Map(),
      hasOthers: false,
      hasDoubtful: false,
      pages: 0,
      deathAtMs: Number.POSITIVE_INFINITY,
    };
    const isEnough = (): boolean => look.free.length >= limit;
    const isScan = due.isScan || (due.isDeathDue && this.#hasDied(await circumstances(), look));
    const judge: Judge = (runs) => this.#judgeAll(runs, circumstances, look, isEnough, signal);
    const { runs } = await this.parts.reads.readAll(due.ids, signal);
    await judge([...runs.values()].filter(isLive));
    if (isScan) await this.#scan(judge, look, isEnough, signal);
    const nowMs = clock.monotonicMs();
    if (isScan) this.#holders = look.holders;
    schedule.looked(nowMs, {
      ...look,
      ids: due.ids,
      isScan,
      isDeathDue: due.isDeathDue,
      isCut: isEnough(),
      deathAtMs: this.#toMonotonicMs(look.deathAtMs),
      hearsClaims: hearsClaims(),
    });
    if (look.free.length === 0) return [];
    try {
      return await this.#winAll(look.free.slice(0, limit), signal);
    } catch (error) {
      schedule.lookSoon(nowMs, 0);
      throw error;
    }
  }

  /** Returns whether one of the workers that held runs at the last scan counts as dead by now. */
  #hasDied(circumstances: OwnerCircumstances, look: Look): boolean {
    for (const holder of this.#holders.values()) {
      const verdict = ownerVerdict(holder, circumstances);
      if (verdict.isFree) return true;
      this.#noteHeld(holder, verdict.untilMs, look);
    }
    return false;
  }

  async #scan(judge: Judge, look: Look, isEnough: () => boolean, signal?: AbortSignal): Promise<void> {
    const { api, identity } = this.parts;
    for await (const page of liveRunPages(api, identity.workPoolName, signal)) {
      look.pages += 1;
      await judge(page);
      if (isEnough()) return;
    }
  }

  /** Skips runs with a live holder; reads the history of the others, which decides. */
  async #judgeAll(
    runs: readonly ApiFlowRun[],
    readCircumstances: () => Promise<OwnerCircumstances>,
    look: Look,
    isEnough: () => boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const known = new Set(look.free.map(({ run }) => run.id));
    const candidates = runs.filter((run) => !known.has(run.id) && this.#isCandidate(run));
    if (candidates.length === 0) return;
    const circumstances = await readCircumstances();
    const uncertain: ApiFlowRun[] = [];
    for (const run of candidates) {
      const holder = holderSeen(run);
      const verdict = ownerVerdict(holder, circumstances);
      if (verdict.isFree || (holder.kind === 'worker' && holder.name === circumstances.ourName)) uncertain.push(run);
      else this.#noteHeld(holder, verdict.untilMs, look);
    }
    for (let from = 0; from < uncertain.length && !isEnough(); from += HISTORIES_AT_ONCE) {
      const some = uncertain.slice(from, from + HISTORIES_AT_ONCE);
      const found = await Promise.all(some.map((run) => this.#withHistory(run, signal)));
      for (const each of found) {
        if (each === null) {
          look.hasOthers = true;
          continue;
        }
        const holder = holderByHistory(each.run, each.history);
        const verdict = ownerVerdict(holder, circumstances);
        if (verdict.isFree) {
          look.free.push(each);
          continue;
        }
        this.#noteHeld(holder, verdict.untilMs, look);
        look.hasDoubtful ||= holder.kind === 'worker' && holder.name === circumstances.ourName;
      }
    }
  }

  #noteHeld(holder: RunHolder, untilMs: number | null, look: Look): void {
    look.hasOthers = true;
    if (holder.kind === 'worker') look.holders.set(holder.name, { ...holder, seenAtMs: null });
    if (untilMs !== null) look.deathAtMs = Math.min(look.deathAtMs, untilMs);
  }

  #isCandidate(run: ApiFlowRun): boolean {
    const { book, clock, identity, isClaiming, schedule } = this.parts;
    if (book.has(run.id) || isClaiming(run.id)) return false;
    if (schedule.isPostponed(run.id, run.state_type === 'CANCELLING', clock.monotonicMs())) return false;
    const { workQueueNames } = identity;
    if (workQueueNames.length === 0 || run.labels?.[WORKER_NAME_LABEL] === identity.name) return true;
    return run.work_queue_name !== null && workQueueNames.includes(run.work_queue_name);
  }

  /** Null: it contains no attempt, or its history cannot be read, which does not delay the others. */
  async #withHistory(run: ApiFlowRun, signal?: AbortSignal): Promise<FreeRun | null> {
    const { api, logger } = this.parts;
    try {
      const history = attemptOfStates(run.id, await api.readFlowRunStates(run.id, signal));
      return history === null ? null : { run, history };
    } catch (error) {
      signal?.throwIfAborted();
      logger.debug('Reading the states of a run failed; it is not taken over for now', { flowRunId: run.id, error });
      return null;
    }
  }

  /** A slow server leaves some of many runs unlabelled: those are retried immediately, as long as some succeed. */
  async #winAll(free: readonly FreeRun[], signal?: AbortSignal): Promise<readonly InterruptedRun[]> {
    const { book, clock, schedule } = this.parts;
    const won: InterruptedRun[] = [];
    for (let left = free, isOver = false; !isOver; ) {
      const some = await this.#win(left, signal).catch((error: unknown) => {
        if (won.length === 0) throw error;
        schedule.lookSoon(clock.monotonicMs(), 0);
        return [];
      });
      won.push(...some);
      left = left.filter(({ run: { id } }) => !book.has(id) && !schedule.isPostponed(id, false, clock.monotonicMs()));
      isOver = some.length === 0 || left.length === 0;
    }
    return won;
  }

  async #win(free: readonly FreeRun[], signal?: AbortSignal): Promise<readonly InterruptedRun[]> {
    const { api, clock, identity, leaseMs, logger, presence, process, reads, schedule, workPoolId } = this.parts;
    if (presence.provenUntilMs - clock.monotonicMs() < leaseMs / 2) await presence.beat();
    const won = await contest(
      free,
      {
        api,
        clock,
        logger,
        reads,
        issueToken: () => process.issueToken(),
        ownership: { identity, workPoolId: workPoolId(), silenceMs: leaseMs },
        deathsOf: (each) => ownerDeaths(each, process),
        readJudgement: async (inner) => {
          const circumstances = this.circumstances(await this.readWorkers(inner));
          return ({ run, history }) => ownerVerdict(holderByHistory(run, history), circumstances).isFree;
        },
        onLate: (id) => schedule.postpone(id, clock.monotonicMs() + leaseMs + SILENCE_MARGIN_MS, true),
      },
      signal,
    );
    const nowMs = clock.monotonicMs();
    if (won.length < free.length || presence.provenUntilMs <= nowMs) schedule.lookSoon(nowMs);
    if (presence.provenUntilMs <= nowMs) return [];
    return won.map((each) => this.#grant(each));
  }

  #grant({ run, free: { run: before, history }, fencingToken, seenAtMs, deaths }: WonRun): InterruptedRun {
    const { book, logger, presence, schedule } = this.parts;
    schedule.forget(run.id);
    const lease = book.grant({
      attempt: history.attempt,
      fencingToken,
      expiresAtMs: presence.provenUntilMs,
      seenAtMs,
      isLabelled: true,
      deaths,
      knownPid: run.infrastructure_pid || null,
      concurrencyLeaseId: run.state === null ? null : leaseOf(run.state.state_details),
    });
    logger.info('Took over a run without a live owner', {
      flowRunId: run.id,
      earlierWorker: before.labels?.[WORKER_NAME_LABEL] ?? history.note?.worker ?? null,
    });
    return interruptedRun(lease, run, before, history, deaths);
  }

  #toMonotonicMs(serverMs: number): number {
    return this.parts.clock.monotonicMs() + serverMs - this.parts.serverNowMs();
  }
}
