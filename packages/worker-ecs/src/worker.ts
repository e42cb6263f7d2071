import {
  BaseWorker,
  type Clock,
  type FlowRun,
  type RunContext,
  type StartedInfrastructure,
  type WorkerEnd,
  type WorkerHealth,
  type WorkerOptions,
} from '@worker-host/core';
import { parseArn } from './aws/arn.js';
import type { AwsClients, AwsClientsProvider } from './aws/aws-clients.js';
import type { EcsTaskDefinition, RunTaskInput } from './aws/ecs-api.js';
import type { EcsRunConfiguration } from './ecs-run-configuration.js';
import type { EcsSettings } from './ecs-settings.js';
import { ECSWorkerResult } from './ecs-worker-result.js';
import { TAG } from './observation/task-event.js';
import type { TaskEventQueues } from './observation/task-event-queues.js';
import type { TaskRunFollower } from './observation/task-run-follower.js';
import type { TaskWatcher } from './observation/task-watcher.js';
import { findLaunchedTask } from './recovery/find-launched-task.js';
import { listStartedTasks } from './recovery/list-infrastructure.js';
import { stopTask } from './recovery/stop-task.js';
import { startedBy } from './task-run/launch-token.js';
import type { LaunchedTask, PreparedTaskRun, TaskLauncher, TaskRunPreparer } from './task-run/launch-types.js';
import { preparePatiently } from './task-run/prepare-patiently.js';
import { formatIdentifier, parseIdentifier } from './utilities/ecs-identifier.js';

/** What an ECS worker is made of. */
export interface EcsWorkerParts {
  readonly clients: AwsClientsProvider;
  readonly preparer: TaskRunPreparer;
  readonly launcher: TaskLauncher;
  readonly watcher: TaskWatcher;
  readonly queues: TaskEventQueues;
  readonly follower: TaskRunFollower;
  readonly settings: EcsSettings;
  readonly options: WorkerOptions;
  readonly clock: Clock;
}

/** Runs jobs as tasks of Amazon ECS, one task for one attempt, and stays with each to its end. */
export class ECSWorker extends BaseWorker<EcsRunConfiguration, ECSWorkerResult> {
  readonly type = 'ecs';
  override readonly capabilities = { canKill: true, canResume: true, canList: true };
  /** Tasks that were stopped on request while they were followed, so that their end is told from a failure. */
  readonly #stopRequested = new Set<string>();

  constructor(private readonly parts: EcsWorkerParts) {
    super();
  }

  /** Lets go of all tasks, queues and connections; the tasks go on. Safe to call twice. */
  override async teardown(): Promise<void> {
    this.parts.watcher.close(new Error('The worker was shut down'));
    await this.parts.queues.close();
    this.parts.clients.close();
  }

  override async anticipate(configuration: EcsRunConfiguration): Promise<void> {
    const clients = await this.parts.clients.clientsFor(configuration.awsCredentials);
    await this.parts.preparer.anticipate?.(configuration, clients);
  }

  async run(flowRun: FlowRun, configuration: EcsRunConfiguration, context: RunContext): Promise<ECSWorkerResult> {
    const clients = await this.parts.clients.clientsFor(configuration.awsCredentials);
    const launched = await this.#launch(flowRun, configuration, context, clients);
    const identifier = identifierOf(configuration, launched);
    // Not waited for: a control plane that does not take the identifier must not keep the task from being followed.
    context.started(identifier).catch((error: unknown) => {
      context.logger.warn('The identifier of the task could not be stored', { identifier, error });
    });
    return this.#follow(identifier, configuration, context, clients, launched);
  }

  override async initiateRun(
    flowRun: FlowRun,
    configuration: EcsRunConfiguration,
    context: RunContext,
  ): Promise<string> {
    const clients = await this.parts.clients.clientsFor(configuration.awsCredentials);
    const identifier = identifierOf(configuration, await this.#launch(flowRun, configuration, context, clients));
    await context.started(identifier);
    return identifier;
  }

  override async resume(
    infrastructurePid: string,
    _flowRun: FlowRun,
    configuration: EcsRunConfiguration,
    context: RunContext,
  ): Promise<ECSWorkerResult> {
    const clients = await this.#clientsOfTask(infrastructurePid, configuration);
    return this.#follow(infrastructurePid, configuration, context, clients, null);
  }

  /** `graceSeconds` has no effect: ECS waits for the container's `stopTimeout`. */
  override async killInfrastructure(
    infrastructurePid: string,
    configuration: EcsRunConfiguration,
    _graceSeconds = 30,
  ): Promise<void> {
    const { taskArn } = parseIdentifier(infrastructurePid);
    const clients = await this.#clientsOfTask(infrastructurePid, configuration);
    if (this.parts.watcher.isWatched(taskArn)) this.#stopRequested.add(taskArn);
    await stopTask(clients, infrastructurePid, `Stopped by worker ${this.parts.options.workerName}`);
  }

  override async listInfrastructure(
    configurations: readonly EcsRunConfiguration[],
  ): Promise<readonly StartedInfrastructure[]> {
    const places = new Map<string, { readonly clients: AwsClients; readonly cluster: string | null }>();
    for (const { awsCredentials, cluster } of configurations) {
      const clients = await this.parts.clients.clientsFor(awsCredentials);
      places.set(`${clients.key} ${cluster ?? ''}`, { clients, cluster });
    }
    const lists = await Promise.all(
      [...places.values()].map(({ clients, cluster }) =>
        listStartedTasks(clients, cluster, this.parts.options.workPoolName),
      ),
    );
    return lists.flat();
  }

  override health(): WorkerHealth {
    const problems = [...this.parts.watcher.problems, ...this.parts.queues.problems];
    return { isHealthy: problems.length === 0, problems };
  }

  async #launch(
    flowRun: FlowRun,
    configuration: EcsRunConfiguration,
    context: RunContext,
    clients: AwsClients,
  ): Promise<LaunchedTask> {
    const { signal, cancelled, logger, attempt, relaunch, mayHaveLaunched } = context;
    const prepare = (renew: boolean): Promise<PreparedTaskRun> =>
      preparePatiently(() => this.parts.preparer.prepare(configuration, flowRun, clients, { signal, logger, renew }), {
        flowRunId: flowRun.id,
        clock: this.parts.clock,
        patienceSeconds: this.parts.settings.launchPatienceSeconds,
        signal: AbortSignal.any([signal, cancelled]),
        logger,
      });
    if (!mayHaveLaunched) cancelled.throwIfAborted();
    const prepared = await prepare(false).catch((error: unknown) => {
      if (!mayHaveLaunched) throw error;
      return this.#preparedBefore(flowRun, configuration, context, clients, error);
    });
    if ('task' in prepared) return prepared;
    return this.parts.launcher.launch({
      clients,
      prepared,
      flowRunId: flowRun.id,
      attempt,
      relaunch,
      mayHaveLaunched,
      signal,
      cancelled,
      logger,
      progress: (progress) => context.progress(progress),
      renew: () => prepare(true),
    });
  }

  /** What cannot be prepared any more (the pool was changed) may have been launched all the same. */
  async #preparedBefore(
    flowRun: FlowRun,
    configuration: EcsRunConfiguration,
    { attempt, relaunch, signal }: RunContext,
    clients: AwsClients,
    error: unknown,
  ): Promise<LaunchedTask> {
    const request: RunTaskInput = configuration.cluster ? { cluster: configuration.cluster } : {};
    const name = startedBy({ flowRunId: flowRun.id, attemptId: attempt.id, relaunch });
    const task = await findLaunchedTask(clients, request, name, null, signal).catch(() => null);
    if (!task) throw error;
    const containerName = configuration.containerName ?? 'prefect';
    const prepared = { request, taskDefinition: {}, containerName };
    return { task, clusterArn: task.clusterArn ?? configuration.cluster ?? 'default', adopted: true, prepared };
  }

  async #follow(
    identifier: string,
    configuration: EcsRunConfiguration,
    context: RunContext,
    clients: AwsClients,
    launched: LaunchedTask | null,
  ): Promise<ECSWorkerResult> {
    const { taskArn, cluster } = parseIdentifier(identifier);
    this.parts.queues.begin(clients, configuration.awsCredentials);
    const { hostCollectsOutput } = this.parts.options;
    try {
      const end = await this.parts.follower.follow(
        {
          clients,
          clientsIn: (region) => this.parts.clients.clientsFor(configuration.awsCredentials, region),
          cluster: launched?.clusterArn ?? cluster,
          taskArn,
          launchedAtMs: launched && !launched.adopted ? this.parts.clock.nowMs() : null,
          initial: launched?.task ?? null,
          definition: definitionOf(launched),
          containerName: launched?.prepared.containerName ?? configuration.containerName,
          labels: configuration.labels,
          deregisters: launched ? isTaggedToDeregister(launched.prepared) : false,
          streamsOutput: this.parts.settings.streamsOutput || hostCollectsOutput || configuration.streamOutput,
          wasStopRequested: () => this.#stopRequested.has(taskArn),
        },
        context,
      );
      return new ECSWorkerResult(identifier, statusCodeOf(end), end);
    } finally {
      this.#stopRequested.delete(taskArn);
    }
  }

  /** A task is asked after in the region its ARN names, whatever the configuration says by now. */
  async #clientsOfTask(identifier: string, configuration: EcsRunConfiguration): Promise<AwsClients> {
    const region = parseArn(parseIdentifier(identifier).taskArn)?.region || null;
    return this.parts.clients.clientsFor(configuration.awsCredentials, region);
  }
}

function identifierOf(configuration: EcsRunConfiguration, { task, clusterArn }: LaunchedTask): string {
  return formatIdentifier({ cluster: configuration.cluster || clusterArn, taskArn: task.taskArn });
}

/** A job that was stopped at its time limit did not succeed, however tidily it ended. */
function statusCodeOf({ exitCode, diagnosis }: WorkerEnd): number {
  if (exitCode === null) return -1;
  return exitCode === 0 && diagnosis?.kind === 'time-limit' ? -1 : exitCode;
}

function isTaggedToDeregister({ request }: PreparedTaskRun): boolean {
  const tags = Array.isArray(request.tags) ? request.tags : [];
  return tags.some((tag) => JSON.stringify(tag) === JSON.stringify({ key: TAG.deregister, value: 'true' }));
}

/** Null: it is described when it is needed. */
function definitionOf(launched: LaunchedTask | null): EcsTaskDefinition | null {
  const definition = launched?.prepared.taskDefinition;
  return definition?.containerDefinitions === undefined ? null : definition;
}
