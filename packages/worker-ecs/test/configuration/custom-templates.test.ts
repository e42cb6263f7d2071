import type { JsonObject } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { aFlowRun, someClients } from '../support/builders.js';
import { CUSTOM_TEMPLATES } from '../support/custom-templates.js';
import { renderTemplate } from '../support/ecs-configurations.js';
import { aTaskRunPreparer } from '../support/ecs-container.js';
import { FakeEcs } from '../support/fake-ecs.js';

const ADDED_TO_CONTAINERS = {
  cpu: 0,
  essential: true,
  portMappings: [],
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
};

/** Returns a definition as ECS does: with its defaults, by its family. */
class FillingEcs extends FakeEcs {
  override async registerTaskDefinition(input: JsonObject): ReturnType<FakeEcs['registerTaskDefinition']> {
    await super.registerTaskDefinition(input);
    const containers = input.containerDefinitions as readonly JsonObject[];
    const taskDefinition = {
      volumes: [],
      placementConstraints: [],
      ...input,
      containerDefinitions: containers.map((container) => ({ ...ADDED_TO_CONTAINERS, ...container })),
      taskDefinitionArn: `arn:aws:ecs:us-east-1:123456789012:task-definition/${String(input.family)}:1`,
      revision: 1,
      status: 'ACTIVE',
      registeredAt: '2026-01-01T00:00:00Z',
    };
    this.definitions.set(String(input.family), taskDefinition);
    return { taskDefinition, tags: [] };
  }
}

async function prepared(template: JsonObject, variables: JsonObject) {
  const ecs = new FillingEcs();
  const clients = someClients({
    ecs,
    ec2: {
      describeVpcs: async () => ({ Vpcs: [{ VpcId: 'vpc-1' }], NextToken: null }),
      describeSubnets: async () => ({ Subnets: [{ SubnetId: 'subnet-1' }], NextToken: null }),
    },
  });
  const logger = new RecordingLogger();
  const options = { signal: new AbortController().signal, logger, renew: false };
  const requests: JsonObject[] = [];
  for (const preparer of [1, 2].map(() => aTaskRunPreparer({ environment: {}, workPoolName: 'pool' }))) {
    const configuration = await renderTemplate(structuredClone(template), variables);
    const { request } = await preparer.prepare(configuration, aFlowRun(), clients, options);
    requests.push(request as JsonObject);
  }
  const registered = ecs.calls.filter(({ operation }) => operation === 'registerTaskDefinition');
  return { registered: registered.map(({ input }) => input as JsonObject), requests, logger };
}

describe('base job templates of users', () => {
  for (const [name, { template, variables, definition, request }] of Object.entries(CUSTOM_TEMPLATES)) {
    it(`are sent unchanged: ${name}`, async () => {
      const { registered, requests } = await prepared(template, variables);
      const [first] = requests;
      const { taskDefinition, tags, ...rest } = first ?? {};

      expect(registered).to.deep.equal([definition]);
      const { tags: wantedTags = [], ...wanted } = request;
      expect(rest).to.deep.equal(wanted);
      expect(tags ?? []).to.deep.equal(wantedTags);
      expect(taskDefinition).to.be.a('string');
    });

    it(`need no second registration after a restart: ${name}`, async () => {
      const { registered, requests } = await prepared(template, variables);

      expect(registered).to.have.length(1);
      expect(requests[1]).to.deep.equal(requests[0]);
    });
  }
});
