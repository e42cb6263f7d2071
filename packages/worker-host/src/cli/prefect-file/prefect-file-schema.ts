import type { JsonObject } from '@worker-host/core';

const TEXT = { type: 'string' };
const TEXT_OR_NOTHING = { type: ['string', 'null'] };
const OBJECT_OR_NOTHING = { type: ['object', 'null'] };

/** The fields of a deployment in a prefect.yaml that are read, after its templates are resolved. */
export const PREFECT_DEPLOYMENT_SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    deployment: {
      type: 'object',
      required: ['name', 'work_pool'],
      properties: {
        name: TEXT,
        description: TEXT_OR_NOTHING,
        entrypoint: TEXT_OR_NOTHING,
        parameters: OBJECT_OR_NOTHING,
        tags: { type: ['array', 'string', 'null'], items: TEXT },
        paused: { type: ['boolean', 'null'] },
        schedule: OBJECT_OR_NOTHING,
        schedules: { type: ['array', 'null'], items: { type: 'object' } },
        concurrency_limit: {
          type: ['integer', 'object', 'null'],
          minimum: 1,
          properties: {
            limit: { type: ['integer', 'null'], minimum: 1 },
            collision_strategy: { type: ['string', 'null'], enum: ['ENQUEUE', 'CANCEL_NEW', null] },
          },
        },
        work_pool: {
          type: 'object',
          required: ['name'],
          properties: { name: TEXT, work_queue_name: TEXT_OR_NOTHING, job_variables: OBJECT_OR_NOTHING },
        },
      },
    },
  },
};
