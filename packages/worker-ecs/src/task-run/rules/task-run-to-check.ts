import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { EcsLaunchData } from '../../ecs-launch-configuration.js';

/** All that is decided about a task run before anything is registered or launched. */
export interface TaskRunToCheck {
  /** Parameters of RunTask. */
  readonly request: JsonObject;
  /** The definition that the request will name. */
  readonly taskDefinition: JsonObject;
  /** What both were made from: the names that people typed. */
  readonly configuration: EcsLaunchData;
}

/** One thing that AWS would refuse, found out before. Pure. */
export type TaskRunRule = (run: TaskRunToCheck) => readonly ConfigurationProblem[];

/** The objects among the elements of a list; none where it is no list. */
export function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The object; an empty one in place of anything else. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value ?? null) ? (value as JsonObject) : {};
}

const FARGATE_PROVIDERS: readonly unknown[] = ['FARGATE', 'FARGATE_SPOT'];

/** Whether a request asks for Fargate, and for nothing else. */
export function runsOnFargate({ launchType, capacityProviderStrategy }: JsonObject): boolean {
  const providers = objectsIn(capacityProviderStrategy).map(({ capacityProvider }) => capacityProvider);
  return providers.length > 0 ? providers.every(isOfFargate) : launchType === 'FARGATE';
}

/** Whether a capacity provider is one of the two of Fargate. */
export function isOfFargate(provider: unknown): boolean {
  return FARGATE_PROVIDERS.includes(provider);
}
