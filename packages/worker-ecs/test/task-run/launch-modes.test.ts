import type { ConfigurationProblem, JsonObject } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { aFlowRun, someClients } from '../support/builders.js';
import { renderConfiguration, type TemplateParts } from '../support/ecs-configurations.js';
import { aTaskRunPreparer } from '../support/ecs-container.js';
import { FakeEcs } from '../support/fake-ecs.js';

interface Prepared {
  readonly request: JsonObject;
  readonly definition: JsonObject;
  readonly warnings: readonly string[];
}

async function prepare(variables: JsonObject, parts: TemplateParts = {}): Promise<Prepared> {
  const configuration = await renderConfiguration(variables, parts);
  const ecs = new FakeEcs();
  const clients = someClients({
    ecs,
    ec2: {
      describeVpcs: async () => ({ Vpcs: [{ VpcId: 'vpc-1' }], NextToken: null }),
      describeSubnets: async () => ({ Subnets: [{ SubnetId: 'subnet-1' }], NextToken: null }),
    },
  });
  const logger = new RecordingLogger();
  const preparer = aTaskRunPreparer({ environment: {}, workPoolName: 'pool' });
  const options = { signal: new AbortController().signal, logger, renew: false };
  const { request } = await preparer.prepare(configuration, aFlowRun(), clients, options);
  const registered = ecs.calls.find(({ operation }) => operation === 'registerTaskDefinition');
  const warnings = logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  return { request: request as JsonObject, definition: (registered?.input ?? {}) as JsonObject, warnings };
}

async function refusal(variables: JsonObject, parts: TemplateParts = {}): Promise<readonly ConfigurationProblem[]> {
  const error = await prepare(variables, parts).then(
    () => null,
    (reason: unknown) => reason,
  );
  return (error as { readonly problems?: readonly ConfigurationProblem[] } | null)?.problems ?? [];
}

const definition = (parts: JsonObject): TemplateParts => ({
  taskDefinition: { containerDefinitions: [{ name: 'prefect' }], ...parts },
});
const withoutLaunchType = (parts: JsonObject): TemplateParts => ({ ...definition(parts), taskRunRequest: {} });
const own = { capacity_provider_strategy: [{ capacityProvider: 'mine', weight: 1, base: 0 }] };
const publicIpOf = ({ request }: Prepared): unknown =>
  (request.networkConfiguration as { readonly awsvpcConfiguration?: JsonObject } | undefined)?.awsvpcConfiguration
    ?.assignPublicIp;
const placeOf = ({ request }: Prepared): JsonObject => ({
  ...(request.launchType === undefined ? {} : { launchType: request.launchType }),
  ...(request.capacityProviderStrategy === undefined ? {} : { strategy: request.capacityProviderStrategy }),
});

describe('ECS Managed Instances', () => {
  it('are selected in the form, and placed by the strategy', async () => {
    const prepared = await prepare({ launch_type: 'MANAGED_INSTANCES', cpu: 4096, memory: 16384, ...own });

    expect(placeOf(prepared)).to.deep.equal({ strategy: own.capacity_provider_strategy });
    expect(prepared.definition).to.deep.include({
      requiresCompatibilities: ['MANAGED_INSTANCES'],
      networkMode: 'awsvpc',
      cpu: '4096',
      memory: '16384',
    });
    expect(publicIpOf(prepared)).to.equal('DISABLED');
    expect(prepared.warnings).to.deep.equal([]);
  });

  it("are placed by the cluster's default strategy if none is given", async () => {
    const prepared = await prepare({ launch_type: 'MANAGED_INSTANCES' });

    expect(placeOf(prepared)).to.deep.equal({});
    expect(publicIpOf(prepared)).to.equal('DISABLED');
  });

  it('support sizes, GPUs, privileges and networks that Fargate does not', async () => {
    const prepared = await prepare(
      { launch_type: 'MANAGED_INSTANCES', ...own },
      definition({
        cpu: '6 vCPU',
        memory: '3000',
        networkMode: 'host',
        containerDefinitions: [
          { name: 'prefect', privileged: true, resourceRequirements: [{ type: 'GPU', value: 1 }] },
        ],
      }),
    );

    expect(prepared.definition).to.deep.include({ networkMode: 'host', cpu: '6 vCPU', memory: '3000' });
    expect(JSON.stringify(prepared.definition)).to.contain('"resourceRequirements":[{"type":"GPU","value":"1"}]');
    expect(prepared.request).not.to.have.property('networkConfiguration');
  });

  it("keep their definition despite the form's default launch type", async () => {
    const prepared = await prepare(own, definition({ requiresCompatibilities: ['MANAGED_INSTANCES'], cpu: 3000 }));

    expect(prepared.definition.requiresCompatibilities).to.deep.equal(['MANAGED_INSTANCES']);
    expect(placeOf(prepared)).to.deep.equal({ strategy: own.capacity_provider_strategy });
  });

  it('need no launch type if the definition is for them', async () => {
    const prepared = await prepare({}, withoutLaunchType({ requiresCompatibilities: ['MANAGED_INSTANCES'] }));

    expect(placeOf(prepared)).to.deep.equal({});
    expect(prepared.definition).to.deep.include({
      requiresCompatibilities: ['MANAGED_INSTANCES'],
      networkMode: 'awsvpc',
    });
    expect(publicIpOf(prepared)).to.equal('DISABLED');
  });

  it('have no public addresses, by launch type, strategy or definition', async () => {
    const network = {
      vpc_id: 'vpc-1',
      network_configuration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' },
    };
    const [byType, byStrategy, byDefinition] = await Promise.all([
      refusal({ ...network, launch_type: 'MANAGED_INSTANCES' }),
      refusal({ ...network, launch_type: 'MANAGED_INSTANCES', ...own }),
      refusal(network, withoutLaunchType({ requiresCompatibilities: ['MANAGED_INSTANCES'], networkMode: 'awsvpc' })),
    ]);

    for (const problems of [byType, byStrategy, byDefinition]) {
      expect(problems.map(({ path }) => path)).to.deep.equal(['network_configuration.assignPublicIp']);
    }
  });
});

describe('launch types and the compatibilities of a definition', () => {
  const linked = { task_definition_arn: 'family:1' };

  it('leave the placement to ECS if the definition is not compatible with Fargate', async () => {
    const ofEc2 = await prepare({}, withoutLaunchType({ requiresCompatibilities: ['EC2'], networkMode: 'awsvpc' }));
    const ofBoth = await prepare(
      {},
      withoutLaunchType({ requiresCompatibilities: ['MANAGED_INSTANCES', 'EC2'], networkMode: 'awsvpc' }),
    );

    expect(placeOf(ofEc2)).to.deep.equal({});
    expect(placeOf(ofBoth)).to.deep.equal({});
  });

  it('are Fargate if nothing is configured, and the definition lists Fargate or nothing', async () => {
    expect(placeOf(await prepare({}, withoutLaunchType({})))).to.deep.equal({ launchType: 'FARGATE' });
    const lists = { requiresCompatibilities: ['MANAGED_INSTANCES', 'FARGATE'] };
    expect(placeOf(await prepare({}, withoutLaunchType(lists)))).to.deep.equal({ launchType: 'FARGATE' });
  });

  it('are recognised despite misspellings, without adding compatibilities', async () => {
    const external = await refusal({}, withoutLaunchType({ requiresCompatibilities: ['EXTERNAL'] }));

    expect(external).to.deep.equal([
      {
        path: 'launch_type',
        expected: "one of the definition's requiresCompatibilities (EXTERNAL)",
        found: 'nothing, which means FARGATE',
        suggestion: 'EXTERNAL',
      },
    ]);
    expect(
      await prepare({ launch_type: 'EXTERNAL' }, definition({ requiresCompatibilities: ['EXTERNAL'] })),
    ).to.have.nested.property('request.launchType', 'EXTERNAL');
  });

  it('request no public address outside Fargate if the worker chooses the network', async () => {
    const awsvpc = definition({ networkMode: 'awsvpc' });

    expect(publicIpOf(await prepare({ launch_type: 'EC2' }, awsvpc))).to.equal('DISABLED');
    expect(publicIpOf(await prepare(own, awsvpc))).to.equal('DISABLED');
    expect(publicIpOf(await prepare({}, awsvpc))).to.equal('ENABLED');
    expect(publicIpOf(await prepare({ launch_type: 'FARGATE_SPOT' }, awsvpc))).to.equal('ENABLED');
  });

  it('read sizes with units if the container has them', async () => {
    const prepared = await prepare({ launch_type: 'EC2' }, definition({ cpu: '1 vCPU', memory: '2 GB' }));

    expect((prepared.definition.containerDefinitions as readonly JsonObject[])[0]).to.deep.include({
      cpu: 1024,
      memory: 2048,
    });
  });

  it('are not checked against a definition that lists nothing', async () => {
    expect(await refusal({ ...linked, launch_type: 'EXTERNAL' })).to.deep.equal([]);
  });
});
