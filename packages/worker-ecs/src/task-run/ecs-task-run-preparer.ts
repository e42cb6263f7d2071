import type { Clock, FlowRun, Logger } from '@worker-host/core';
import { findPlaceholders } from '@worker-host/core';
import type { AwsClients } from '../aws/aws-clients.js';
import type { ECSJobConfiguration } from '../configuration/ecs-job-configuration.js';
import { prepareTaskDefinition } from '../task-definition/prepare-task-definition.js';
import type { ResolvedTaskDefinition, TaskDefinitionResolver } from '../task-definition/task-definition-resolver.js';
import { validateTaskDefinition } from '../task-definition/validate-task-definition.js';
import { DEFAULT_PYTHON_VERSION, defaultImage } from '../utilities/default-image.js';
import { checkTaskRunRequest } from './check-task-run-request.js';
import type { PreparedTaskRun, TaskRunPreparer } from './launch-types.js';
import type { NetworkResolver } from './network-resolver.js';
import { orchestrationContainerName, prepareTaskRunRequest } from './task-run-request.js';

/** What a preparer is made of. */
export interface TaskRunPreparerParts {
  readonly definitions: TaskDefinitionResolver;
  readonly networks: NetworkResolver;
  readonly workPoolName: string;
  /** Python of the default image. */
  readonly pythonVersion?: string;
  readonly clock: Clock;
}

type PrepareOptions = Parameters<TaskRunPreparer['prepare']>[3];

/** Makes task runs ready: decides purely, looks things up, checks, and launches nothing. */
export class EcsTaskRunPreparer implements TaskRunPreparer<ECSJobConfiguration> {
  constructor(private readonly parts: TaskRunPreparerParts) {}

  async prepare(
    configuration: ECSJobConfiguration,
    flowRun: FlowRun,
    clients: AwsClients,
    options: PrepareOptions,
  ): Promise<PreparedTaskRun> {
    const resolved = await this.#resolveDefinition(configuration, flowRun, clients, options);
    const { arn, definition, isNewlyRegistered } = resolved;
    const linked = linkedName(configuration);
    const networkConfiguration = await this.parts.networks.resolve(
      configuration,
      definition.networkMode,
      clients,
      options.signal,
    );
    const request = prepareTaskRunRequest(configuration, {
      taskDefinition: definition,
      taskDefinitionArn: linked ?? arn,
      networkConfiguration,
      isNewlyRegistered,
    });
    warnOfDroppedLaunchType(configuration, options.logger);
    checkTaskRunRequest(request, definition);
    options.logger.debug('Task run prepared', { taskDefinition: arn, cluster: request.cluster ?? 'default' });
    return {
      request,
      taskDefinition: definition,
      containerName: orchestrationContainerName(configuration, definition),
      configuresLogs: configuration.configureCloudwatchLogs === true,
    };
  }

  async #resolveDefinition(
    configuration: ECSJobConfiguration,
    flowRun: FlowRun,
    clients: AwsClients,
    { logger, signal, renew }: PrepareOptions,
  ): Promise<ResolvedTaskDefinition> {
    const linked = linkedName(configuration);
    if (linked !== null) {
      warnOfSkippedDefinition(configuration, logger);
      const resolved = await this.parts.definitions.resolveLinked(linked, clients, { logger, signal, renew });
      validateTaskDefinition(resolved.definition, configuration);
      return resolved;
    }
    const prepared = prepareTaskDefinition(configuration, {
      region: clients.region,
      owner: `${this.parts.workPoolName}_${flowRun.deploymentId ?? flowRun.flowId ?? flowRun.id}`,
      defaultImage: defaultImage(
        configuration.prefectVersion ?? FALLBACK_PREFECT_VERSION,
        this.parts.pythonVersion ?? DEFAULT_PYTHON_VERSION,
      ),
    });
    validateTaskDefinition(prepared, configuration);
    return this.parts.definitions.resolve(prepared, clients, {
      logger,
      signal,
      renew,
      matchLatestRevision: configuration.matchLatestRevisionInFamily,
      isShortLived: configuration.autoDeregisterTaskDefinition,
    });
  }
}

/** The definition that the request names, as it was written; null: none. */
function linkedName({ taskRunRequest: { taskDefinition } }: ECSJobConfiguration): string | null {
  return typeof taskDefinition === 'string' && taskDefinition !== '' ? taskDefinition : null;
}

const FALLBACK_PREFECT_VERSION = '3.8.8';

function warnOfSkippedDefinition(configuration: ECSJobConfiguration, logger: Logger): void {
  if (Object.keys(configuration.taskDefinition).length === 0) return;
  logger.warn('A task definition is named, so the task_definition of the configuration is skipped');
  const placeholders = findPlaceholders(configuration.template?.task_definition ?? null).map(({ name }) => name);
  if (placeholders.length > 0) {
    logger.warn('With it these job variables have no effect on the definition', {
      ignored: [...new Set(placeholders)].sort().join(', '),
    });
  }
}

function warnOfDroppedLaunchType({ taskRunRequest }: ECSJobConfiguration, logger: Logger): void {
  const { capacityProviderStrategy: strategy, launchType } = taskRunRequest;
  if (launchType && Array.isArray(strategy) && strategy.length > 0) {
    logger.warn('A capacity provider strategy is given, so the launch type is left out', { launchType });
  }
}
