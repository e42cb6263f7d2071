import {
  buildBaseJobTemplate,
  isJsonObject,
  type JsonObject,
  type RenderContext,
  SecretRegistry,
} from '@worker-host/core';
import { expect } from 'chai';
import { ECSJobConfiguration, plugin } from '../../src/index.js';

const TEMPLATE = buildBaseJobTemplate(plugin);
const ENDPOINT = { aws_client_parameters: { endpoint_url: 'http://sink.test', verify: false } };

async function problemsOf(variables: JsonObject, template = TEMPLATE, environment: Record<string, string> = {}) {
  const references = {
    readBlockDocumentById: async () => null,
    readBlockDocument: async () => null,
    readVariable: async () => null,
  };
  const context: RenderContext = { references, environment, secrets: new SecretRegistry() };
  try {
    await ECSJobConfiguration.fromTemplateAndValues(template, variables, context);
    return [];
  } catch (error) {
    return (error as { problems: { path: string }[] }).problems.map(({ path }) => path.split('.').at(-1));
  }
}

function withTemplate(awsCredentials: JsonObject): JsonObject {
  const { job_configuration: configuration } = TEMPLATE;
  return {
    ...TEMPLATE,
    job_configuration: { ...(isJsonObject(configuration) ? configuration : {}), aws_credentials: awsCredentials },
  };
}

describe("the worker's own credentials", () => {
  it('are not sent to an endpoint that a run sets, nor without certificate verification', async () => {
    expect(await problemsOf({ aws_credentials: ENDPOINT })).to.deep.equal(['endpoint_url', 'verify']);
    expect(await problemsOf({ 'aws_credentials.aws_client_parameters.use_ssl': false })).to.deep.equal(['use_ssl']);
  });

  it('are not checked for a run with its own keys', async () => {
    const keys = { aws_access_key_id: 'AKIAEXAMPLE', aws_secret_access_key: 'of-the-run' };
    expect(await problemsOf({ aws_credentials: { ...ENDPOINT, ...keys } })).to.deep.equal([]);
  });

  it('are sent where the work pool says, or where a setting allows runs to choose', async () => {
    expect(await problemsOf({}, withTemplate(ENDPOINT))).to.deep.equal([]);
    const chosen = withTemplate({ aws_client_parameters: { endpoint_url: '{{ aws_credentials }}' } });
    expect(await problemsOf({ aws_credentials: 'http://chosen.test' }, chosen)).to.deep.equal([]);
    const environment = { WORKER_HOST_ECS_RUNS_CHOOSE_ENDPOINTS: 'true' };
    expect(await problemsOf({ aws_credentials: ENDPOINT }, TEMPLATE, environment)).to.deep.equal([]);
  });
});
