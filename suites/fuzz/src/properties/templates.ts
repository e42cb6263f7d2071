import {
  buildBaseJobTemplate,
  findPlaceholders,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  mergeJobVariables,
  type ReferenceReader,
  type RenderContext,
  SecretRegistry,
  stringifyJson,
} from '@worker-host/core';
import { ECSJobConfiguration, plugin } from '@worker-host/ecs';
import { aFlowRun } from '@worker-host/testing';
import fc from 'fast-check';
import { changed, json, jsonObject, ownMembers, text } from '../inputs.js';
import { applyValues } from '../internals.js';
import { must, outcomeOf, property, SECRET } from '../property.js';

const TEMPLATE = buildBaseJobTemplate(plugin);

/** Placeholders of every kind, alone and within text, as job variables, variables and blocks contain them. */
const templateText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{{ a }}',
        '{{a}}',
        '{{ a.a }}',
        '{{ a[0] }}',
        '{{ b }}',
        '{{ prefect.variables.a }}',
        '{{ prefect.variables.b }}',
        '{{ prefect.blocks.t.a }}',
        '{{ prefect.blocks.t.a.password }}',
        '{{ $HOME }}',
        '{{ toString }}',
        '{{ a.constructor }}',
      ),
      text,
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** What multiplies where it is inserted again and again. */
const bomb = fc
  .tuple(fc.constantFrom('{{ a }}', '{{ prefect.variables.a }}', '{{ prefect.blocks.t.a }}', '-{{ a }}-'), fc.nat(4000))
  .map(([part, times]) => part.repeat(times));

const filled = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    templateText,
    bomb,
    json,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map(ownMembers),
    fc.constant({ $ref: { block_document_id: '1' } }),
  ),
})).value;

const variables = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('a', 'b', 'env', 'command', 'a.b', 'env.A'), text), filled), {
    maxLength: 5,
  })
  .map(ownMembers);

function contextOf(block: JsonObject, variable: JsonValue, secrets: SecretRegistry): RenderContext {
  const document = { id: '1', typeSlug: 't', name: 'a', data: block, secretFields: ['password'] };
  const references: ReferenceReader = {
    readBlockDocumentById: async () => document,
    readBlockDocument: async () => document,
    readVariable: async (name) => ({ name, value: variable }),
  };
  return { references, environment: { HOME: '/home/{{ a }}' }, secrets };
}

const block = jsonObject.map((data) => ({ ...data, password: SECRET }));

/** Only the block contains the secret: a value in plain text is not a secret. */
function withoutSecret<T extends object>({ ...input }: T): T {
  const text = JSON.stringify(input);
  return text.includes(SECRET) ? JSON.parse(text.replaceAll(SECRET, 'public')) : input;
}

export const templates = [
  property({
    name: 'templates',
    weight: 14,
    inputs: fc.record({
      template: fc.oneof(
        changed([TEMPLATE]),
        fc.tuple(filled, filled).map(([command, definition]) => ({
          job_configuration: { command, task_definition: definition, env: {} },
          variables: { properties: {} },
        })),
        json,
      ),
      ofDeployment: variables,
      ofRun: variables,
      block,
      variable: filled,
    }),
    async check(input) {
      const { block: data } = input;
      const { template, ofDeployment, ofRun, variable } = withoutSecret(input);
      const secrets = new SecretRegistry();
      const merged = mergeJobVariables(ofDeployment, ofRun);
      const rendered = await outcomeOf(() =>
        ECSJobConfiguration.fromTemplateAndValues(
          isJsonObject(template) ? template : { job_configuration: template },
          merged,
          contextOf(data, variable, secrets),
        ).catch((error: unknown) => {
          if (error instanceof Error) error.message = secrets.redact(error.message);
          // Errors are reported through the registry, as in the worker's log.
          const { details } = error as { details?: JsonObject };
          if (details !== undefined) Object.defineProperty(error, 'details', { value: secrets.redactJson(details) });
          throw error;
        }),
      );
      if ('error' in rendered) return;
      const configuration = rendered.value;
      await outcomeOf(() =>
        configuration.prepareForFlowRun({
          flowRun: aFlowRun(),
          deployment: null,
          flow: null,
          workPool: null,
          worker: { id: null, name: 'w' },
          environment: {},
          workerEnvironment: {},
          prefectVersion: '3',
          defaultCommand: null,
        }),
      );
      const told = secrets.redact(stringifyJson(configuration.toJSON()));
      must(!told.includes(SECRET), 'the secret of a block is hidden in what was rendered from it');
    },
  }),
  property({
    name: 'texts',
    weight: 14,
    inputs: fc.record({ template: filled, values: variables }),
    async check({ template, values }) {
      const applied = await outcomeOf(() => applyValues.applyValues(template, values, { environment: {} }));
      if ('error' in applied) return;
      const { value } = applied;
      if (typeof value === 'symbol') return;
      must(isJson(value), 'what is rendered is JSON');
      if (findPlaceholders(template).length === 0)
        must(JSON.stringify(value) === JSON.stringify(template), 'what holds no placeholder stays as it is');
    },
  }),
];

/** No functions, no prototypes: plain data. */
function isJson(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let seen = 0; open.length > 0 && seen < 50_000; seen += 1) {
    const each = open.pop();
    if (typeof each === 'function' || typeof each === 'symbol' || each === undefined) return false;
    if (typeof each === 'object' && each !== null) open.push(...Object.values(each));
  }
  return true;
}
