import {
  BaseWorker,
  type Clock,
  type FlowRun,
  type LaunchName,
  type LaunchPlace,
  linkSignals,
  type RunContext,
  type RunResources,
  type StartedInfrastructure,
  TOKENS,
  type WorkerHealth,
  WorkerNotReadyError,
  type WorkerOptions,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { AwsAccessCheck } from './aws/access-check.js';
import { parseArn } from './aws/arn.js';
import type { AwsClients, AwsClientsProvider } from './aws/aws-clients.js';
import { hostErrorOf, notReadyErrorOf, RunCredentialsRefusedError } from './aws/errors/access-errors.js';
import { taskResourcesOf } from './configuration/task-resources.js';
import type { EcsLaunchConfiguration } from './ecs-launch-configuration.js';
import type {
  EcsAccountLookup,
  EcsPlacedClients,
  EcsTaskRunFollower,
  EcsTaskStopper,
  EcsTaskWatcher,
} from './ecs-parts.js';
import { clusterOf, type EcsRunConfiguration } from './ecs-run-configuration.js';
import type { EcsSettings } from './ecs-settings.js';
import { ECS_TOKENS } from './ecs-tokens.js';
import { type ECSWorkerResult, resultOf } from './ecs-worker-result.js';
import { linksOfTask } from './observation/console-links.js';
import { TaskEventSources } from './observation/events/task-event-sources.js';
import { checkCluster } from './place/check-cluster.js';
import { launchPlaceOf, searchPlaceOf } from './place/ecs-launch-place.js';
import { LaunchFinder } from './recovery/launch-finder.js';
import { listStartedTasks } from './recovery/list-infrastructure.js';
import { SearchedClusters } from './recovery/searched-clusters.js';
import {
  definitionOf,
  isTaggedToDeregister,
  type LaunchedTask,
  type PreparedTaskRun,
  type TaskLauncher,
  type TaskRunPreparer,
} from './task-run/launch-types.js';
import { prepareWithRetry } from './task-run/prepare-with-retry.js';
import { shownRequest } from './task-run/shown-request.js';
import { identifierOf, parseIdentifier } from './utilities/ecs-identifier.js';

/** A launch that exists, and clients that reach it. */
interface Launched {
  readonly launched: LaunchedTask;
  readonly clients: AwsClients;
}

/** Runs jobs as tasks of Amazon ECS, one task per attempt, and watches each to its end. */
@injectable()
export class ECSWorker extends BaseWorker<EcsRunConfiguration, ECSWorkerResult> {
  /** Type of the plugin: `ecs`, or that of a plugin that extends it. */
  readonly type: string;
  override readonly capabilities = { canKill: true, canResume: true, canList: true };

  constructor(
    @inject(ECS_TOKENS.AwsClients) private readonly clients: AwsClientsProvider,
    @inject(ECS_TOKENS.Accounts) private readonly accounts: EcsAccountLookup,
    @inject(ECS_TOKENS.PlacedClients) private readonly placed: EcsPlacedClients,
    @inject(ECS_TOKENS.TaskRunPreparer) private readonly preparer: TaskRunPreparer,
    @inject(ECS_TOKENS.TaskLauncher) private readonly launcher: TaskLauncher,
    @inject(ECS_TOKENS.TaskStopper) private readonly stopper: EcsTaskStopper,
    @inject(ECS_TOKENS.TaskWatcher) private readonly watcher: EcsTaskWatcher,
    @inject(ECS_TOKENS.TaskRunFollower) private readonly follower: EcsTaskRunFollower,
    @inject(ECS_TOKENS.Settings) private readonly settings: EcsSettings,
    @inject(TOKENS.WorkerOptions) private readonly options: WorkerOptions,
    @inject(TOKENS.Clock) private readonly clock: Clock,
    @inject(AwsAccessCheck) private readonly access: AwsAccessCheck,
    @inject(LaunchFinder) private readonly finder: LaunchFinder,
    @inject(SearchedClusters) private readonly clusters: SearchedClusters,
    @inject(TaskEventSources) private readonly events: TaskEventSources,
  ) {
    super();
    this.type = options.workerType;
  }

  /** Stops watching and closes queues and connections; the tasks continue. Safe to call twice. */
  override async teardown(): Promise<void> {
    this.watcher.close(new Error('The worker was shut down'));
    this.finder.dispose();
    await this.events.close();
    this.clients.close();
  }

  override checkReady(configuration: EcsRunConfiguration): Promise<void> {
    return this.access.check(configuration);
  }

  override resourcesOf({ taskRunRequest, taskDefinition }: EcsLaunchConfiguration): RunResources | null {
    return taskResourcesOf(taskRunRequest, taskDefinition);
  }

  override async prewarm(configuration: EcsRunConfiguration): Promise<void> {
    const { clients } = await this.finder.locate(null, configuration, 'none');
    await this.preparer.prewarm(configuration, clients);
  }

  async run(flowRun: FlowRun, configuration: EcsRunConfiguration, context: RunContext): Promise<ECSWorkerResult> {
    const { launched, clients } = await this.#launch(flowRun, configuration, context);
    const identifier = this.#identifierOf(launched, configuration);
    // Not awaited: a control plane that does not store the identifier must not delay watching the task.
    context.started(identifier).catch((error: unknown) => {
      context.logger.warn('Storing the identifier of the task failed', { identifier, error });
    });
    return this.#follow(identifier, configuration, context, clients, launched);
  }

  override async initiateRun(
    flowRun: FlowRun,
    configuration: EcsRunConfiguration,
    context: RunContext,
  ): Promise<string> {
    const { launched } = await this.#launch(flowRun, configuration, context);
    const identifier = this.#identifierOf(launched, configuration);
    await context.started(identifier);
    return identifier;
  }

  override async resume(
    infrastructurePid: string,
    _flowRun: FlowRun,
    configuration: EcsRunConfiguration,
    context: RunContext,
  ): Promise<ECSWorkerResult> {
    const clients = await this.#forHost(async () => {
      const { region = '', account = '' } = parseArn(parseIdentifier(infrastructurePid).taskArn) ?? {};
      return this.placed.in({ account, region }, [configuration.awsCredentials], infrastructurePid);
    });
    return this.#follow(infrastructurePid, configuration, context, clients, null);
  }

  /** `graceSeconds` has no effect: ECS waits for the container's `stopTimeout`. */
  override async killInfrastructure(
    infrastructurePid: string,
    { awsCredentials }: EcsRunConfiguration,
    _graceSeconds = 30,
  ): Promise<void> {
    const reason = `Stopped by worker ${this.options.workerName}`;
    await this.#forHost(() => this.stopper.stop(infrastructurePid, awsCredentials, reason));
  }

  override searchPlaceOf(place: LaunchPlace): LaunchPlace {
    return searchPlaceOf(place);
  }

  override listInfrastructure(
    configurations: readonly EcsRunConfiguration[],
    places: readonly LaunchPlace[],
  ): Promise<readonly StartedInfrastructure[]> {
    return this.#forHost(async () => {
      const clusters = await this.clusters.of(configurations, places);
      const lists = await Promise.all(clusters.map((each) => listStartedTasks(each, this.options.workPoolName)));
      const byTask = lists.flat().map((each) => [parseIdentifier(each.infrastructurePid).taskArn, each] as const);
      // Two configurations of one cluster list its tasks twice; the first is the configured one.
      return [...new Map(byTask.reverse()).values()].reverse();
    });
  }

  override findInfrastructure(launch: LaunchName, configuration: EcsRunConfiguration): Promise<string | null> {
    return this.#forHost(() => this.finder.find(launch, configuration));
  }

  override health(): WorkerHealth {
    const problems = [...this.watcher.problems, ...this.events.problems];
    return { isHealthy: problems.length === 0, problems };
  }

  async #launch(flowRun: FlowRun, configuration: EcsRunConfiguration, context: RunContext): Promise<Launched> {
    let mayExist = context.mayHaveLaunched;
    try {
      return await this.#launchAt(flowRun, configuration, {
        context,
        onLaunching: () => {
          mayExist = true;
        },
      });
    } catch (error) {
      const { signal, cancelled } = context;
      if (error === signal.reason || error === cancelled.reason) throw error;
      const notReady = notReadyErrorOf(error);
      if (notReady === null) throw hostErrorOf(error);
      this.access.forget();
      if (mayExist || this.access.concernsWorker(configuration.awsCredentials)) throw notReady;
      throw new RunCredentialsRefusedError(flowRun.id, error);
    }
  }

  async #launchAt(
    flowRun: FlowRun,
    configuration: EcsRunConfiguration,
    { context, onLaunching }: { readonly context: RunContext; onLaunching(): void },
  ): Promise<Launched> {
    const { signal, cancelled, logger, attempt, relaunch, mayHaveLaunched, launchPlace } = context;
    const { clients, place } = await this.finder.locate(launchPlace, configuration, flowRun.id);
    if (place === null && !mayHaveLaunched) await checkCluster(configuration, clients, this.accounts);
    const prepare = async (renew: boolean): Promise<PreparedTaskRun> => {
      const either = linkSignals(signal, cancelled);
      const options = { signal, logger, renew };
      try {
        return await prepareWithRetry(() => this.preparer.prepare(configuration, flowRun, clients, options), {
          flowRunId: flowRun.id,
          clock: this.clock,
          patienceSeconds: this.settings.launchPatienceSeconds,
          signal: either.signal,
          logger,
        });
      } finally {
        either.dispose();
      }
    };
    const launched = await this.launcher.launch({
      clients,
      flowRunId: flowRun.id,
      attempt,
      relaunch,
      mayHaveLaunched,
      place,
      cluster: clusterOf(configuration),
      signal,
      cancelled,
      logger,
      prepare,
      launching: async (to, request) => {
        await context.launching(launchPlaceOf(to), () => shownRequest(request, configuration.labels));
        onLaunching();
      },
      assertOwned: () => context.assertOwned(),
      progress: (progress) => context.progress(progress),
    });
    this.accounts.learn(clients, launched.task.taskArn);
    if (!launched.adopted) this.stopper.noteLaunch(launched.task.taskArn);
    return { launched, clients };
  }

  /** Not an async function: its frame, and what was launched, would take memory as long as the task runs. */
  #follow(
    identifier: string,
    configuration: EcsRunConfiguration,
    context: RunContext,
    clients: AwsClients,
    launched: LaunchedTask | null,
  ): Promise<ECSWorkerResult> {
    const { taskArn, cluster } = parseIdentifier(identifier);
    this.events.begin(clients, configuration.awsCredentials);
    const { hostCollectsOutput } = this.options;
    const prepared = launched?.prepared ?? null;
    const [definition, containerName] = [
      definitionOf(prepared),
      prepared?.containerName ?? configuration.containerName,
    ];
    const { awsCredentials } = configuration;
    const ended = this.follower.follow(
      {
        clients,
        clientsIn: (region) => this.clients.clientsFor(awsCredentials, region),
        identifier,
        cluster: launched?.clusterArn ?? cluster,
        taskArn,
        launchedAtMs: launched && !launched.adopted ? this.clock.nowMs() : null,
        initial: launched?.task ?? null,
        definition,
        containerName,
        labels: configuration.labels,
        deregisters: isTaggedToDeregister(prepared),
        streamsOutput: this.settings.streamsOutput || hostCollectsOutput || configuration.streamOutput,
        links: linksOfTask(taskArn, definition, containerName, this.options.environment),
      },
      context,
    );
    return resultOf(identifier, ended);
  }

  #identifierOf({ task, clusterArn }: LaunchedTask, configuration: EcsRunConfiguration): string {
    return identifierOf(task.taskArn, clusterArn, configuration.cluster);
  }

  /** Converts errors of AWS for the host, and unusable credentials to a worker that is not ready. */
  async #forHost<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const heard = hostErrorOf(error);
      if (heard instanceof WorkerNotReadyError) this.access.forget();
      throw heard;
    }
  }
}
