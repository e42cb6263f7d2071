import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { EcsLaunchData } from '../../ecs-launch-configuration.js';

/** All that is decided about a task run before anything is registered or launched. */
export interface TaskRunToCheck {
  /** Parameters of RunTask. */
  readonly request: JsonObject;
  /** The definition that the request will name. */
  readonly taskDefinition: JsonObject;
  /** What both were made from: the names that people typed. Has the fields of a subclass, too. */
  readonly configuration: EcsLaunchData;
}

/** One thing that AWS would refuse, found out before. Pure. */
export type TaskRunRule = (run: TaskRunToCheck) => readonly ConfigurationProblem[];

/** A rule by its name. Of several with one name, the one that was registered last is used. */
export interface LaunchRule {
  /** Such as `subnetCount`. */
  readonly name: string;
  /** Returns what is wrong. Pure. */
  readonly check: TaskRunRule;
}

/** The object; an empty one in place of anything else. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value ?? null) ? (value as JsonObject) : {};
}
