import {
  type FlowRun,
  findPlaceholders,
  type JsonObject,
  type Logger,
  PREFECT_VERSION,
  TOKENS,
  type WorkerOptions,
} from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsLaunchConfiguration } from '../ecs-launch-configuration.js';
import type { EcsDefinitionResolver, EcsNetworkResolver } from '../ecs-parts.js';
import type { EcsSettings } from '../ecs-settings.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { prepareTaskDefinition } from '../task-definition/prepare-task-definition.js';
import type { ResolvedTaskDefinition } from '../task-definition/task-definition-resolver.js';
import { defaultImage } from '../utilities/default-image.js';
import { splitCommand } from '../utilities/split-command.js';
import { checkTaskRun, ProblemErrors } from './check-task-run.js';
import type { PreparedTaskRun, TaskRunPreparer } from './launch-types.js';
import { isKnownCpu, sizeNumber } from './rules/fargate-sizes.js';
import { objectOf, runsOnFargate } from './rules/task-run-to-check.js';
import { orchestrationContainerName, prepareTaskRunRequest } from './task-run-request.js';

type PrepareOptions = Parameters<TaskRunPreparer['prepare']>[3];

/** What a run is made of before anything is registered: as it would be, and what is wrong with it. */
interface Plan {
  readonly definition: JsonObject;
  /** As ECS has it already; null: it is to be found or registered. */
  readonly linked: ResolvedTaskDefinition | null;
  readonly networkConfiguration: JsonObject | null;
}

/** Makes task runs ready: decides purely, looks things up, checks all of it, then registers. Launches nothing. */
@injectable()
export class EcsTaskRunPreparer implements TaskRunPreparer<EcsLaunchConfiguration> {
  constructor(
    @inject(ECS_TOKENS.DefinitionResolver) private readonly definitions: EcsDefinitionResolver,
    @inject(ECS_TOKENS.NetworkResolver) private readonly networks: EcsNetworkResolver,
    @inject(ECS_TOKENS.Settings) private readonly settings: Pick<EcsSettings, 'pythonVersion'>,
    @inject(TOKENS.WorkerOptions) private readonly options: Pick<WorkerOptions, 'workPoolName'>,
  ) {}

  async prepare(
    configuration: EcsLaunchConfiguration,
    flowRun: FlowRun,
    clients: AwsClients,
    options: PrepareOptions,
  ): Promise<PreparedTaskRun> {
    const plan = await this.#planned(configuration, flowRun, clients, options);
    const resolved = plan.linked ?? (await this.#registered(plan.definition, configuration, clients, options));
    const request = requestOf(configuration, plan, resolved);
    warnOfDroppedLaunchType(configuration, options.logger);
    const { definition, arn } = resolved;
    options.logger.debug('Task run prepared', { taskDefinition: arn, cluster: request.cluster ?? 'default' });
    return {
      request,
      taskDefinition: definition,
      containerName: orchestrationContainerName(configuration, definition),
      configuresLogs: configuration.configureCloudwatchLogs === true,
      isNetworkChosen: plan.networkConfiguration !== null && !isNetworkWritten(configuration),
    };
  }

  async prewarm(configuration: EcsLaunchConfiguration, clients: AwsClients): Promise<void> {
    if (linkedName(configuration) !== null) return;
    const { networkMode } = this.#definitionOf(configuration, this.options.workPoolName, clients);
    await this.networks.resolve(configuration, networkMode, clients);
  }

  /** @throws what is wrong, all of it, before anything is registered. */
  async #planned(
    configuration: EcsLaunchConfiguration,
    flowRun: FlowRun,
    clients: AwsClients,
    options: PrepareOptions,
  ): Promise<Plan> {
    const failures = new ProblemErrors();
    const linked = await this.#linked(configuration, clients, options);
    const { deploymentId, flowId, id } = flowRun;
    const owner = `${this.options.workPoolName}_${deploymentId ?? flowId ?? id}`;
    const definition = linked
      ? linked.definition
      : failures.attempt(() => this.#definitionOf(configuration, owner, clients), configuration.taskDefinition);
    const networkConfiguration = await this.networks
      .resolve(configuration, definition.networkMode, clients, options.signal)
      .catch((error: unknown) => failures.keep(error, null));
    const plan = { definition, linked, networkConfiguration };
    const request = requestOf(configuration, plan, linked, (command) =>
      failures.attempt(() => splitCommand(command), []),
    );
    checkTaskRun({ request, taskDefinition: definition, configuration }, failures.all);
    warnOfUnknownCpu(request, definition, options.logger);
    warnOfIdleNetwork(configuration, definition, options.logger);
    if (!linked) warnOfCleanedFamily(configuration, definition, options.logger);
    return plan;
  }

  async #linked(
    configuration: EcsLaunchConfiguration,
    clients: AwsClients,
    { logger, signal, renew }: PrepareOptions,
  ): Promise<ResolvedTaskDefinition | null> {
    const name = linkedName(configuration);
    if (name === null) return null;
    warnOfSkippedDefinition(configuration, logger);
    return this.definitions.resolveLinked(name, clients, { logger, signal, renew });
  }

  #definitionOf(configuration: EcsLaunchConfiguration, owner: string, { region }: AwsClients): JsonObject {
    return prepareTaskDefinition(configuration, {
      region,
      owner,
      defaultImage: defaultImage(configuration.prefectVersion ?? PREFECT_VERSION, this.settings.pythonVersion),
    });
  }

  #registered(
    definition: JsonObject,
    configuration: EcsLaunchConfiguration,
    clients: AwsClients,
    { logger, signal, renew }: PrepareOptions,
  ): Promise<ResolvedTaskDefinition> {
    return this.definitions.resolve(definition, clients, {
      logger,
      signal,
      renew,
      matchLatestRevision: configuration.matchLatestRevisionInFamily,
      isShortLived: configuration.autoDeregisterTaskDefinition,
    });
  }
}

/** @param resolved null: not registered yet; then the request is good for checking it. */
function requestOf(
  configuration: EcsLaunchConfiguration,
  { definition, networkConfiguration }: Plan,
  resolved: ResolvedTaskDefinition | null,
  split = splitCommand,
): JsonObject {
  return prepareTaskRunRequest(configuration, {
    taskDefinition: resolved?.definition ?? definition,
    taskDefinitionArn: linkedName(configuration) ?? resolved?.arn ?? String(definition.family),
    networkConfiguration,
    isNewlyRegistered: resolved?.isNewlyRegistered ?? true,
    split,
  });
}

/** The definition that the request names, as it was written; null: none. */
function linkedName({ taskRunRequest: { taskDefinition } }: EcsLaunchConfiguration): string | null {
  return typeof taskDefinition === 'string' && taskDefinition !== '' ? taskDefinition : null;
}

function warnOfSkippedDefinition(configuration: EcsLaunchConfiguration, logger: Logger): void {
  if (Object.keys(configuration.taskDefinition).length === 0) return;
  logger.warn('A task definition is named, so the task_definition of the configuration is skipped');
  const placeholders = findPlaceholders(configuration.template?.task_definition ?? null).map(({ name }) => name);
  if (placeholders.length > 0) {
    logger.warn('With it these job variables have no effect on the definition', {
      ignored: [...new Set(placeholders)].sort().join(', '),
    });
  }
}

function warnOfDroppedLaunchType({ taskRunRequest }: EcsLaunchConfiguration, logger: Logger): void {
  const { capacityProviderStrategy: strategy, launchType } = taskRunRequest;
  if (launchType && Array.isArray(strategy) && strategy.length > 0) {
    logger.warn('A capacity provider strategy is given, so the launch type is left out', { launchType });
  }
}

function warnOfUnknownCpu(request: JsonObject, { cpu: own }: JsonObject, logger: Logger): void {
  const cpu = objectOf(request.overrides).cpu ?? own;
  if (cpu === undefined || !runsOnFargate(request) || isKnownCpu(sizeNumber(String(cpu)))) return;
  logger.warn('No size of Fargate with this cpu is known here, so AWS decides', { cpu });
}

function warnOfCleanedFamily({ taskDefinition }: EcsLaunchConfiguration, { family }: JsonObject, logger: Logger): void {
  const { family: written } = taskDefinition;
  if (!written || written === family) return;
  logger.warn('AWS takes letters, digits, _ and - in a family, 255 at most, so it is registered as another one', {
    written,
    family,
  });
}

function warnOfIdleNetwork(configuration: EcsLaunchConfiguration, { networkMode }: JsonObject, logger: Logger): void {
  if (!isNetworkWritten(configuration) || networkMode === 'awsvpc') return;
  logger.warn('network_configuration has no effect, as the task definition is not in network mode awsvpc', {
    networkMode: networkMode ?? 'bridge',
  });
}

function isNetworkWritten({ networkConfiguration }: EcsLaunchConfiguration): boolean {
  return Object.keys(networkConfiguration).length > 0;
}
