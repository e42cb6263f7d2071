import { type Clock, isLaunchRefused, linkSignals, type Meter, TOKENS } from '@worker-host/core';
import { inject, injectAll, injectable } from 'tsyringe';
import { UnreadableAnswer } from '../aws/connection/read-answer.js';
import type { RunTaskAnswer } from '../aws/ecs-api.js';
import { awsErrorFacts } from '../aws/errors/aws-error-facts.js';
import {
  type ClassifiedLaunchError,
  classifyLaunchError,
  classifyLaunchFailure,
} from '../aws/launch-errors/classify-launch-error.js';
import type { LaunchErrorRow } from '../aws/launch-errors/launch-error-row.js';
import type { EcsSettings } from '../ecs-settings.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { clusterArnOfTask, isTaskAt, placeOfLaunch } from '../place/ecs-launch-place.js';
import type { KnownTask } from '../recovery/find-launched-task.js';
import { withOnDemandCapacity } from './capacity.js';
import { countError, type Launch } from './launch.js';
import { launchErrorContext } from './launch-error-context.js';
import { failureOf, LaunchOutcomeUnknownError, LaunchRefusedError } from './launch-errors.js';
import { nextLaunchDelaySeconds } from './launch-policy.js';
import { type LaunchName, startedBy } from './launch-token.js';
import type { LaunchedTask, LaunchOrder, PreparedTaskRun, TaskLauncher } from './launch-types.js';
import { LaunchedTaskSearch } from './launched-task-search.js';
import { requestOf, sendRunTask } from './send-run-task.js';
import { firstToken, mayBeReplayed, mayHaveExpired, nextToken } from './token-row.js';

const MOST_RENEWALS = 2;
const DEFINITION_LOOKS = 2;

/** Launches tasks with a token derived from run and attempt, so that repeated calls start one task. */
@injectable()
export class EcsTaskLauncher implements TaskLauncher {
  /** Rows in order of precedence, the last registered first. */
  readonly #rows: readonly LaunchErrorRow[];

  constructor(
    @inject(ECS_TOKENS.Settings) private readonly settings: EcsSettings,
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(TOKENS.Meter) private readonly meter: Meter,
    @injectAll(ECS_TOKENS.LaunchErrorRow) rows: readonly LaunchErrorRow[],
  ) {
    this.#rows = rows.toReversed();
  }

  async launch(order: LaunchOrder): Promise<LaunchedTask> {
    order.signal.throwIfAborted();
    const search = this.#searchOf(order, order.place?.clusterArn ?? order.cluster);
    const found = order.mayHaveLaunched && !order.cancelled.aborted ? await this.#findEarlier(order, search) : null;
    if (found) return this.#adopted(found, order, null);
    let launch: Launch;
    try {
      order.cancelled.throwIfAborted();
      launch = await this.#begin(order);
    } catch (error) {
      if (!order.mayHaveLaunched) throw error;
      return this.#adoptedLate(error, order, search, null);
    }
    return this.#send(launch);
  }

  async #begin(order: LaunchOrder): Promise<Launch> {
    const { relaunch, mayHaveLaunched, attempt, place } = order;
    const prepared = this.#onWantedCapacity(await order.prepare(false), relaunch);
    const before = { mayHaveLaunched, storedRow: place?.tokenRow ?? null, attemptStartedAtMs: attempt.startedAtMs };
    return {
      order,
      name: nameOf(order),
      place: place ?? placeOfLaunch(prepared, order.clients),
      prepared,
      token: firstToken(before, this.clock.nowMs()),
      storedRow: place?.tokenRow ?? null,
      tries: 0,
      renewals: 0,
      errorClass: null,
      triesOfClass: 0,
      sinceMs: new Map(),
    };
  }

  #onWantedCapacity(prepared: PreparedTaskRun, relaunch: number): PreparedTaskRun {
    const from = this.settings.onDemandFromRelaunch;
    if (from === null || relaunch < from) return prepared;
    return { ...prepared, request: withOnDemandCapacity(prepared.request) };
  }

  /** One search if the token guards as well; otherwise as many as needed to be sure. @throws LaunchOutcomeUnknownError */
  async #findEarlier(order: LaunchOrder, search: LaunchedTaskSearch): Promise<KnownTask | null> {
    const { startedAtMs } = order.attempt;
    if (mayHaveExpired(startedAtMs, this.clock.nowMs())) return this.#findOrGiveUp(order, startedAtMs, search, null);
    return search.alive().catch((error: unknown) => {
      if (order.signal.aborted) throw order.signal.reason;
      order.logger.warn('Searching for an earlier launch failed; its token prevents a second task', { error });
      return null;
    });
  }

  async #findOrGiveUp(
    order: LaunchOrder,
    sentSinceMs: number,
    search: LaunchedTaskSearch,
    prepared: PreparedTaskRun | null,
  ): Promise<KnownTask> {
    const found = await search.allForSure(prepared?.taskDefinition ?? null);
    if (found) return found;
    throw new LaunchOutcomeUnknownError(nameOf(order), (this.clock.nowMs() - sentSinceMs) / 1000);
  }

  /** A launch that is given up may have been executed by an attempt without a response. Then it is adopted. */
  async #adoptedLate(
    error: unknown,
    order: LaunchOrder,
    search: LaunchedTaskSearch,
    prepared: PreparedTaskRun | null,
  ): Promise<LaunchedTask> {
    order.signal.throwIfAborted();
    const { aborted: isCancelled, reason } = order.cancelled;
    const isSearched = error instanceof LaunchOutcomeUnknownError;
    if (!isCancelled && (isSearched || !isLaunchRefused(error))) throw error;
    // A task that has ended need not be stopped.
    const found = isCancelled ? search.aliveForSure() : search.allForSure(prepared?.taskDefinition ?? null);
    const task = await found;
    if (task) return this.#adopted(task, order, prepared);
    throw isCancelled ? reason : error;
  }

  async #send(launch: Launch): Promise<LaunchedTask> {
    const { order } = launch;
    try {
      for (;;) {
        order.signal.throwIfAborted();
        order.cancelled.throwIfAborted();
        const task = await this.#sendOnce(launch);
        if (task) return task;
      }
    } catch (error) {
      if (launch.token.sentSinceMs === null) throw error;
      return this.#adoptedLate(error, order, this.#searchOf(order, launch.place.clusterArn), launch.prepared);
    }
  }

  /** Null: another attempt follows. */
  async #sendOnce(launch: Launch): Promise<LaunchedTask | null> {
    const { order, token } = launch;
    if (launch.storedRow !== token.row) {
      await order.launching({ ...launch.place, tokenRow: token.row }, requestOf(launch));
      launch.storedRow = token.row;
    }
    const sentAtMs = this.clock.nowMs();
    const sending = await sendRunTask(launch, () => this.clock.nowMs());
    if ('cancelled' in sending) return null;
    if ('expired' in sending) {
      const search = this.#searchOf(order, launch.place.clusterArn);
      const found = await this.#findOrGiveUp(order, token.sentSinceMs ?? sentAtMs, search, launch.prepared);
      return this.#adopted(found, order, launch.prepared);
    }
    if ('answer' in sending) return this.#read(launch, sending.answer);
    const { refused } = sending;
    const error = classifyLaunchError(refused, launchErrorContext(launch.prepared, launch.place.region), this.#rows);
    if (error.class === 'maybe-committed' || error.code === 'unknown') {
      launch.token = { ...token, sentSinceMs: token.sentSinceMs ?? sentAtMs };
    }
    if (error.class === 'already-launched') {
      const found = await this.#conflicting(launch, refused);
      if (found) return this.#adopted(found, order, launch.prepared);
    }
    return this.#pauseOrGiveUp(launch, error, refused);
  }

  async #read(launch: Launch, { tasks, failures }: RunTaskAnswer): Promise<LaunchedTask | null> {
    const known = tasks.filter((candidate): candidate is KnownTask => candidate.taskArn !== undefined);
    const task = known.find(({ taskArn }) => isTaskAt(taskArn, launch.place));
    if (task) return this.#launched(launch, task);
    const [strange] = known;
    if (strange) return await this.#readStrange(launch, strange.taskArn);
    const isReplay = mayBeReplayed(launch.token);
    this.#nextToken(launch);
    if (isReplay) return null;
    const error = classifyLaunchFailure(
      failures[0] ?? null,
      launchErrorContext(launch.prepared, launch.place.region),
      this.#rows,
    );
    return this.#pauseOrGiveUp(launch, error, undefined);
  }

  /** The response names a task of another account or cluster, so it does not belong to this launch: it counts as lost. */
  #readStrange(launch: Launch, taskArn: string): Promise<null> {
    const cause = new UnreadableAnswer(`it names a task that is not in ${launch.place.clusterArn}: ${taskArn}`);
    launch.token = { ...launch.token, sentSinceMs: launch.token.sentSinceMs ?? this.clock.nowMs() };
    const error = classifyLaunchError(cause, launchErrorContext(launch.prepared, launch.place.region), this.#rows);
    return this.#pauseOrGiveUp(launch, error, cause);
  }

  #nextToken(launch: Launch): void {
    launch.token = nextToken(launch.token, launch.order.attempt.startedAtMs);
  }

  /** The token was used with other parameters: the launch's task is in the response, or is found by `startedBy`. */
  async #conflicting({ order, place, prepared }: Launch, cause: unknown): Promise<KnownTask | null> {
    const search = this.#searchOf(order, place.clusterArn);
    const [taskArn] = awsErrorFacts(cause).resourceIds;
    return taskArn ? search.named(taskArn) : search.all(prepared.taskDefinition);
  }

  async #pauseOrGiveUp(launch: Launch, error: ClassifiedLaunchError, cause: unknown): Promise<null> {
    const { order } = launch;
    if (launch.errorClass !== error.class) {
      order.logger.warn(`Launching the task failed: ${error.summary}`, { kind: error.code, class: error.class });
    }
    launch.tries += 1;
    const classLastsSeconds = countError(launch, error.class, this.clock.monotonicMs());
    this.meter.count('ecs_launch_errors_total', { class: error.class, kind: error.code });
    if (error.class === 'definition-gone' && (await this.#renewed(launch, error, cause))) return null;
    const history = { tries: launch.tries, triesOfClass: launch.triesOfClass, classLastsSeconds };
    const delaySeconds = nextLaunchDelaySeconds(error.class, history, this.settings, this.clock.random());
    if (delaySeconds === null && this.#placedNothing(launch, error)) {
      this.#nextToken(launch);
      return null;
    }
    if (delaySeconds === null) throw failureOf(launch.name, error, launch.tries, classLastsSeconds, cause);
    if (error.class === 'capacity') {
      const sinceMs = this.clock.nowMs() - classLastsSeconds * 1000;
      order.progress({ phase: 'waiting-for-capacity', sinceMs, reason: error.summary });
    }
    await this.#sleep(order, delaySeconds * 1000);
    return null;
  }

  /**
   * A conflict that names no task, and no task was found for a minute, running or ended: the token's first response had placed
   * nothing, as when a worker dies while it waits for capacity. Valid only while ECS cannot have forgotten a task.
   */
  #placedNothing({ order }: Launch, error: ClassifiedLaunchError): boolean {
    const wasWaitedFor = this.settings.launchPatienceSeconds > 0;
    const mayBeForgotten = mayHaveExpired(order.attempt.startedAtMs, this.clock.nowMs());
    return wasWaitedFor && error.class === 'already-launched' && !mayBeForgotten;
  }

  /** True: there is another definition, or time to check again. */
  async #renewed(launch: Launch, error: ClassifiedLaunchError, cause: unknown): Promise<boolean> {
    if (error.code === 'definition-not-found' && launch.triesOfClass <= DEFINITION_LOOKS) return false;
    if (launch.renewals >= MOST_RENEWALS) throw new LaunchRefusedError(launch.name, error, launch.tries, { cause });
    launch.renewals += 1;
    launch.prepared = this.#onWantedCapacity(await launch.order.prepare(true), launch.name.relaunch);
    return true;
  }

  /** Ends early when the run is cancelled. */
  async #sleep({ signal, cancelled }: LaunchOrder, ms: number): Promise<void> {
    const either = linkSignals(signal, cancelled);
    try {
      await this.clock.sleep(ms, either.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!cancelled.aborted) throw error;
    } finally {
      either.dispose();
    }
  }

  #searchOf(order: LaunchOrder, cluster: string | null): LaunchedTaskSearch {
    const { clients, signal } = order;
    return new LaunchedTaskSearch({ clients, cluster }, startedBy(nameOf(order)), this.clock, signal);
  }

  #launched({ order, prepared, errorClass, tries, place }: Launch, task: KnownTask): LaunchedTask {
    this.meter.count('ecs_launches_total', { how: 'launched' });
    if (errorClass !== null) order.logger.info(`Launched the task after ${tries + 1} tries`, { taskArn: task.taskArn });
    return {
      task,
      clusterArn: task.clusterArn ?? clusterArnOfTask(task.taskArn) ?? place.clusterArn,
      adopted: false,
      prepared,
    };
  }

  #adopted(task: KnownTask, order: LaunchOrder, prepared: PreparedTaskRun | null): LaunchedTask {
    this.meter.count('ecs_launches_total', { how: 'adopted' });
    order.logger.info('Adopted the task of an earlier launch', { taskArn: task.taskArn });
    const clusterArn = task.clusterArn ?? clusterArnOfTask(task.taskArn) ?? order.place?.clusterArn ?? order.cluster;
    return { task, clusterArn: clusterArn ?? 'default', adopted: true, prepared };
  }
}

function nameOf({ flowRunId, attempt, relaunch }: LaunchOrder): LaunchName {
  return { flowRunId, attemptId: attempt.id, relaunch };
}
