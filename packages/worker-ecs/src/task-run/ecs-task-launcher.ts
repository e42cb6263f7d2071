import type { Clock, Meter } from '@worker-host/core';
import { parseArn } from '../aws/arn.js';
import { awsErrorFacts, isAbort } from '../aws/aws-error-facts.js';
import {
  type ClassifiedLaunchError,
  classifyLaunchError,
  classifyLaunchFailure,
} from '../aws/classify-launch-error.js';
import type { EcsTask, RunTaskAnswer } from '../aws/ecs-api.js';
import type { EcsSettings } from '../ecs-settings.js';
import {
  describeFirst,
  familyOf,
  findLaunchedTask,
  findTaskAlive,
  type KnownTask,
} from '../recovery/find-launched-task.js';
import { launchErrorContext } from './launch-error-context.js';
import {
  CapacityUnavailableError,
  LaunchOutcomeUnknownError,
  LaunchRefusedError,
  LaunchUnansweredError,
} from './launch-errors.js';
import { nextLaunchDelaySeconds } from './launch-policy.js';
import { clientToken, type LaunchName, startedBy } from './launch-token.js';
import type { LaunchedTask, LaunchOrder, PreparedTaskRun, TaskLauncher } from './launch-types.js';
import { withOnDemandCapacity } from './on-demand-capacity.js';
import { withoutPublicIp } from './private-network.js';

/** ECS keeps a token for an hour after the task ended; a little less, for clocks that differ. */
const TOKEN_SAFE_SECONDS = 50 * 60;
const MOST_RENEWALS = 2;
const DEFINITION_LOOKS = 2;
const LOOKS_AFTER_LOST_ANSWER = 3;
const LOOK_PAUSE_MS = 3_000;

/** A launch under way. */
interface Launch {
  readonly order: LaunchOrder;
  readonly name: LaunchName;
  prepared: PreparedTaskRun;
  /** Answers so far that placed nothing and used up their token. */
  placement: number;
  tries: number;
  renewals: number;
  /** True: an answer was lost, so a task may exist. */
  mayExist: boolean;
  errorClass: ClassifiedLaunchError['class'] | null;
  triesOfClass: number;
  /** When each class of error was met first. Classes may take turns, and none is outlasted longer for that. */
  readonly sinceMs: Map<ClassifiedLaunchError['class'], number>;
}

/** Launches tasks with a token made of run and attempt, so that whatever is repeated starts one task. */
export class EcsTaskLauncher implements TaskLauncher {
  constructor(
    private readonly settings: EcsSettings,
    private readonly clock: Clock,
    private readonly meter: Meter,
  ) {}

  async launch(order: LaunchOrder): Promise<LaunchedTask> {
    const launch = this.#begin(order);
    if (order.mayHaveLaunched) {
      const found = await this.#lookBeforeLeaping(launch);
      if (found) return this.#launched(launch, found, true);
    }
    for (;;) {
      await this.#stopIfCancelled(launch);
      const outcome = await this.#send(launch);
      if ('task' in outcome) return this.#launched(launch, outcome.task, outcome.adopted);
      await this.#pauseOrGiveUp(launch, outcome.error, outcome.cause);
    }
  }

  #begin(order: LaunchOrder): Launch {
    const { flowRunId, attempt, relaunch } = order;
    return {
      order,
      name: { flowRunId, attemptId: attempt.id, relaunch },
      prepared: this.#onWantedCapacity(order.prepared, relaunch),
      placement: 0,
      tries: 0,
      renewals: 0,
      mayExist: false,
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

  async #lookBeforeLeaping(launch: Launch): Promise<KnownTask | null> {
    const ageSeconds = this.#ageSeconds(launch);
    const isTokenSafe = ageSeconds < TOKEN_SAFE_SECONDS;
    const look = isTokenSafe ? this.#findAlive(launch) : this.#find(launch);
    const found = await look.catch((error: unknown) => {
      if (!isTokenSafe || launch.order.signal.aborted) throw error;
      launch.order.logger.warn('Tasks of an earlier launch could not be looked up; the token alone guards', { error });
      return null;
    });
    if (!found && !isTokenSafe) throw new LaunchOutcomeUnknownError(launch.name, ageSeconds);
    return found;
  }

  #ageSeconds({ order }: Launch): number {
    return (this.clock.nowMs() - order.attempt.startedAtMs) / 1000;
  }

  /** Enough while the token guards: ECS answers it with the task that ended, too. */
  #findAlive({ order, prepared, name }: Launch): Promise<KnownTask | null> {
    return findTaskAlive(order.clients, prepared.request, startedBy(name), order.signal);
  }

  #find({ order, prepared, name }: Launch): Promise<KnownTask | null> {
    const family = familyOf(prepared.taskDefinition);
    return findLaunchedTask(order.clients, prepared.request, startedBy(name), family, order.signal);
  }

  async #stopIfCancelled(launch: Launch): Promise<void> {
    const { signal, cancelled } = launch.order;
    signal.throwIfAborted();
    if (cancelled.aborted && !launch.mayExist) throw cancelled.reason;
  }

  async #send(launch: Launch): Promise<Sent> {
    const { order, prepared, name } = launch;
    if (order.cancelled.aborted) return this.#settleCancelled(launch);
    launch.tries += 1;
    const request = {
      ...prepared.request,
      clientToken: clientToken(name, launch.placement),
      startedBy: startedBy(name),
    };
    try {
      const answer = await order.clients.ecs.runTask(request, { signal: order.signal, priority: 'launch' });
      return this.#read(launch, answer);
    } catch (cause) {
      if (isAbort(cause) || order.signal.aborted) throw order.signal.aborted ? order.signal.reason : cause;
      const error = classifyLaunchError(cause, launchErrorContext(prepared));
      if (error.class === 'maybe-committed') launch.mayExist = true;
      return error.class === 'already-launched' ? this.#adopt(launch, error, cause) : { error, cause };
    }
  }

  #read(launch: Launch, answer: RunTaskAnswer): Sent {
    const task = answer.tasks.find((candidate): candidate is KnownTask => candidate.taskArn !== undefined);
    if (task) return { task, adopted: false };
    launch.placement += 1;
    launch.mayExist = false;
    const error = classifyLaunchFailure(answer.failures[0] ?? null, launchErrorContext(launch.prepared));
    return { error, cause: undefined };
  }

  /**
   * The token was used with other parameters: the task that stands for the launch is the answer's, or is found by what
   * it was started by.
   */
  async #adopt(launch: Launch, error: ClassifiedLaunchError, cause: unknown): Promise<Sent> {
    const { order, prepared } = launch;
    const [taskArn] = awsErrorFacts(cause).resourceIds;
    if (taskArn) {
      const described = await describeFirst(order.clients, prepared.request, [taskArn], order.signal).catch(() => null);
      return { task: described ?? { taskArn }, adopted: true };
    }
    const found = await this.#find(launch);
    return found ? { task: found, adopted: true } : { error, cause };
  }

  /** Cancelled after a lost answer: what may have been started is looked for, so that it can be stopped. */
  async #settleCancelled(launch: Launch): Promise<Sent> {
    for (let look = 1; look <= LOOKS_AFTER_LOST_ANSWER; look += 1) {
      const found = await this.#findAlive(launch);
      if (found) return { task: found, adopted: true };
      if (look < LOOKS_AFTER_LOST_ANSWER) await this.clock.sleep(LOOK_PAUSE_MS, launch.order.signal);
    }
    throw launch.order.cancelled.reason;
  }

  async #pauseOrGiveUp(launch: Launch, error: ClassifiedLaunchError, cause: unknown): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (launch.errorClass !== error.class) {
      launch.errorClass = error.class;
      launch.triesOfClass = 0;
      const fields = { kind: error.code, class: error.class, aws: error.awsText };
      launch.order.logger.warn('The launch did not succeed yet', fields);
    }
    launch.triesOfClass += 1;
    const sinceMs = launch.sinceMs.get(error.class) ?? nowMs;
    launch.sinceMs.set(error.class, sinceMs);
    this.meter.count('ecs_launch_errors_total', { class: error.class, kind: error.code });
    if (error.class === 'definition-gone' && (await this.#renewed(launch, error, cause))) return;
    if (error.code === 'public-ip' && this.#madePrivate(launch)) return;
    const classLastsSeconds = (nowMs - sinceMs) / 1000;
    const history = { tries: launch.tries, triesOfClass: launch.triesOfClass, classLastsSeconds };
    const delaySeconds = nextLaunchDelaySeconds(error.class, history, this.settings, this.clock.random());
    if (delaySeconds === null && this.#placedNothing(launch, error)) {
      launch.placement += 1;
      return;
    }
    if (delaySeconds === null) throw giveUp(launch, error, classLastsSeconds, cause);
    if (error.class === 'capacity') {
      const waitsSinceMs = this.clock.nowMs() - classLastsSeconds * 1000;
      launch.order.progress({ phase: 'waiting-for-capacity', sinceMs: waitsSinceMs, reason: error.summary });
    }
    await this.#sleep(launch, delaySeconds * 1000);
  }

  /**
   * A conflict that names no task, and for a minute none was found, alive or ended: the token's answer had placed nothing,
   * as when a worker dies while it waits for capacity. True only while ECS cannot have forgotten a task.
   */
  #placedNothing(launch: Launch, error: ClassifiedLaunchError): boolean {
    const wasWaitedFor = this.settings.launchPatienceSeconds > 0;
    return wasWaitedFor && error.class === 'already-launched' && this.#ageSeconds(launch) < TOKEN_SAFE_SECONDS;
  }

  /** True: there is another definition, or time to look again. */
  async #renewed(launch: Launch, error: ClassifiedLaunchError, cause: unknown): Promise<boolean> {
    const { renew, signal } = launch.order;
    if (error.code === 'definition-not-found' && launch.triesOfClass <= DEFINITION_LOOKS) return false;
    if (!renew || launch.renewals >= MOST_RENEWALS)
      throw new LaunchRefusedError(launch.name, error, launch.tries, { cause });
    launch.renewals += 1;
    launch.prepared = this.#onWantedCapacity(await renew.call(launch.order, signal), launch.name.relaunch);
    return true;
  }

  /** True: the network that was chosen is good without a public address, too. What ECS refused used no token up. */
  #madePrivate(launch: Launch): boolean {
    const prepared = withoutPublicIp(launch.prepared);
    if (prepared === null) return false;
    launch.prepared = prepared;
    launch.placement += 1;
    return true;
  }

  /** Wakes early when the run is cancelled. */
  async #sleep({ order }: Launch, ms: number): Promise<void> {
    const either = AbortSignal.any([order.signal, order.cancelled]);
    await this.clock.sleep(ms, either).catch((error: unknown) => {
      if (order.signal.aborted) throw order.signal.reason;
      if (!order.cancelled.aborted) throw error;
    });
  }

  #launched(launch: Launch, task: KnownTask, adopted: boolean): LaunchedTask {
    this.meter.count('ecs_launches_total', { how: adopted ? 'adopted' : 'launched' });
    if (launch.errorClass !== null) {
      launch.order.logger.info('The launch succeeded after all', { tries: launch.tries, taskArn: task.taskArn });
    }
    return { task, clusterArn: clusterArnOf(task, launch.prepared), adopted, prepared: launch.prepared };
  }
}

type Sent =
  | { readonly task: KnownTask; readonly adopted: boolean }
  | { readonly error: ClassifiedLaunchError; readonly cause: unknown };

function giveUp(launch: Launch, error: ClassifiedLaunchError, lastedSeconds: number, cause: unknown): Error {
  const options = { cause };
  switch (error.class) {
    case 'capacity':
      return new CapacityUnavailableError(launch.name, error, launch.tries, lastedSeconds, options);
    case 'throttle':
    case 'maybe-committed':
      return new LaunchUnansweredError(launch.name, error, launch.tries, options);
    case 'already-launched':
      return new LaunchOutcomeUnknownError(launch.name, lastedSeconds, options);
    default:
      return new LaunchRefusedError(launch.name, error, launch.tries, options);
  }
}

/** The cluster of a task: as told, else as its ARN says, else as the request did. */
function clusterArnOf(task: EcsTask & { readonly taskArn: string }, prepared: PreparedTaskRun): string {
  if (task.clusterArn) return task.clusterArn;
  const match = /^task\/([^/]+)\/[^/]+$/.exec(parseArn(task.taskArn)?.resource ?? '');
  if (match) return task.taskArn.replace(/:task\/.*$/, `:cluster/${match[1]}`);
  const { cluster } = prepared.request;
  return typeof cluster === 'string' && cluster !== '' ? cluster : 'default';
}
