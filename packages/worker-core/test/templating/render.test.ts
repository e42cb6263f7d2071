import { expect } from 'chai';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/json/json.js';
import { renderJobConfiguration } from '../../src/templating/render.js';
import type { RenderContext } from '../../src/templating/render-context.js';
import { aRenderContext } from '../configuration/models.js';

const NAMES = ['A', 'B', 'C', '__proto__', 'constructor', '1'];
const anEnv = fc.dictionary(fc.constantFrom(...NAMES), fc.string(), { noNullPrototype: true });
const aContext: RenderContext = {
  ...aRenderContext({ STAGE: 'prod' }),
  references: {
    ...aRenderContext().references,
    readVariable: async (name) => ({ name, value: { FROM: 'variable' } }),
  },
};

function aTemplate(env: JsonValue | undefined, poolEnv?: JsonValue): JsonObject {
  return {
    job_configuration: { ...(env === undefined ? {} : { env }), image: '{{ image }}' },
    variables: { properties: { env: poolEnv === undefined ? {} : { default: poolEnv }, image: { default: 'pool' } } },
  };
}

async function envOf(template: JsonObject, variables: JsonObject): Promise<JsonValue | undefined> {
  return (await renderJobConfiguration(template, variables, aContext)).env;
}

describe('renderJobConfiguration', () => {
  it('merges the environments of template, pool and job; later ones win; no name is lost', async () => {
    await fc.assert(
      fc.asyncProperty(anEnv, anEnv, anEnv, async (ofTemplate, ofPool, ofJob) => {
        const plain = [ofTemplate, ofPool, ofJob].flatMap((env) => Object.values(env));
        fc.pre(!plain.some((value) => value.includes('{{')));
        const joined = await envOf(aTemplate(ofTemplate, ofPool), { env: ofJob });
        const entries = [ofTemplate, ofPool, ofJob].flatMap((env) => Object.entries(env));
        expect(new Map(Object.entries(joined as JsonObject))).to.deep.equal(new Map(entries));
      }),
    );
  });

  it('renders the same input to the same bytes, without changing it', async () => {
    const value = fc.constantFrom<JsonValue>('{{ image }}', '{{ $STAGE }}x', '{{ gone }}', null, 5, ['{{ image }}'], {
      deep: '{{ image }}',
    });
    const object = fc.dictionary(fc.constantFrom('a', 'b', '{{ image }}'), value, { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(object, anEnv, async (more, env) => {
        const template = { ...aTemplate({ T: '{{ image }}' }, env), job_configuration: { env, more } };
        const variables = { image: 'job', 'env.A': 'dotted', env };
        const before = JSON.stringify([template, variables]);
        const first = JSON.stringify(await renderJobConfiguration(template, variables, aContext));
        const second = JSON.stringify(await renderJobConfiguration(template, variables, aContext));
        expect(second).to.equal(first);
        expect(JSON.stringify([template, variables])).to.equal(before);
      }),
    );
  });

  for (const levels of [501, 100_000]) {
    it(`rejects job variables nested ${levels} levels deep with its own error`, async () => {
      let value: JsonObject = {};
      for (let level = 1; level < levels; level += 1) value = { deeper: value };
      const failure = await renderJobConfiguration(aTemplate(undefined), { image: value }, aContext).catch(
        (error: unknown) => error,
      );
      expect(failure).to.have.property('code', 'TEMPLATE_TOO_DEEP');
      expect((failure as Error).message).to.include('The job variables');
    });
  }

  it('rejects a dotted job variable with too many parts', async () => {
    const variables = { [`a${'.a'.repeat(100_000)}`]: 1 };
    const failure = await renderJobConfiguration(aTemplate(undefined), variables, aContext).catch(
      (error: unknown) => error,
    );
    expect(failure).to.have.property('code', 'TEMPLATE_TOO_DEEP');
  });

  it('renders the maximum allowed depth', async () => {
    let value: JsonObject = {};
    for (let level = 2; level < 500; level += 1) value = { deeper: value };
    const rendered = await renderJobConfiguration(aTemplate(undefined), { image: value }, aContext);
    expect(JSON.stringify(rendered.image)).to.equal(JSON.stringify(value));
  });

  it('uses the default of a pool for env of any type, and reads what it refers to', async () => {
    expect(await envOf(aTemplate('{{ env }}', '{{ prefect.variables.env }}'), {})).to.deep.equal({ FROM: 'variable' });
    expect(await envOf(aTemplate({ T: '1' }, 'text'), {})).to.equal('text');
  });

  it('rejects an env that is not an object if the pool has one to merge', async () => {
    for (const env of ['text', '{{ prefect.variables.env }}', 5, ['A=1']]) {
      const failure = await envOf(aTemplate('{{ env }}', { P: 'pool' }), { env }).catch((error: unknown) => error);
      expect(failure).to.have.property('code', 'JOB_VARIABLE_ENV_INVALID');
    }
    expect(await envOf(aTemplate('{{ env }}'), { env: '{{ prefect.variables.env }}' })).to.deep.equal({
      FROM: 'variable',
    });
  });
});
