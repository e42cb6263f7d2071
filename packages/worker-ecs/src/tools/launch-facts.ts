import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { parseArn } from '../aws/arn.js';
import type { ECSJobConfiguration } from '../configuration/ecs-job-configuration.js';
import { clusterOf } from '../ecs-run-configuration.js';
import { objectsIn } from '../task-run/capacity.js';
import { objectOf } from '../task-run/rules/task-run-to-check.js';

/** What a launch of a pool requests from AWS, as far as tools need it. */
export interface LaunchFacts {
  readonly configuration: ECSJobConfiguration;
  /** Parameters of RunTask. */
  readonly request: JsonObject;
  /** As it is registered, or would be. */
  readonly definition: JsonObject;
  /** True: the request names an existing definition. */
  readonly isLinked: boolean;
}

/** A log group that containers write to. */
export interface LogGroup {
  readonly name: string;
  /** Null: the region of the task. */
  readonly region: string | null;
  /** True: the agent creates the group if it does not exist. */
  readonly isMade: boolean;
}

/** False: the request names a definition that was not read. */
export function isDefinitionKnown({ isLinked, definition }: LaunchFacts): boolean {
  return !isLinked || objectsIn(definition.containerDefinitions).length > 0;
}

/** Name of the cluster, and its region and account where an ARN names it. */
export function clusterNameOf({ configuration }: LaunchFacts): {
  readonly name: string;
  readonly region: string | null;
  readonly account: string | null;
} {
  const cluster = clusterOf(configuration) ?? 'default';
  const arn = parseArn(cluster);
  const name = arn === null ? cluster : arn.resource.replace(/^cluster\//, '');
  return { name, region: arn?.region ?? null, account: arn?.account ?? null };
}

export function taskRoleOf({ request, definition }: LaunchFacts): string | null {
  return textOr(objectOf(request.overrides).taskRoleArn) ?? textOr(definition.taskRoleArn);
}

export function executionRoleOf({ request, definition }: LaunchFacts): string | null {
  return textOr(objectOf(request.overrides).executionRoleArn) ?? textOr(definition.executionRoleArn);
}

function containersOfDefinition({ definition }: LaunchFacts): readonly JsonObject[] {
  return objectsIn(definition.containerDefinitions);
}

export function imagesOf(facts: LaunchFacts): readonly string[] {
  return distinct(containersOfDefinition(facts).flatMap(({ image }) => textOr(image) ?? []));
}

/** ARNs (or names of parameters) that containers and log drivers read secrets from. */
export function secretsOf(facts: LaunchFacts): readonly string[] {
  return distinct(
    containersOfDefinition(facts).flatMap(({ secrets, logConfiguration, repositoryCredentials }) => [
      ...objectsIn(secrets).flatMap(({ valueFrom }) => textOr(valueFrom) ?? []),
      ...objectsIn(objectOf(logConfiguration).secretOptions).flatMap(({ valueFrom }) => textOr(valueFrom) ?? []),
      ...(textOr(objectOf(repositoryCredentials).credentialsParameter) === null
        ? []
        : [String(objectOf(repositoryCredentials).credentialsParameter)]),
    ]),
  );
}

/** ARNs of the files in S3 that containers read their environment from. */
export function environmentFilesOf(facts: LaunchFacts): readonly string[] {
  return distinct(
    containersOfDefinition(facts).flatMap(({ environmentFiles }) =>
      objectsIn(environmentFiles).flatMap(({ value }) => textOr(value) ?? []),
    ),
  );
}

export function logGroupsOf(facts: LaunchFacts): readonly LogGroup[] {
  const groups = containersOfDefinition(facts).flatMap(({ logConfiguration }) => {
    const { logDriver, options } = objectOf(logConfiguration);
    const { 'awslogs-group': name, 'awslogs-region': region, 'awslogs-create-group': made } = objectOf(options);
    const group = textOr(name);
    if (logDriver !== 'awslogs' || group === null) return [];
    return [{ name: group, region: textOr(region), isMade: String(made) === 'true' }];
  });
  return [...new Map(groups.map((group) => [`${group.region}/${group.name}`, group])).values()];
}

/** Subnets, security groups and public address of a task in awsvpc mode; null: another mode. */
export function networkOf({ request }: LaunchFacts): {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly hasPublicIp: boolean;
} | null {
  const { awsvpcConfiguration } = objectOf(request.networkConfiguration);
  if (!isJsonObject(awsvpcConfiguration ?? null)) return null;
  const { subnets, securityGroups, assignPublicIp } = awsvpcConfiguration as JsonObject;
  return { subnets: texts(subnets), securityGroups: texts(securityGroups), hasPublicIp: assignPublicIp === 'ENABLED' };
}

/** A repository of ECR; null: the image is in another registry. */
export function ecrImageOf(image: string): {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
} | null {
  const found =
    /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+))?(?:@(sha256:\w+))?$/.exec(
      image,
    );
  if (found === null) return null;
  const [, account = '', region = '', repository = '', tag = null, digest = null] = found;
  return { account, region, repository, tag: tag ?? (digest === null ? 'latest' : null), digest };
}

/** Returns the partition of a region, as in ARNs. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function textOr(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
