import { findPlaceholders, type JsonObject, type JsonValue, type Logger } from '@worker-host/core';
import type { EcsLaunchData } from '../ecs-launch-configuration.js';
import { jsonText } from '../utilities/json-text.js';
import { sizeNumber } from '../utilities/size-number.js';
import { runsOnFargate } from './capacity.js';
import { MOST_OF_DEFINITION } from './rules/definition-rules.js';
import { isKnownCpu } from './rules/fargate-sizes.js';
import { MOST_OF_OVERRIDES } from './rules/override-rules.js';
import { sizeOf } from './rules/sized-parts.js';
import { objectOf } from './rules/task-run-to-check.js';

/** A task run before anything is registered. */
export interface DecidedTaskRun {
  readonly configuration: EcsLaunchData;
  readonly request: JsonObject;
  readonly definition: JsonObject;
  /** True: the request names a definition registered in ECS. */
  readonly isLinked: boolean;
  /** Members of the definition that only AWS writes. */
  readonly leftOut: readonly string[];
}

/** Logs warnings about what is launched differently than a user may expect. */
export function warnOfPlan(run: DecidedTaskRun, logger: Logger): void {
  const { configuration, request, definition, isLinked, leftOut } = run;
  warnOfLeftOut(leftOut, logger);
  warnOfBytes('overrides', request.overrides, MOST_OF_OVERRIDES, logger);
  if (!isLinked) warnOfBytes('task definition', definition, MOST_OF_DEFINITION, logger);
  warnOfUnknownCpu(request, definition, logger);
  warnOfIdleNetwork(configuration, definition, logger);
  if (!isLinked) warnOfCleanedFamily(configuration, definition, logger);
}

/** Warns of job variables without an effect, because the request names a definition. */
export function warnOfSkippedDefinition(configuration: EcsLaunchData, logger: Logger): void {
  if (Object.keys(configuration.taskDefinition).length === 0) return;
  logger.warn('task_definition_arn is set, so the task_definition of the configuration is ignored');
  const placeholders = findPlaceholders(configuration.template?.task_definition ?? null).map(({ name }) => name);
  if (placeholders.length > 0) {
    logger.warn('These job variables have no effect with task_definition_arn', {
      ignored: [...new Set(placeholders)].sort().join(', '),
    });
  }
}

/** AWS specifies characters; within the limit by characters, it may count bytes. */
function warnOfBytes(what: string, value: JsonValue | undefined, most: number, logger: Logger): void {
  const { bytes } = sizeOf(value ?? null);
  if (bytes <= most) return;
  logger.warn('AWS limits the length in characters; this one is longer in bytes, and may be rejected', {
    what,
    bytes,
    most,
  });
}

function warnOfLeftOut(members: readonly string[], logger: Logger): void {
  if (members.length === 0) return;
  logger.warn('The task definition contains read-only members; registering it without them', {
    members: members.join(', '),
  });
}

/** Warns of a launch type that a strategy replaces. */
export function warnOfDroppedLaunchType({ taskRunRequest }: EcsLaunchData, logger: Logger): void {
  const { capacityProviderStrategy: strategy, launchType } = taskRunRequest;
  const isMeant = launchType === 'MANAGED_INSTANCES';
  if (launchType && !isMeant && Array.isArray(strategy) && strategy.length > 0) {
    logger.warn('A capacity provider strategy is set; omitting the launch type', { launchType });
  }
}

function warnOfUnknownCpu(request: JsonObject, { cpu: own }: JsonObject, logger: Logger): void {
  const cpu = objectOf(request.overrides).cpu ?? own;
  if (cpu === undefined || !runsOnFargate(request) || isKnownCpu(sizeNumber(jsonText(cpu)))) return;
  logger.warn('The worker knows no Fargate size with this cpu; AWS decides', { cpu });
}

function warnOfCleanedFamily({ taskDefinition }: EcsLaunchData, { family }: JsonObject, logger: Logger): void {
  const { family: written } = taskDefinition;
  if (!written || written === family) return;
  logger.warn('A family can have at most 255 letters, digits, _ and -; registering it under another name', {
    written,
    family,
  });
}

function warnOfIdleNetwork(configuration: EcsLaunchData, { networkMode }: JsonObject, logger: Logger): void {
  if (!isNetworkWritten(configuration) || networkMode === 'awsvpc') return;
  logger.warn('network_configuration has no effect, because the network mode of the task definition is not awsvpc', {
    networkMode: networkMode ?? 'bridge',
  });
}

/** Returns whether the user wrote a network configuration. */
function isNetworkWritten({ networkConfiguration }: EcsLaunchData): boolean {
  return Object.keys(networkConfiguration).length > 0;
}
