import {
  CreateCapacityProviderCommand,
  DescribeTasksCommand,
  ECSClient,
  PutClusterCapacityProvidersCommand,
} from '@aws-sdk/client-ecs';
import { type JsonObject, runJob } from '@worker-host/core';
import { type LocalAws, startLocalAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import { plugin } from '../../src/plugin.js';
import { type TemplateParts, templateWith } from '../support/ecs-configurations.js';

const PROVIDER = 'instances';
const AWSVPC: TemplateParts = {
  taskDefinition: { containerDefinitions: [{ name: 'prefect', image: 'job' }], networkMode: 'awsvpc' },
};

const credentialsFor = ({ url }: LocalAws): JsonObject => ({
  aws_access_key_id: 'test',
  aws_secret_access_key: 'test',
  region_name: 'us-east-1',
  aws_client_parameters: { endpoint_url: url },
});

describe('the launch modes, on local AWS', function () {
  this.timeout(60_000);
  let aws: LocalAws;
  let ecs: ECSClient;

  before(async () => {
    aws = await startLocalAws();
    ecs = new ECSClient({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const networkConfiguration = { subnets: ['subnet-default-a'] };
    await ecs.send(
      new CreateCapacityProviderCommand({
        name: PROVIDER,
        cluster: 'default',
        managedInstancesProvider: {
          infrastructureRoleArn: 'arn:aws:iam::123456789012:role/infrastructure',
          instanceLaunchTemplate: {
            ec2InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/instances',
            networkConfiguration,
          },
        },
      }),
    );
    await ecs.send(
      new PutClusterCapacityProvidersCommand({
        cluster: 'default',
        capacityProviders: [PROVIDER, 'FARGATE'],
        defaultCapacityProviderStrategy: [{ capacityProvider: PROVIDER, weight: 1 }],
      }),
    );
  });
  after(async () => {
    ecs.destroy();
    await aws.close();
  });

  const MODES: readonly (readonly [string, JsonObject, TemplateParts, string])[] = [
    [
      'Managed Instances by strategy',
      {
        launch_type: 'MANAGED_INSTANCES',
        capacity_provider_strategy: [{ capacityProvider: PROVIDER, weight: 1, base: 0 }],
      },
      {},
      'MANAGED_INSTANCES',
    ],
    [
      "Managed Instances by the cluster's default strategy",
      { launch_type: 'MANAGED_INSTANCES' },
      {},
      'MANAGED_INSTANCES',
    ],
    ['EC2 in a network that the worker chooses', { launch_type: 'EC2' }, AWSVPC, 'EC2'],
    ['Fargate', {}, {}, 'FARGATE'],
  ];
  for (const [mode, variables, parts, launchType] of MODES) {
    it(`launch with one call: ${mode}`, async () => {
      aws.clearCalls();

      const { statusCode, identifier } = await runJob(plugin, {
        variables: { command: 'true', aws_credentials: credentialsFor(aws), ...variables },
        baseJobTemplate: templateWith(parts),
        environment: { PATH: process.env.PATH, ...aws.environment },
      });

      expect(statusCode).to.equal(0);
      expect(aws.calls({ operation: 'RunTask' })).to.have.length(1);
      const [, task = ''] = identifier.split('::');
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: [task] }));
      expect(tasks.map((each) => each.launchType)).to.deep.equal([launchType]);
    });
  }
});
