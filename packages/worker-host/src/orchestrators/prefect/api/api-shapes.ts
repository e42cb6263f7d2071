import { isExactNumber, isJsonObject } from '@worker-host/core';
import type {
  ApiBlockDocument,
  ApiDeployment,
  ApiFlow,
  ApiFlowRun,
  ApiOrchestrationResult,
  ApiScheduledRun,
  ApiState,
  ApiVariable,
  ApiWorker,
  ApiWorkPool,
} from './api-types.js';

/**
 * Returns whether a value has its identifying member, and whether its other members that this worker reads have the
 * right types. Absent members count as empty.
 */
type Shape<T> = (value: unknown) => value is T;
type Members = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): boolean =>
  (typeof value === 'number' || isExactNumber(value)) && Number.isFinite(Number(value));
const isTime = (value: unknown): boolean => isText(value) && !Number.isNaN(Date.parse(value));
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const orNull =
  (isOne: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || value === undefined || isOne(value);

function shape<T>(members: Members): Shape<T> {
  return (value): value is T =>
    isJsonObject(value) && Object.entries(members).every(([name, isOne]) => isOne(value[name]));
}

export const isWorkPool = shape<ApiWorkPool>({
  id: orNull(isText),
  name: isText,
  type: orNull(isText),
  base_job_template: orNull(isJsonObject),
  is_paused: orNull((value) => typeof value === 'boolean'),
  concurrency_limit: orNull(isNumber),
});

export const isState = shape<ApiState>({
  id: isText,
  type: isText,
  name: orNull(isText),
  timestamp: isTime,
  message: orNull(isText),
  state_details: orNull(isJsonObject),
});

export const isFlowRun = shape<ApiFlowRun>({
  id: isText,
  name: orNull(isText),
  flow_id: orNull(isText),
  deployment_id: orNull(isText),
  work_pool_name: orNull(isText),
  work_queue_name: orNull(isText),
  state: orNull(isState),
  state_type: orNull(isText),
  state_name: orNull(isText),
  parameters: orNull(isJsonObject),
  tags: orNull(isTexts),
  job_variables: orNull(isJsonObject),
  labels: orNull(isJsonObject),
  infrastructure_pid: orNull(isText),
  start_time: orNull(isTime),
  expected_start_time: orNull(isTime),
  next_scheduled_start_time: orNull(isTime),
  run_count: orNull(isNumber),
  empirical_policy: orNull(isJsonObject),
});

export const isScheduledRun = shape<ApiScheduledRun>({ flow_run: isFlowRun });

export const isDeployment = shape<ApiDeployment>({
  id: isText,
  name: orNull(isText),
  flow_id: orNull(isText),
  updated: orNull(isTime),
  job_variables: orNull(isJsonObject),
  tags: orNull(isTexts),
});

export const isFlow = shape<ApiFlow>({ id: isText, name: orNull(isText), tags: orNull(isTexts) });

export const isWorker = shape<ApiWorker>({
  name: isText,
  status: isText,
  last_heartbeat_time: isTime,
  heartbeat_interval_seconds: orNull(isNumber),
});

const isResult = shape<ApiOrchestrationResult>({
  status: (value) => isText(value) && ['ACCEPT', 'REJECT', 'ABORT', 'WAIT'].includes(value),
  state: orNull(isState),
  details: orNull(
    shape({ type: orNull(isText), reason: orNull(isText), delay_seconds: orNull(isNumber) }) as (v: unknown) => boolean,
  ),
});

/** An accepted proposal is answered with the state that was set. */
export function isOrchestrationResult(value: unknown): value is ApiOrchestrationResult {
  return isResult(value) && (value.status !== 'ACCEPT' || isState(value.state));
}

export const isBlockDocument = shape<ApiBlockDocument>({
  id: isText,
  name: orNull(isText),
  data: isJsonObject,
  block_schema: orNull(shape({ fields: orNull(isJsonObject) })),
  block_type: orNull(shape({ slug: isText })),
});

export const isVariable = shape<ApiVariable>({
  name: isText,
  value: (value) => value !== undefined,
  updated: orNull(isTime),
});

/** A list of anything. */
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Returns whether a response is the object requested by its id, not another one. */
export function isNamed<T extends { readonly id: string }>(isOne: Shape<T>, id: string): Shape<T> {
  return (value): value is T => isOne(value) && value.id.toLowerCase() === id.toLowerCase();
}
