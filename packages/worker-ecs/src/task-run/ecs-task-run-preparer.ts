import {
  type ConfigurationProblem,
  type FlowRun,
  type JsonObject,
  PREFECT_VERSION,
  TOKENS,
  type WorkerOptions,
} from '@worker-host/core';
import { inject, injectAll, injectable } from 'tsyringe';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsLaunchConfiguration, EcsLaunchData } from '../ecs-launch-configuration.js';
import type { EcsDefinitionResolver, EcsNetworkResolver } from '../ecs-parts.js';
import type { EcsSettings } from '../ecs-settings.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import type { PrepareTaskDefinition } from '../task-definition/prepare-task-definition.js';
import type { ResolvedTaskDefinition } from '../task-definition/task-definition-resolver.js';
import { defaultImage } from '../utilities/default-image.js';
import { jsonText } from '../utilities/json-text.js';
import { splitCommand } from '../utilities/split-command.js';
import { checkTaskRun, ProblemErrors, unlessKnown } from './check-task-run.js';
import { findMissing, knownConfiguration, knownNetwork, linkedDefinition } from './known-configuration.js';
import type { PreparedTaskRun, TaskRunPreparer } from './launch-types.js';
import type { LaunchRule } from './rules/task-run-to-check.js';
import { orchestrationContainerName, prepareTaskRunRequest } from './task-run-request.js';
import { warnOfDroppedLaunchType, warnOfPlan, warnOfSkippedDefinition } from './task-run-warnings.js';

type PrepareOptions = Parameters<TaskRunPreparer['prepare']>[3];

/** A run before anything is registered: its definition and request, and their problems. */
interface Plan {
  /** In the types of AWS. */
  readonly configuration: EcsLaunchData;
  readonly definition: JsonObject;
  /** As registered in ECS; null: it must be found or registered. */
  readonly linked: ResolvedTaskDefinition | null;
  readonly networkConfiguration: JsonObject | null;
}

/** Prepares task runs: decides purely, looks up resources, checks everything, then registers. Launches nothing. */
@injectable()
export class EcsTaskRunPreparer implements TaskRunPreparer<EcsLaunchConfiguration> {
  constructor(
    @inject(ECS_TOKENS.DefinitionResolver) private readonly definitions: EcsDefinitionResolver,
    @inject(ECS_TOKENS.NetworkResolver) private readonly networks: EcsNetworkResolver,
    @inject(ECS_TOKENS.Settings) private readonly settings: Pick<EcsSettings, 'pythonVersion'>,
    @inject(TOKENS.WorkerOptions) private readonly options: Pick<WorkerOptions, 'workPoolName'>,
    @inject(ECS_TOKENS.DefinitionPreparer) private readonly prepareDefinition: PrepareTaskDefinition,
    @injectAll(ECS_TOKENS.LaunchRule) private readonly rules: readonly LaunchRule[],
  ) {}

  async prepare(
    configuration: EcsLaunchConfiguration,
    flowRun: FlowRun,
    clients: AwsClients,
    options: PrepareOptions,
  ): Promise<PreparedTaskRun> {
    const plan = await this.#planned(configuration, flowRun, clients, options);
    const resolved = plan.linked ?? (await this.#registered(plan.definition, configuration, clients, options));
    const request = requestOf(plan, resolved);
    warnOfDroppedLaunchType(configuration, options.logger);
    const { definition, arn } = resolved;
    options.logger.debug('Task run prepared', { taskDefinition: arn, cluster: request.cluster ?? 'default' });
    return {
      request,
      taskDefinition: definition,
      containerName: orchestrationContainerName(configuration, definition),
      configuresLogs: configuration.configureCloudwatchLogs === true,
    };
  }

  async prewarm(configuration: EcsLaunchConfiguration, clients: AwsClients): Promise<void> {
    if (linkedDefinition(configuration) !== null) return;
    const known = knownConfiguration(configuration).configuration;
    const definition = this.#definitionOf(known, this.options.workPoolName, clients);
    await this.networks.resolve(known, definition, clients);
  }

  /** @throws all problems, before anything is registered. */
  async #planned(
    written: EcsLaunchConfiguration,
    flowRun: FlowRun,
    clients: AwsClients,
    options: PrepareOptions,
  ): Promise<Plan> {
    const failures = new ProblemErrors();
    const { configuration, problems, leftOut } = knownConfiguration(written);
    const linked = await this.#linked(written, clients, options);
    const { deploymentId, flowId, id } = flowRun;
    const owner = `${this.options.workPoolName}_${deploymentId ?? flowId ?? id}`;
    const prepared = linked ? null : failures.attempt(() => this.#definitionOf(configuration, owner, clients), null);
    const definition = linked?.definition ?? prepared ?? configuration.taskDefinition;
    const network = await this.#network(configuration, definition, clients, options, failures);
    const plan = { configuration, definition, linked, networkConfiguration: network.value };
    const request = requestOf(plan, linked, (command) => failures.attempt(() => splitCommand(command), []));
    const mistaken = [...problems, ...network.problems];
    const ofMembers = [...mistaken, ...unlessKnown(findMissing(configuration, prepared, request), mistaken)];
    checkTaskRun({ request, taskDefinition: definition, configuration }, failures.all, ofMembers, this.rules);
    warnOfPlan({ configuration, request, definition, isLinked: linked !== null, leftOut }, options.logger);
    return plan;
  }

  /** Returns the network of the request; null: it keeps its own, or has problems. */
  async #network(
    configuration: EcsLaunchData,
    definition: JsonObject,
    clients: AwsClients,
    { signal }: PrepareOptions,
    failures: ProblemErrors,
  ): Promise<{ readonly value: JsonObject | null; readonly problems: readonly ConfigurationProblem[] }> {
    const { value: networkConfiguration, problems } = knownNetwork(configuration);
    if (definition.networkMode === 'awsvpc' && problems.length > 0) return { value: null, problems };
    const value = await this.networks
      .resolve({ ...configuration, networkConfiguration }, definition, clients, signal)
      .catch((error: unknown) => failures.keep(error, null));
    return { value, problems: [] };
  }

  async #linked(
    configuration: EcsLaunchData,
    clients: AwsClients,
    { logger, signal, renew }: PrepareOptions,
  ): Promise<ResolvedTaskDefinition | null> {
    const name = linkedDefinition(configuration);
    if (name === null) return null;
    warnOfSkippedDefinition(configuration, logger);
    return this.definitions.resolveLinked(name, clients, { logger, signal, renew });
  }

  #definitionOf(configuration: EcsLaunchData, owner: string, { region }: AwsClients): JsonObject {
    return this.prepareDefinition(configuration, {
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

/** @param resolved null: not registered yet; the request can then be checked but not sent. */
function requestOf(
  { configuration, definition, networkConfiguration }: Plan,
  resolved: ResolvedTaskDefinition | null,
  split = splitCommand,
): JsonObject {
  return prepareTaskRunRequest(configuration, {
    taskDefinition: resolved?.definition ?? definition,
    taskDefinitionArn: linkedDefinition(configuration) ?? resolved?.arn ?? jsonText(definition.family),
    networkConfiguration,
    isNewlyRegistered: resolved?.isNewlyRegistered ?? true,
    split,
  });
}
