import { expect } from 'chai';
import { buildBaseJobTemplate } from '../../src/configuration/base-job-template.js';
import { BaseVariables } from '../../src/configuration/base-variables.js';
import { Field } from '../../src/configuration/field.js';
import { JobConfigurationError } from '../../src/configuration/job-configuration-error.js';
import type { JsonObject } from '../../src/json/json.js';
import { parseJson, stringifyJson } from '../../src/json/json-text.js';
import { aRenderContext, BoxConfiguration, BoxVariables } from './models.js';

const TEMPLATE = buildBaseJobTemplate({ configuration: BoxConfiguration, variables: BoxVariables });

function render(values: JsonObject, template: JsonObject = TEMPLATE, environment: Record<string, string> = {}) {
  return BoxConfiguration.fromTemplateAndValues(template, values, aRenderContext(environment));
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('BaseJobConfiguration.fromTemplateAndValues', () => {
  it('renders the default template without values', async () => {
    const configuration = await render({});
    expect(configuration).to.be.instanceOf(BoxConfiguration);
    expect(configuration.toJSON()).to.deep.equal({
      command: null,
      env: {},
      labels: {},
      name: null,
      cpu: null,
      is_loud: false,
      kind: 'FARGATE',
      token: {},
      weights: [],
      fixed: {},
    });
  });

  it('converts unambiguous input to the required type', async () => {
    const configuration = await render({ cpu: '512', command: '', env: { T: true, F: 1.5, N: null, L: ['a'] } });
    expect(configuration.cpu).to.equal(512);
    expect(configuration.fixed).to.deep.equal({ cpu: '512' });
    expect(configuration.command).to.equal(null);
    expect(configuration.env).to.deep.equal({ T: 'True', F: '1.5', N: null, L: "['a']" });
  });

  it('keeps numbers as written: in env, in objects, in problems', async () => {
    const values = parseJson('{"cpu": 512.0, "env": {"API": 2.0, "ID": 1098765432109876543}, "labels": {"v": 2.0}}');
    const { labels, ...good } = values as JsonObject;
    const configuration = await render(good);
    const failure = await failureOf(render({ labels: labels ?? null }));

    expect(configuration.cpu).to.equal(512);
    expect(configuration.env).to.deep.equal({ API: '2.0', ID: '1098765432109876543' });
    expect(stringifyJson(configuration.fixed)).to.equal('{"cpu":512.0}');
    expect((failure as Error).message).to.contain('labels.v: expected a text, found 2.0. Try "2.0".');
  });

  it('reports every problem at once, at the path that the user wrote', async () => {
    const template = {
      ...TEMPLATE,
      job_configuration: { ...(TEMPLATE.job_configuration as JsonObject), is_loud: 'perhaps', token: { a: 5 } },
    };
    const failure = await failureOf(
      render({ cpu: 'many', kind: 'fargate-spot', weights: [{ weight: 'x' }, 3], labels: 'no' }, template),
    );
    expect(failure).to.be.instanceOf(JobConfigurationError);
    const { problems, code } = failure as JobConfigurationError;
    expect(code).to.equal('JOB_CONFIGURATION_INVALID');
    expect(problems.map(({ path }) => path)).to.have.members([
      'cpu',
      'kind',
      'weights[0].provider',
      'weights[0].weight',
      'weights[1]',
      'labels',
      'is_loud',
      'token.a',
    ]);
    expect(problems.find(({ path }) => path === 'kind')?.suggestion).to.equal('FARGATE_SPOT');
  });

  it('never shows the value of a secret', async () => {
    const template = { ...TEMPLATE, job_configuration: { token: '{{ token }}' } };
    const failure = (await failureOf(render({ token: 'my-secret-token' }, template))) as JobConfigurationError;
    expect(failure.problems.map(({ path, found }) => [path, found])).to.deep.equal([['token', '********']]);
    expect(`${failure.message}${JSON.stringify(failure.details)}`).to.not.include('my-secret-token');
  });

  it('registers secret fields and variables that hold keys as secrets', async () => {
    const context = aRenderContext();
    const values = { token: { a: 'my-secret-token' }, env: { PREFECT_API_KEY: 'pnu_1234', PLAIN: 'plain-text' } };
    await BoxConfiguration.fromTemplateAndValues(TEMPLATE, values, context);
    expect(context.secrets.redact('my-secret-token pnu_1234 plain-text')).to.equal('******** ******** plain-text');
  });

  it('rejects a template that lacks required parts', async () => {
    const failure = await failureOf(render({}, {}));
    expect(failure).to.have.property('code', 'BASE_JOB_TEMPLATE_INVALID');
    expect((failure as Error).message).to.match(/job_configuration.*variables/);
  });

  it('omits unknown keys of the template', async () => {
    const configuration = await render({}, { ...TEMPLATE, job_configuration: { unheard: 'of' } });
    expect(configuration.toJSON()).to.not.have.property('unheard');
  });

  describe('env', () => {
    const withEnv = (templateEnv: JsonObject | string, defaultEnv?: JsonObject): JsonObject => ({
      job_configuration: { env: templateEnv },
      variables: { properties: { env: { ...(defaultEnv ? { default: defaultEnv } : {}) } } },
    });

    it('merges the env of template, pool and job; the job wins', async () => {
      const template = withEnv({ A: 'template', B: 'template', C: 'template' }, { B: 'pool', C: 'pool' });
      const { env } = await render({ env: { C: 'job' } }, template);
      expect(env).to.deep.equal({ A: 'template', B: 'pool', C: 'job' });
    });

    it("applies placeholders within the job's values only if there is an env to merge", async () => {
      const environment = { STAGE: 'prod' };
      const job = { env: { B: '{{ $STAGE }}' } };
      const joined = await render(job, withEnv('{{ env }}', { A: 'pool' }), environment);
      expect(joined.env).to.deep.equal({ A: 'pool', B: 'prod' });
      const given = await render(job, withEnv('{{ env }}'), environment);
      expect(given.env).to.deep.equal({ B: '{{ $STAGE }}' });
    });
  });
});

describe('buildBaseJobTemplate', () => {
  it('contains the template of each field', () => {
    expect(TEMPLATE.job_configuration).to.deep.equal({
      command: '{{ command }}',
      env: '{{ env }}',
      labels: '{{ labels }}',
      name: '{{ name }}',
      cpu: '{{ cpu }}',
      is_loud: '{{ is_loud }}',
      kind: '{{ kind }}',
      token: '{{ token }}',
      weights: '{{ weights }}',
      fixed: { cpu: '{{ cpu }}' },
    });
  });

  it('allows null in the form for nullable fields of any type', () => {
    class Inner {}
    class Nullable extends BaseVariables {
      @Field({ wireName: 'one', type: { model: () => Inner, isNullable: true }, title: 'One' })
      one: Inner | null = null;
      @Field({ wireName: 'mode', type: { enum: ['a'], isNullable: true }, title: 'Mode' })
      mode: string | null = null;
    }
    const { variables } = buildBaseJobTemplate({ configuration: BoxConfiguration, variables: Nullable });
    const { one, mode } = (variables as { properties: JsonObject }).properties;

    const anyOf = [{ $ref: '#/definitions/Inner' }, { type: 'null' }];
    expect(one).to.deep.equal({ anyOf, default: null, title: 'One' });
    expect(mode).to.deep.include({ anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }], default: null });
  });

  it('contains a form that is a valid JSON schema, with the models it refers to', () => {
    const { properties, type, definitions } = TEMPLATE.variables as { [key: string]: JsonObject };
    expect(type).to.equal('object');
    expect(Object.keys(properties ?? {})).to.deep.equal([
      'name',
      'env',
      'labels',
      'command',
      'cpu',
      'kind',
      'weights',
      'logs',
    ]);
    expect(properties?.cpu).to.deep.equal({
      anyOf: [{ type: 'integer' }, { type: 'null' }],
      default: null,
      description: 'Units.',
      title: 'CPU',
    });
    expect(properties?.kind).to.deep.equal({
      type: 'string',
      enum: ['FARGATE', 'EC2'],
      default: 'FARGATE',
      title: 'Kind',
    });
    expect(properties?.weights).to.deep.equal({
      type: 'array',
      items: { $ref: '#/definitions/Weight' },
      title: 'Weights',
    });
    expect(properties?.logs).to.deep.equal({
      anyOf: [{ type: 'boolean' }, { format: 'file-path', type: 'string' }, { type: 'null' }],
      default: null,
      title: 'Logs',
    });
    expect(definitions).to.deep.equal({
      Weight: {
        additionalProperties: false,
        description: 'How much.',
        properties: {
          provider: { type: 'string', title: 'Provider' },
          weight: { type: 'integer', default: 1, title: 'Weight' },
        },
        required: ['provider'],
        title: 'A weight',
        type: 'object',
      },
    });
  });
});
