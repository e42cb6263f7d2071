import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { EcsLaunchData } from '../../ecs-launch-configuration.js';

/** A task run before anything is registered or launched. */
export interface TaskRunToCheck {
  /** Parameters of RunTask. */
  readonly request: JsonObject;
  /** The definition that the request will name. */
  readonly taskDefinition: JsonObject;
  /** The configuration of both, with the names that users wrote. Includes the fields of a subclass. */
  readonly configuration: EcsLaunchData;
}

/** A check for one problem that AWS would reject. Pure. */
export type TaskRunRule = (run: TaskRunToCheck) => readonly ConfigurationProblem[];

/** A rule with its name. If several have the same name, the last registered one is used. */
export interface LaunchRule {
  /** Example: `subnetCount`. */
  readonly name: string;
  /** Returns the problems. Pure. */
  readonly check: TaskRunRule;
}

/** Returns the object; an empty one for anything else. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value ?? null) ? (value as JsonObject) : {};
}
