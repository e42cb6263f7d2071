import type { JsonObject } from '@worker-host/core';
import { ON_LIMIT_STRATEGIES } from '../limits/limit-types.js';
import { RETAINED_STATE_TYPES } from '../pools/retention.js';
import { BACK_OFFS, END_ACTIONS } from '../runs/job-policy.js';
import { CATCH_UP_POLICIES, OVERLAP_POLICIES } from '../schedules/schedule-types.js';

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };
const COUNT = { type: 'integer', minimum: 1 };
const FLAG = { type: 'boolean' };
const ANY_OBJECT = { type: 'object' };
const LIMIT = { type: ['integer', 'null'], minimum: 0, description: 'Maximum number of active runs. Null: no limit.' };
const DURATION: JsonObject = {
  type: ['number', 'string'],
  minimum: 0,
  pattern: '^\\d+(\\.\\d+)?(s|m|h|d)?$',
  description: 'Seconds, or a duration such as 90s, 10m, 2h, 1d.',
};

function closed(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { type: 'object', additionalProperties: false, properties, required };
}

function named(of: JsonObject): JsonObject {
  return { type: 'object', additionalProperties: of };
}

const QUEUE = closed({ priority: COUNT, concurrency_limit: LIMIT, paused: FLAG });

const POOL = closed(
  {
    type: { ...TEXT, description: 'The worker type that serves it.' },
    base_job_template: { ...ANY_OBJECT, description: 'Default: unchanged; for a new pool, that of its worker type.' },
    concurrency_limit: LIMIT,
    vcpu_limit: {
      type: ['number', 'null'],
      minimum: 0,
      description: 'Maximum total vCPUs of the active runs. Null: no limit.',
    },
    memory_limit_mib: { ...LIMIT, description: 'Maximum total memory of the active runs, in MiB. Null: no limit.' },
    paused: FLAG,
    queues: named(QUEUE),
    retention: closed(
      Object.fromEntries(
        RETAINED_STATE_TYPES.map((type) => [
          type.toLowerCase(),
          closed({ max_age: { ...DURATION, type: ['number', 'string', 'null'] }, max_runs: LIMIT }),
        ]),
      ),
    ),
  },
  ['type'],
);

const SCHEDULE = {
  ...closed({
    name: TEXT,
    cron: { ...TEXT, description: 'Five fields.' },
    rrule: { ...TEXT, description: 'Rule of RFC 5545, with DTSTART, RDATE and EXDATE on lines of their own.' },
    timezone: { type: ['string', 'null'], description: 'Of cron and rrule. Default: UTC.' },
    interval: DURATION,
    anchor: { type: ['string', 'null'], description: 'Start time of the interval.' },
    overlap: { enum: [...OVERLAP_POLICIES] },
    jitter: DURATION,
    catch_up: { enum: [...CATCH_UP_POLICIES] },
    catch_up_window: DURATION,
    parameters: ANY_OBJECT,
  }),
};

const DEPLOYMENT = closed(
  {
    pool: TEXT,
    queue: { type: ['string', 'null'], description: 'Default: default.' },
    command: { ...TEXT, description: 'The job variable `command`.' },
    description: { type: ['string', 'null'] },
    entrypoint: {
      type: ['string', 'null'],
      description: 'The flow that it runs at a Prefect server, for `export --prefect`.',
    },
    job_variables: ANY_OBJECT,
    parameters: ANY_OBJECT,
    tags: { type: 'array', items: TEXT },
    paused: FLAG,
    priority: { type: 'integer', minimum: 1, maximum: 1000 },
    limit: closed({ max: COUNT, on_limit: { enum: [...ON_LIMIT_STRATEGIES] } }, ['max']),
    concurrency_key: closed({ key: TEXT, max: COUNT, on_limit: { enum: [...ON_LIMIT_STRATEGIES] } }, ['key']),
    retries: closed(
      { attempts: COUNT, delay: DURATION, back_off: { enum: [...BACK_OFFS] }, max_delay: DURATION, jitter: NUMBER },
      ['attempts'],
    ),
    rules: {
      type: 'array',
      items: closed({ exit_codes: TEXT, kind: TEXT, reason: TEXT, action: { enum: [...END_ACTIONS] } }, ['action']),
    },
    time_limits: closed({ queue: DURATION, start: DURATION, run: DURATION }),
    schedules: { type: 'array', items: SCHEDULE },
  },
  ['pool'],
);

/** The form of a file for `apply`, as JSON Schema. */
export const DECLARATION_SCHEMA: JsonObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'worker-host pools, deployments, limits and variables',
  ...closed({
    label: {
      ...TEXT,
      description:
        'Label of the objects in this file. `apply --prune` deletes other deployments and limits with the same label.',
    },
    pools: named(POOL),
    deployments: named(DEPLOYMENT),
    limits: named(
      closed({
        max: { type: ['integer', 'null'], minimum: 1 },
        on_limit: { enum: [...ON_LIMIT_STRATEGIES] },
        rate: closed({ runs: COUNT, per: DURATION }, ['runs', 'per']),
      }),
    ),
    variables: { type: 'object', description: 'Values of any kind.' },
  }),
};
