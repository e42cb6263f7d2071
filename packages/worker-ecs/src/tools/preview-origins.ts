import { isJsonObject, type JsonObject, type PathStep, type ValueOrigin } from '@worker-host/core';
import type { ECSJobConfiguration } from '../configuration/ecs-job-configuration.js';
import { objectsIn } from '../task-run/capacity.js';
import { linkedDefinition } from '../task-run/known-configuration.js';
import { objectOf } from '../task-run/rules/task-run-to-check.js';
import { slugifyTag } from '../utilities/slug.js';

/** Origins of the parts of a definition: the same path in the configuration, except for what the worker adds. */
export function originsOfDefinition(body: JsonObject, configuration: ECSJobConfiguration): readonly ValueOrigin[] {
  const origins: ValueOrigin[] = [mirrored([], 'task_definition')];
  const { taskDefinition } = configuration;
  if (!taskDefinition.family) origins.push(made(['family'], 'derived from pool and deployment'));
  for (const name of ['cpu', 'memory']) if (!taskDefinition[name]) origins.push(made([name], 'default of the worker'));
  for (const name of ['requiresCompatibilities', 'networkMode'])
    if (!taskDefinition[name]) origins.push(made([name], 'follows from launch_type'));
  for (const [index, container] of objectsIn(body.containerDefinitions).entries()) {
    const at: readonly PathStep[] = ['containerDefinitions', index];
    if (container.name !== configuration.containerName && index > 0) continue;
    origins.push(...originsOfContainer(at, container, configuration));
  }
  return origins;
}

function originsOfContainer(
  at: readonly PathStep[],
  container: JsonObject,
  configuration: ECSJobConfiguration,
): readonly ValueOrigin[] {
  const origins: ValueOrigin[] = [];
  const written = objectsIn(configuration.taskDefinition.containerDefinitions);
  const own = written.find(({ name }) => name === container.name) ?? written[Number(at[1])] ?? {};
  if (!own.name) origins.push(made([...at, 'name'], 'default of the worker'));
  if (!own.image) origins.push(made([...at, 'image'], "image of the control plane's version"));
  if (configuration.configureCloudwatchLogs) {
    const log: readonly PathStep[] = [...at, 'logConfiguration'];
    origins.push(made(log, 'configure_cloudwatch_logs'));
    for (const name of Object.keys(configuration.cloudwatchLogsOptions))
      origins.push(mirrored([...log, 'options', name], 'cloudwatch_logs_options', name));
    if (configuration.cloudwatchLogsPrefix)
      origins.push(mirrored([...log, 'options', 'awslogs-stream-prefix'], 'cloudwatch_logs_prefix'));
  }
  for (const [index, { name, valueFrom }] of objectsIn(container.secrets).entries()) {
    if (name === 'PREFECT_API_KEY' && valueFrom === configuration.prefectApiKeySecretArn)
      origins.push(mirrored([...at, 'secrets', index], 'prefect_api_key_secret_arn'));
    if (name === 'PREFECT_API_AUTH_STRING' && valueFrom === configuration.prefectApiAuthStringSecretArn)
      origins.push(mirrored([...at, 'secrets', index], 'prefect_api_auth_string_secret_arn'));
  }
  return origins;
}

/** Origins of the parts of a request: the same path in the configuration, except for what the worker adds. */
export function originsOfTaskRun(
  body: JsonObject,
  configuration: ECSJobConfiguration,
  containerName: string,
): readonly ValueOrigin[] {
  const { taskRunRequest } = configuration;
  const origins: ValueOrigin[] = [mirrored([], 'task_run_request')];
  if (linkedDefinition(configuration) === null)
    origins.push(made(['taskDefinition'], 'the definition that is found or registered'));
  if (!taskRunRequest.cluster) origins.push(mirrored(['cluster'], 'cluster'));
  if (Object.keys(configuration.networkConfiguration).length > 0)
    origins.push(mirrored(['networkConfiguration', 'awsvpcConfiguration'], 'network_configuration'));
  else if (!taskRunRequest.networkConfiguration)
    origins.push(
      made(['networkConfiguration'], `subnets of ${configuration.vpcId ?? 'the default VPC'}, as AWS has them`),
    );
  for (const name of ['launchType', 'capacityProviderStrategy']) {
    const written = JSON.stringify(taskRunRequest[name] ?? null);
    if (written !== JSON.stringify(body[name] ?? null)) origins.push(made([name], 'follows from launch_type'));
  }
  for (const [index, override] of objectsIn(objectOf(body.overrides).containerOverrides).entries()) {
    if (override.name !== containerName) continue;
    const at: readonly PathStep[] = ['overrides', 'containerOverrides', index];
    if (!objectsIn(objectOf(taskRunRequest.overrides).containerOverrides)[index]?.name)
      origins.push(made([...at, 'name'], 'the container that runs the job'));
    if (configuration.command) origins.push(mirrored([...at, 'command'], 'command'));
    for (const [place, { name }] of objectsIn(override.environment).entries())
      if (typeof name === 'string' && Object.hasOwn(configuration.env, name))
        origins.push(mirrored([...at, 'environment', place], 'env', name));
  }
  const labels = new Map(Object.keys(configuration.labels).map((label) => [slugifyTag(label), label]));
  for (const [index, tag] of (Array.isArray(body.tags) ? body.tags : []).entries()) {
    const label = isJsonObject(tag) && typeof tag.key === 'string' ? labels.get(tag.key) : undefined;
    origins.push(
      label === undefined ? made(['tags', index], 'tag of the worker') : mirrored(['tags', index], 'labels', label),
    );
  }
  return origins;
}

function mirrored(path: readonly PathStep[], ...from: readonly PathStep[]): ValueOrigin {
  return { path, from, reason: '' };
}

function made(path: readonly PathStep[], reason: string): ValueOrigin {
  return { path, from: null, reason };
}
