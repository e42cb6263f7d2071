import {
  baseInRange,
  oneBase,
  providerCount,
  providersOfOneKind,
  someWeight,
  weightInRange,
} from './capacity-rules.js';
import {
  launchTypeOfDefinition,
  launchTypeSpelled,
  networkModeOfExternal,
  networkModeOfFargate,
} from './launch-type-rules.js';
import { executionRoleOfLogs, logOptionsOfDriver } from './log-rules.js';
import { publicIpOnFargateOnly, securityGroupCount, subnetCount } from './network-rules.js';
import { overridesLength } from './override-rules.js';
import { fargatePair, sizeReadable } from './size-rules.js';
import {
  tagCount,
  tagKeyLength,
  tagKeyNotReserved,
  tagKeysDiffer,
  tagValueLength,
  tagValueNotReserved,
} from './tag-rules.js';
import type { TaskRunRule } from './task-run-to-check.js';

/** Every rule by its name. A test holds, for each, a task run that it refuses and the nearest one that it takes. */
export const TASK_RUN_RULES = {
  launchTypeSpelled,
  launchTypeOfDefinition,
  networkModeOfFargate,
  networkModeOfExternal,
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
  tagCount,
  tagKeysDiffer,
  tagKeyLength,
  tagKeyNotReserved,
  tagValueLength,
  tagValueNotReserved,
  executionRoleOfLogs,
  logOptionsOfDriver,
} satisfies Readonly<Record<string, TaskRunRule>>;
