import { type FlowRun, type JsonObject, PREFECT_VERSION } from '@worker-host/core';
import { expect } from 'chai';
import { prepareTaskDefinition } from '../../src/task-definition/prepare-task-definition.js';
import { TaskDefinitionResolver } from '../../src/task-definition/task-definition-resolver.js';
import { EcsTaskRunPreparer } from '../../src/task-run/ecs-task-run-preparer.js';
import type { PreparedTaskRun } from '../../src/task-run/launch-types.js';
import { NetworkResolver } from '../../src/task-run/network-resolver.js';
import { LAUNCH_RULES } from '../../src/task-run/rules/task-run-rules.js';
import type { TaskRunRequestError } from '../../src/task-run/task-run-errors.js';
import { aFlowRun, DEFINITION_ARN, RememberingLogger, someClients } from '../support/builders.js';
import { renderConfiguration, type TemplateParts } from '../support/ecs-configurations.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeEcs } from '../support/fake-ecs.js';

const LINKED = { task_definition_arn: DEFINITION_ARN, launch_type: 'EC2' };

async function warningsOf(taskDefinition?: JsonObject): Promise<RememberingLogger['lines']> {
  const clock = new FakeClock();
  const ecs = new FakeEcs();
  ecs.definitions.set(DEFINITION_ARN, { taskDefinitionArn: DEFINITION_ARN, family: 'etl', networkMode: 'bridge' });
  const logger = new RememberingLogger();
  const preparer = new EcsTaskRunPreparer(
    new TaskDefinitionResolver(clock, () => Promise.reject(new Error('nothing is registered'))),
    new NetworkResolver(clock),
    { pythonVersion: '3.12' },
    { workPoolName: 'ecs-pool' },
    prepareTaskDefinition,
    LAUNCH_RULES,
  );
  const configuration = await renderConfiguration(LINKED, taskDefinition ? { taskDefinition } : {});
  const { signal } = new AbortController();
  await preparer.prepare(configuration, aFlowRun(), someClients({ ecs }), { signal, logger, renew: false });
  return logger.lines.filter(({ level }) => level === 'warn');
}

describe('EcsTaskRunPreparer', () => {
  it("lists job variables of the pool's template without effect if the request names a definition", async () => {
    const [skipped, ignored, ...more] = await warningsOf({
      family: '{{ family }}-{{ team }}',
      containerDefinitions: [{ name: 'prefect', image: '{{ team }}/etl' }],
    });

    expect(skipped?.message).to.include('is ignored');
    expect(ignored?.fields).to.deep.equal({ ignored: 'family, team' });
    expect(more).to.deep.equal([]);
  });

  it('reports only that the definition is ignored if its template has no placeholders', async () => {
    expect(await warningsOf({ family: 'fixed', containerDefinitions: [{ name: 'prefect' }] })).to.have.length(1);
  });

  it('reports nothing about a definition that the pool does not have', async () => {
    expect(await warningsOf({})).to.deep.equal([]);
  });

  it('looks a network up before the launch, once for all the runs that share it', async () => {
    const clock = new FakeClock();
    const looks: string[] = [];
    const clients = someClients({
      ecs: new FakeEcs(),
      ec2: {
        describeVpcs: async () => {
          looks.push('vpcs');
          return { Vpcs: [{ VpcId: 'vpc-1' }], NextToken: null };
        },
        describeSubnets: async () => ({ Subnets: [{ SubnetId: 'subnet-1' }], NextToken: null }),
      },
    });
    const preparer = new EcsTaskRunPreparer(
      new TaskDefinitionResolver(clock, async (definition) => ({ taskDefinition: definition, tags: [] })),
      new NetworkResolver(clock),
      { pythonVersion: '3.12' },
      { workPoolName: 'ecs-pool' },
      prepareTaskDefinition,
      LAUNCH_RULES,
    );

    await preparer.prewarm(await renderConfiguration({}), clients);
    await preparer.prewarm(await renderConfiguration({ launch_type: 'EC2' }), clients);
    await preparer.prewarm(await renderConfiguration(LINKED), clients);
    expect(looks).to.deep.equal(['vpcs']);

    const { signal } = new AbortController();
    const options = { signal, logger: new RememberingLogger(), renew: false };
    const { request } = await preparer.prepare(await renderConfiguration({}), aFlowRun(), clients, options);

    expect(looks).to.deep.equal(['vpcs']);
    expect(request.networkConfiguration).to.deep.include({
      awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED', securityGroups: [] },
    });
  });
});

/**
 * Prepares a run of the default template with these job variables; `ecs` contains the definition {@link
 * DEFINITION_ARN}.
 */
async function prepared(
  variables: JsonObject = {},
  { parts, flowRun = aFlowRun(), version }: { parts?: TemplateParts; flowRun?: FlowRun; version?: string } = {},
) {
  const clock = new FakeClock();
  const ecs = new FakeEcs();
  const linked = { taskDefinitionArn: DEFINITION_ARN, family: 'etl', containerDefinitions: [{ name: 'theirs' }] };
  ecs.definitions.set(DEFINITION_ARN, linked);
  const clients = someClients({
    ecs,
    ec2: {
      describeVpcs: async () => ({ Vpcs: [{ VpcId: 'vpc-1' }], NextToken: null }),
      describeSubnets: async () => ({ Subnets: [{ SubnetId: 'subnet-1' }], NextToken: null }),
    },
  });
  const registered: JsonObject[] = [];
  const register = async (definition: JsonObject) => {
    registered.push(definition);
    const taskDefinitionArn = `arn:aws:ecs:us-east-1:123456789012:task-definition/x:${registered.length}`;
    return { taskDefinition: { ...definition, taskDefinitionArn }, tags: [] };
  };
  const preparer = new EcsTaskRunPreparer(
    new TaskDefinitionResolver(clock, register),
    new NetworkResolver(clock),
    { pythonVersion: '3.12' },
    { workPoolName: 'ecs-pool' },
    prepareTaskDefinition,
    LAUNCH_RULES,
  );
  const logger = new RememberingLogger();
  const configuration = await renderConfiguration(variables, parts);
  if (version) configuration.prefectVersion = version;
  const options = { signal: new AbortController().signal, logger, renew: false };
  const run = await preparer
    .prepare(configuration, flowRun, clients, options)
    .catch((error: TaskRunRequestError) => error);
  const problems = run instanceof Error ? run.problems.map(({ path }) => path) : [];
  const warnings = logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields);
  return { run: run as PreparedTaskRun, problems, registered, warnings, linked };
}

describe('a prepared task run', () => {
  it('is not created from a definition whose name is in a member that AWS does not know', async () => {
    const { problems } = await prepared({}, { parts: { taskRunRequest: { task_definition: DEFINITION_ARN } } });

    expect(problems).to.deep.equal(['task_run_request.task_definition']);
  });

  const DEREGISTER = { key: 'prefect.io/degregister-task-definition', value: 'true' };

  it('contains the ARN of the registered definition', async () => {
    const { run } = await prepared();

    expect(run.request.taskDefinition).to.equal('arn:aws:ecs:us-east-1:123456789012:task-definition/x:1');
    expect(run.taskDefinition.taskDefinitionArn).to.equal(run.request.taskDefinition);
    expect(run.configuresLogs).to.equal(false);
  });

  it('uses the definition that the request names, as written there', async () => {
    const { run, linked, registered } = await prepared(LINKED);

    expect(run.request.taskDefinition).to.equal(DEFINITION_ARN);
    expect(run.taskDefinition).to.deep.equal(linked);
    expect(run.request).to.have.nested.property('overrides.containerOverrides[0].name', 'theirs');
    expect(registered).to.deep.equal([]);
  });

  it('is tagged for a definition that is deregistered with it, if registered for it alone', async () => {
    const { run } = await prepared({ auto_deregister_task_definition: true });
    const linked = await prepared({ ...LINKED, auto_deregister_task_definition: true });

    expect(run.request.tags).to.deep.include(DEREGISTER);
    expect(linked.run.request.tags).not.to.deep.include(DEREGISTER);
  });

  it('reports whether the worker configures the logs', async () => {
    const logs = { configure_cloudwatch_logs: true, execution_role_arn: 'arn:aws:iam::123456789012:role/x' };

    expect((await prepared(logs)).run.configuresLogs).to.equal(true);
  });

  it('names the family by the pool and the deployment, otherwise the flow, otherwise the run', async () => {
    const familyOf = async (parts: Partial<FlowRun>) =>
      (await prepared({}, { flowRun: aFlowRun({ id: 'run', ...parts }) })).registered[0]?.family;

    expect(await familyOf({ deploymentId: 'deployment', flowId: 'flow' })).to.include('ecs-pool_deployment');
    expect(await familyOf({ deploymentId: null, flowId: 'flow' })).to.include('ecs-pool_flow');
    expect(await familyOf({})).to.include('ecs-pool_run');
  });

  it("uses the image of the control plane's version, if known", async () => {
    const imageOf = async (version?: string) =>
      JSON.stringify((await prepared({}, version ? { version } : {})).registered[0]?.containerDefinitions);

    expect(await imageOf('3.9.1')).to.include('prefecthq/prefect:3.9.1-python3.12');
    expect(await imageOf()).to.include(`prefecthq/prefect:${PREFECT_VERSION}-python3.12`);
  });

  it('warns of a launch type that a strategy replaces', async () => {
    const capacity_provider_strategy = [{ capacityProvider: 'mine', weight: 1 }];

    expect((await prepared({ launch_type: 'EC2', capacity_provider_strategy })).warnings).to.deep.include({
      launchType: 'EC2',
    });
  });

  it('is rejected for a network that AWS does not know, if the network takes effect', async () => {
    const network = { vpc_id: 'vpc-1', network_configuration: { subnets: {} } };
    const parts = { taskDefinition: { networkMode: 'bridge', containerDefinitions: [{ name: 'prefect' }] } };

    expect((await prepared(network)).problems).to.deep.equal(['network_configuration.subnets']);
    expect((await prepared({ ...network, launch_type: 'EC2' }, { parts })).problems).to.deep.equal([]);
  });

  it('needs no prewarmed network if the request names a definition', async () => {
    const looks: string[] = [];
    const ec2 = {
      describeVpcs: async () => {
        looks.push('vpcs');
        return { Vpcs: [], NextToken: null };
      },
      describeSubnets: async () => ({ Subnets: [], NextToken: null }),
    };
    const clock = new FakeClock();
    const preparer = new EcsTaskRunPreparer(
      new TaskDefinitionResolver(clock, () => Promise.reject(new Error('nothing is registered'))),
      new NetworkResolver(clock),
      { pythonVersion: '3.12' },
      { workPoolName: 'ecs-pool' },
      prepareTaskDefinition,
      LAUNCH_RULES,
    );

    await preparer.prewarm(await renderConfiguration({ task_definition_arn: DEFINITION_ARN }), someClients({ ec2 }));

    expect(looks).to.deep.equal([]);
  });
});
