import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import { TaskDefinitionResolver } from '../../src/task-definition/task-definition-resolver.js';
import { EcsTaskRunPreparer } from '../../src/task-run/ecs-task-run-preparer.js';
import { NetworkResolver } from '../../src/task-run/network-resolver.js';
import { aFlowRun, DEFINITION_ARN, RememberingLogger, someClients } from '../support/builders.js';
import { renderConfiguration } from '../support/ecs-configurations.js';
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
  );
  const configuration = await renderConfiguration(LINKED, taskDefinition ? { taskDefinition } : {});
  const { signal } = new AbortController();
  await preparer.prepare(configuration, aFlowRun(), someClients({ ecs }), { signal, logger, renew: false });
  return logger.lines.filter(({ level }) => level === 'warn');
}

describe('EcsTaskRunPreparer', () => {
  it("names the job variables of the pool's own template that have no effect beside a named definition", async () => {
    const [skipped, ignored, ...more] = await warningsOf({
      family: '{{ family }}-{{ team }}',
      containerDefinitions: [{ name: 'prefect', image: '{{ team }}/etl' }],
    });

    expect(skipped?.message).to.include('is skipped');
    expect(ignored?.fields).to.deep.equal({ ignored: 'family, team' });
    expect(more).to.deep.equal([]);
  });

  it('says only that the definition is skipped where its template has no placeholders', async () => {
    expect(await warningsOf({ family: 'fixed', containerDefinitions: [{ name: 'prefect' }] })).to.have.length(1);
  });

  it('says nothing of a definition that the pool does not have', async () => {
    expect(await warningsOf({})).to.deep.equal([]);
  });

  it('looks a network up beforehand, once for all the runs that share it', async () => {
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
