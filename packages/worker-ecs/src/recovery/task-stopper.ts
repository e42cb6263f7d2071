import {
  type Clock,
  InfrastructureNotAvailable,
  InfrastructureNotFound,
  InfrastructureStopUnconfirmed,
  TOKENS,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { parseArn } from '../aws/arn.js';
import type { AwsClients, AwsClientsProvider } from '../aws/aws-clients.js';
import type { AwsCredentialsValue } from '../aws/aws-credentials-value.js';
import type { EcsTask } from '../aws/ecs-api.js';
import { accessDenialOf, adviceOnDenial } from '../aws/errors/access-denial.js';
import { awsErrorFacts, awsErrorText, isCredentialFailure } from '../aws/errors/aws-error-facts.js';
import type { EcsPlacedClients, EcsTaskWatcher } from '../ecs-parts.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { isEnding } from '../observation/watch/look-policy.js';
import { BoundedMap } from '../utilities/bounded-map.js';
import { EcsIdentifierError, parseIdentifier } from '../utilities/ecs-identifier.js';
import { isStopTargetGone, NOT_VISIBLE_YET_MS, type StopLooks } from './stop-decisions.js';

const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
/**
 * Number of descriptions that can show the task running before the stop counts as unconfirmed: they can be older than the
 * request.
 */
const RUNNING_LOOKS = 4;
const KEPT_LAUNCHES = 2_000;

/** A task whose stop is requested. */
interface Target {
  readonly identifier: string;
  readonly cluster: string;
  readonly taskArn: string;
  readonly clients: AwsClients;
}

/** Outcome of the request itself. */
type Order =
  | { readonly answer: EcsTask | null }
  | { readonly unknownTask: unknown }
  | { readonly unknownCluster: unknown };

/** Stops tasks, and confirms it by describing them. */
@injectable()
export class TaskStopper {
  readonly #launchedAtMs = new BoundedMap<string, number>(KEPT_LAUNCHES);

  constructor(
    @inject(ECS_TOKENS.AwsClients) private readonly clients: AwsClientsProvider,
    @inject(ECS_TOKENS.PlacedClients) private readonly placed: EcsPlacedClients,
    @inject(ECS_TOKENS.TaskWatcher) private readonly watcher: EcsTaskWatcher,
    @inject(TOKENS.Clock) private readonly clock: Clock,
  ) {}

  /** Records that this process has launched a task, which ECS may not show yet. */
  noteLaunch(taskArn: string): void {
    const nowMs = this.clock.monotonicMs();
    this.#launchedAtMs.dropStale((launchedAtMs) => launchedAtMs < nowMs - NOT_VISIBLE_YET_MS);
    this.#launchedAtMs.set(taskArn, nowMs);
  }

  /**
   * Requests the stop of a task: ECS sends SIGTERM, and SIGKILL after the container's `stopTimeout`. Resolves when the task is
   * described as stopping or stopped. For a watched task the request is repeated as long as it is running.
   *
   * @throws InfrastructureNotFound if ECS certainly knows no such task; InfrastructureNotAvailable if its cluster does not
   * exist; InfrastructureStopUnconfirmed; EcsIdentifierError; AWS's error about unusable credentials.
   */
  async stop(identifier: string, credentials: AwsCredentialsValue | null, reason: string): Promise<void> {
    const { cluster, taskArn } = parseIdentifier(identifier);
    if (cluster === '') throw new EcsIdentifierError(identifier, 'it names no cluster');
    const { region = '', account = '' } = parseArn(taskArn) ?? {};
    this.watcher.orderStop(taskArn, reason);
    const given = await this.clients.clientsFor(credentials, region || null);
    const target = { identifier, cluster, taskArn, clients: given };
    const order = await this.#order(target, reason);
    if ('answer' in order) return this.#confirm(target, order);
    // Credentials that have changed may belong to another account, which does not know the task.
    const clients = account === '' ? given : await this.placed.in({ account, region }, [credentials], identifier);
    const again = { ...target, clients };
    const second = clients.key === given.key ? order : await this.#order(again, reason);
    if ('unknownCluster' in second) throw await this.#noCluster(again, account, second.unknownCluster);
    return this.#confirm(again, second);
  }

  async #order({ identifier, cluster, taskArn, clients }: Target, reason: string): Promise<Order> {
    try {
      return { answer: await clients.ecs.stopTask({ cluster, task: taskArn, reason }, { priority: 'stop' }) };
    } catch (error) {
      const { name, message } = awsErrorFacts(error);
      if (name === 'InvalidParameterException' && /task was not found/i.test(message)) return { unknownTask: error };
      if (name === 'ClusterNotFoundException') return { unknownCluster: error };
      if (isCredentialFailure(error)) throw error;
      const denial = accessDenialOf(error);
      const advice = denial ? ` ${adviceOnDenial(denial)}` : '';
      const seen = `the request failed: ${awsErrorText(error)}.${advice}`;
      throw new InfrastructureStopUnconfirmed(identifier, seen, { cause: error });
    }
  }

  /** A cluster with tasks cannot be deleted, so in the right account the task does not exist either. */
  async #noCluster({ identifier, cluster, clients }: Target, account: string, cause: unknown): Promise<Error> {
    const why = `ECS cluster '${cluster}' was not found in account ${account || 'unknown'}, region ${clients.region}`;
    const isSure = account !== '' && (await this.placed.areIn(account, clients));
    return isSure
      ? new InfrastructureNotFound(identifier, why, { cause })
      : new InfrastructureNotAvailable(identifier, why, { cause });
  }

  async #confirm(target: Target, order: Order): Promise<void> {
    const { identifier, taskArn, cluster } = target;
    const beganMs = this.clock.monotonicMs();
    const isTaken = 'answer' in order;
    const answersStopping = isTaken && isEnding(order.answer);
    for (let look = 1; ; look += 1) {
      const task = await this.#describe(target);
      if (isEnding(task)) return;
      const isRunning = task?.desiredStatus !== undefined || task?.lastStatus !== undefined;
      if (!isRunning && answersStopping) return;
      if (isRunning && (!isTaken || look >= RUNNING_LOOKS)) {
        throw new InfrastructureStopUnconfirmed(identifier, `${task?.lastStatus}, desired ${task?.desiredStatus}`);
      }
      const looks: StopLooks = {
        looks: look,
        missingForMs: this.clock.monotonicMs() - beganMs,
        launchedAgoMs: this.#launchedAgoMs(taskArn),
      };
      const verdict = isRunning ? 'look-again' : isStopTargetGone(looks);
      if (verdict === 'gone' && !isTaken) {
        const cause = 'unknownTask' in order ? order.unknownTask : undefined;
        throw new InfrastructureNotFound(identifier, `ECS does not know the task in cluster '${cluster}'`, { cause });
      }
      if (verdict !== 'look-again') throw new InfrastructureStopUnconfirmed(identifier, 'not visible yet');
      await this.clock.sleep(Math.min(LONGEST_PAUSE_MS, PAUSE_MS * look));
    }
  }

  async #describe({ identifier, cluster, taskArn, clients }: Target): Promise<EcsTask | null> {
    try {
      const { tasks } = await clients.ecs.describeTasks({ cluster, tasks: [taskArn] }, { priority: 'stop' });
      return tasks[0] ?? null;
    } catch (error) {
      if (isCredentialFailure(error)) throw error;
      const denial = accessDenialOf(error);
      const seen = `it could not be described: ${awsErrorText(error)}${denial ? `. ${adviceOnDenial(denial)}` : ''}`;
      throw new InfrastructureStopUnconfirmed(identifier, seen, { cause: error });
    }
  }

  #launchedAgoMs(taskArn: string): number | null {
    const launchedAtMs = this.#launchedAtMs.get(taskArn);
    return launchedAtMs === undefined ? null : this.clock.monotonicMs() - launchedAtMs;
  }
}
