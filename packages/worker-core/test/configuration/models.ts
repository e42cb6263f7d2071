import { BaseJobConfiguration } from '../../src/configuration/base-job-configuration.js';
import { BaseVariables } from '../../src/configuration/base-variables.js';
import { Field } from '../../src/configuration/field.js';
import { Model } from '../../src/configuration/model.js';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';
import type { RenderContext } from '../../src/templating/render-context.js';

@Model({ title: 'A weight', description: 'How much.', required: ['provider'], schema: { additionalProperties: false } })
export class Weight {
  @Field({ wireName: 'provider', type: 'string', title: 'Provider' })
  provider = '';

  @Field({ wireName: 'weight', type: 'integer', title: 'Weight', default: 1 })
  weight = 1;
}

export class BoxConfiguration extends BaseJobConfiguration {
  @Field({ wireName: 'cpu', type: 'integer?', title: 'CPU' })
  cpu: number | null = null;

  @Field({ wireName: 'is_loud', type: 'boolean', title: 'Loud' })
  isLoud = false;

  @Field({ wireName: 'kind', type: { enum: ['FARGATE', 'EC2', 'FARGATE_SPOT'] }, title: 'Kind', default: 'FARGATE' })
  kind = 'FARGATE';

  @Field({ wireName: 'token', type: 'map<string>', title: 'Token', isSecret: true })
  token: Record<string, string> = {};

  @Field({ wireName: 'weights', type: { listOf: () => Weight }, title: 'Weights' })
  weights: Weight[] = [];

  @Field({ wireName: 'fixed', type: 'object', title: 'Fixed', template: { cpu: '{{ cpu }}' } })
  fixed: Record<string, unknown> = {};
}

export class BoxVariables extends BaseVariables {
  @Field({ wireName: 'cpu', type: 'integer?', title: 'CPU', description: 'Units.' })
  cpu: number | null = null;

  @Field({ wireName: 'kind', type: { enum: ['FARGATE', 'EC2'] }, title: 'Kind', default: 'FARGATE' })
  kind = 'FARGATE';

  @Field({ wireName: 'weights', type: { listOf: () => Weight }, title: 'Weights' })
  weights: Weight[] = [];

  @Field({ wireName: 'logs', type: 'boolean|path?', title: 'Logs' })
  logs: boolean | string | null = null;
}

export function aRenderContext(environment: Record<string, string> = {}): RenderContext {
  const none = async () => null;
  return {
    references: { readBlockDocumentById: none, readBlockDocument: none, readVariable: none },
    environment,
    secrets: new SecretRegistry(),
  };
}
