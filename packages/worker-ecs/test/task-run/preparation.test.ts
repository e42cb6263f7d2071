import type { JsonObject, JsonValue } from '@worker-host/core';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ECSJobConfiguration } from '../../src/configuration/ecs-job-configuration.js';
import { prepareTaskDefinition } from '../../src/task-definition/prepare-task-definition.js';
import { prepareTaskRunRequest } from '../../src/task-run/task-run-request.js';
import { renderConfiguration } from '../support/ecs-configurations.js';

const NAMES = ['A', 'B', 'PREFECT_API_KEY', 'é'];
const texts = fc.dictionary(fc.constantFrom(...NAMES), fc.string(), { noNullPrototype: true });
const someVariables = fc.record(
  {
    env: texts,
    labels: texts,
    command: fc.constantFrom('', 'a b', 'python -c "print(1)"'),
    launch_type: fc.constantFrom('FARGATE', 'EC2', 'FARGATE_SPOT', null),
    cpu: fc.constantFrom(null, 256),
    memory: fc.constantFrom(null, 512),
    family: fc.constantFrom(null, 'fam', 'not allowed!'),
    cluster: fc.constantFrom(null, 'analytics'),
    capacity_provider_strategy: fc.constantFrom<JsonValue>([], [{ capacityProvider: 'cp', weight: 1, base: 0 }]),
    prefect_api_key_secret_arn: fc.constantFrom(null, 'arn:secret'),
    auto_deregister_task_definition: fc.boolean(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

function prepare(configuration: ECSJobConfiguration): { definition: JsonObject; request: JsonObject } {
  const definition = prepareTaskDefinition(configuration, {
    region: 'us-east-1',
    owner: 'pool_1',
    defaultImage: 'prefecthq/prefect:3.8.8-python3.11',
  });
  const request = prepareTaskRunRequest(configuration, {
    taskDefinition: definition,
    taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/fam:1',
    networkConfiguration: null,
    isNewlyRegistered: true,
  });
  return { definition, request };
}

describe('the preparation of a task', () => {
  it('returns the same bytes for the same job variables, and does not change the configuration', async () => {
    await fc.assert(
      fc.asyncProperty(someVariables, async (variables) => {
        const configuration = await renderConfiguration(variables);
        const before = JSON.stringify(configuration.toJSON());
        const first = JSON.stringify(prepare(configuration));
        expect(JSON.stringify(prepare(configuration))).to.equal(first);
        expect(JSON.stringify(prepare(await renderConfiguration(structuredClone(variables))))).to.equal(first);
        expect(JSON.stringify(configuration.toJSON())).to.equal(before);
      }),
    );
  });

  it("adds every variable of the job's env to the request, once, whatever the template already contains", async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, async (ofRequest, ofJob) => {
        const containerOverrides = [{ name: 'prefect', environment: ofRequest }];
        const configuration = await renderConfiguration({}, { taskRunRequest: { overrides: { containerOverrides } } });
        configuration.env = ofJob;
        const { overrides } = prepare(configuration).request as {
          overrides: { containerOverrides: { environment: { name: string; value: string }[] }[] };
        };
        const pairs = overrides.containerOverrides[0]?.environment.map(({ name, value }) => [name, value]) ?? [];
        expect(Object.fromEntries(pairs)).to.deep.equal({ ...ofRequest, ...ofJob });
        expect(pairs).to.have.length(new Set(pairs.map(([name]) => name)).size);
      }),
    );
  });
});
