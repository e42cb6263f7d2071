import {
  baseInRange,
  oneBase,
  providerCount,
  providersOfOneKind,
  someWeight,
  weightInRange,
} from './capacity-rules.js';
import { definitionLength } from './definition-rules.js';
import {
  launchTypeOfDefinition,
  launchTypeSpelled,
  networkModeOfExternal,
  networkModeOfFargate,
  networkModeOfManagedInstances,
} from './launch-type-rules.js';
import { executionRoleOfLogs, logOptionsOfDriver } from './log-rules.js';
import { publicIpOnFargateOnly, securityGroupCount, subnetCount } from './network-rules.js';
import { overridesLength } from './override-rules.js';
import { architectureOfWindows, capacityOfWindows } from './platform-rules.js';
import { oneTask } from './request-rules.js';
import { fargatePair, sizeReadable } from './size-rules.js';
import {
  tagCount,
  tagKeyLength,
  tagKeyNotReserved,
  tagKeysDiffer,
  tagValueLength,
  tagValueNotReserved,
} from './tag-rules.js';
import type { LaunchRule, TaskRunRule } from './task-run-to-check.js';

/** Every rule by name. A test contains, for each, a rejected task run and the most similar accepted one. */
export const TASK_RUN_RULES = {
  oneTask,
  launchTypeSpelled,
  launchTypeOfDefinition,
  networkModeOfFargate,
  networkModeOfExternal,
  networkModeOfManagedInstances,
  providersOfOneKind,
  providerCount,
  oneBase,
  weightInRange,
  baseInRange,
  someWeight,
  sizeReadable,
  fargatePair,
  subnetCount,
  securityGroupCount,
  publicIpOnFargateOnly,
  overridesLength,
  definitionLength,
  architectureOfWindows,
  capacityOfWindows,
  tagCount,
  tagKeysDiffer,
  tagKeyLength,
  tagKeyNotReserved,
  tagValueLength,
  tagValueNotReserved,
  executionRoleOfLogs,
  logOptionsOfDriver,
} satisfies Readonly<Record<string, TaskRunRule>>;

/** The rules as a list. */
export const LAUNCH_RULES: readonly LaunchRule[] = Object.entries(TASK_RUN_RULES).map(([name, check]) => ({
  name,
  check,
}));
