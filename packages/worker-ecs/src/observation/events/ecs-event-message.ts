import { isJsonObject, type JsonObject, jsonExcess } from '@worker-host/core';
import { parseArn } from '../../aws/arn.js';
import type { EcsTask } from '../../aws/ecs-api.js';

const TASK_STATE_CHANGE = 'ECS Task State Change';

/** The parsed body of a queue message. */
export type EcsEventMessage =
  | {
      readonly kind: 'task';
      /** A UUID. Null: the event has none. */
      readonly id: string | null;
      /** ISO 8601, with six digits of a fraction or none. Null: the event has none. */
      readonly time: string | null;
      /** Account and region of the event. Null: absent. */
      readonly account: string | null;
      readonly region: string | null;
      readonly detail: EcsTask;
    }
  /** Another event of AWS, ignored here. */
  | { readonly kind: 'other'; readonly detailType: string | null }
  | { readonly kind: 'empty' }
  /** Not an event. */
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Parses the body of a queue message. Never throws. */
export function parseEcsEventMessage(body: string | null | undefined): EcsEventMessage {
  if (!body) return { kind: 'empty' };
  const event = parseObject(body);
  if (typeof event === 'string') return { kind: 'unreadable', problem: event };
  const detailType = typeof event['detail-type'] === 'string' ? event['detail-type'] : null;
  if (detailType !== TASK_STATE_CHANGE) return { kind: 'other', detailType };
  if (!isJsonObject(event.detail)) return { kind: 'unreadable', problem: 'the event has no detail' };
  return {
    kind: 'task',
    id: typeof event.id === 'string' ? uuidOf(event.id) : null,
    time: typeof event.time === 'string' ? timeOf(event.time) : null,
    account: typeof event.account === 'string' ? event.account : null,
    region: typeof event.region === 'string' ? event.region : null,
    detail: taskOf(event.detail),
  };
}

/** Returns false if account, region or cluster of an event are not those of its task. */
export function isConsistent({ account, region, detail }: EcsEventMessage & { readonly kind: 'task' }): boolean {
  const task = parseArn(detail.taskArn ?? '');
  if (task === null) return true;
  if ((account ?? task.account) !== task.account || (region ?? task.region) !== task.region) return false;
  const cluster = parseArn(detail.clusterArn ?? '');
  if (cluster === null) return true;
  const [, clusterOfTask, ...id] = task.resource.split('/');
  const hasSameName = id.length === 0 || cluster.resource === `cluster/${clusterOfTask}`;
  return cluster.account === task.account && cluster.region === task.region && hasSameName;
}

function parseObject(body: string): JsonObject | string {
  const excess = jsonExcess(body);
  if (excess !== null) return `the body ${excess}`;
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : 'the body is not a JSON object';
  } catch {
    return 'the body is not JSON';
  }
}

function uuidOf(text: string): string | null {
  const digits = text.toLowerCase().replace(/urn:|uuid:|[{}-]/g, '');
  const parts = /^([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/.exec(digits);
  return parts?.slice(1).join('-') ?? null;
}

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})?$/;

function timeOf(text: string): string | null {
  const [, date, time, fraction = '', zone = ''] = TIME.exec(text) ?? [];
  if (date === undefined || Number.isNaN(Date.parse(`${date}T${time}Z`))) return null;
  const micros = fraction.padEnd(6, '0').slice(0, 6);
  return `${date}T${time}${Number(micros) > 0 ? `.${micros}` : ''}${/^[+-]00:00$/.test(zone) ? 'Z' : zone}`;
}

/** Omits members of an unexpected type from the detail, so that later code can rely on the types. */
function taskOf(detail: JsonObject): EcsTask {
  const { containers, tags: _tags, version, ...rest } = detail;
  const texts = Object.entries(rest).filter(([, value]) => typeof value === 'string');
  return {
    ...Object.fromEntries(texts),
    ...(typeof version === 'number' ? { version } : {}),
    ...(Array.isArray(containers) ? { containers: containers.filter(isJsonObject) as EcsTask['containers'] } : {}),
  } as EcsTask;
}
