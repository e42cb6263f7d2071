import { CreateClusterCommand, DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';

import { createInProcessAws, type InProcessAws } from '../../src/local-aws/index.js';
import { closeSubjects, createSubject, refusal } from './support.js';

const OWN = '123456789012';
const OTHER = '222222222222';

async function createRegistered(): Promise<InProcessAws> {
  const aws = createInProcessAws({ simulate: 'sleep=forever', accounts: { AKIAOTHER: OTHER } });
  for (const caller of [{}, { region: 'eu-west-1' }, { accessKeyId: 'AKIAOTHER' }]) {
    await aws.call(
      'ecs:RegisterTaskDefinition',
      { family: 'job', memory: '128', containerDefinitions: [{ name: 'main', image: 'any' }] },
      caller,
    );
  }
  return aws;
}

function arn(resource: string, region = 'us-east-1', account = OWN): string {
  return `arn:aws:ecs:${region}:${account}:${resource}`;
}

describe('local-aws: accounts and regions', () => {
  afterEach(closeSubjects);

  it('maps each access key to its configured account, in addition to sessions of roles', async () => {
    const { aws } = await createSubject({ accounts: { AKIAOTHER: OTHER } });
    const accountOf = async (accessKeyId: string) => {
      const sts = new STSClient({
        endpoint: aws.url,
        region: 'eu-west-1',
        credentials: { accessKeyId, secretAccessKey: 'any' },
      });
      const { Account } = await sts.send(new GetCallerIdentityCommand({}));
      sts.destroy();
      return Account;
    };

    expect([await accountOf('AKIAOTHER'), await accountOf('AKIAANY'), await accountOf('toString')]).to.deep.equal([
      OTHER,
      OWN,
      OWN,
    ]);
  });

  it('launches in the cluster that an ARN of the caller’s account and region names', async () => {
    const aws = await createRegistered();
    const caller = { accessKeyId: 'AKIAOTHER', region: 'us-east-1' };
    const cluster = arn('cluster/default', 'us-east-1', OTHER);

    const { tasks } = await aws.call('ecs:RunTask', { taskDefinition: 'job', cluster }, caller);

    const [task] = tasks as { taskArn: string; clusterArn: string }[];
    expect(task?.clusterArn).to.equal(cluster);
    expect(task?.taskArn).to.match(new RegExp(`^${arn('task/default/', 'us-east-1', OTHER)}`));
    expect(aws.ecs.tasks()).to.have.length(0);
    expect(aws.at(OTHER, 'us-east-1').ecs.tasks()).to.have.length(1);
  });

  const foreign: readonly [string, string, string][] = [
    ['another region', 'Invalid Region in ARN', 'eu-west-1:123456789012'],
    ['another account', `Identifier is for ${OTHER}. Your accountId is ${OWN}`, `us-east-1:${OTHER}`],
  ];
  for (const [what, text, place] of foreign) {
    it(`rejects every ARN of ${what}, and starts nothing`, async () => {
      const aws = await createRegistered();
      const cluster = `arn:aws:ecs:${place}:cluster/default`;
      const task = `arn:aws:ecs:${place}:task/default/${'0'.repeat(32)}`;
      const definition = `arn:aws:ecs:${place}:task-definition/job:1`;
      const calls: readonly [`ecs:${string}`, Record<string, unknown>][] = [
        ['ecs:RunTask', { cluster, taskDefinition: 'job' }],
        ['ecs:RunTask', { taskDefinition: definition }],
        ['ecs:ListTasks', { cluster }],
        ['ecs:DescribeTasks', { cluster, tasks: ['x'] }],
        ['ecs:DescribeTasks', { tasks: [task] }],
        ['ecs:StopTask', { task }],
        ['ecs:DescribeClusters', { clusters: [cluster] }],
        ['ecs:DescribeTaskDefinition', { taskDefinition: definition }],
        ['ecs:DeregisterTaskDefinition', { taskDefinition: definition }],
        ['ecs:TagResource', { resourceArn: task, tags: [] }],
      ];

      for (const [operation, input] of calls) {
        const error = await refusal(aws.call(operation, input), 'InvalidParameterException');
        expect(error.message, operation).to.equal(text);
      }
      expect(aws.ecs.tasks()).to.have.length(0);
    });
  }

  it('uses the partitions of China and GovCloud in ARNs', async () => {
    const { aws, clientOptions } = await createSubject();
    for (const [region, partition] of [
      ['cn-north-1', 'aws-cn'],
      ['us-gov-west-1', 'aws-us-gov'],
    ] as const) {
      const ecs = new ECSClient({ ...clientOptions, region });
      const { cluster } = await ecs.send(new CreateClusterCommand({ clusterName: 'mine' }));
      const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster?.clusterArn ?? ''] }));

      expect(clusters?.[0]?.clusterArn).to.equal(`arn:${partition}:ecs:${region}:${OWN}:cluster/mine`);
      await refusal(
        ecs.send(new DescribeClustersCommand({ clusters: [`arn:aws:ecs:${region}:${OWN}:cluster/mine`] })),
        'InvalidParameterException',
      );
      ecs.destroy();
    }
    expect(aws.queues.ensure('q').arn).to.equal(`arn:aws:sqs:us-east-1:${OWN}:q`);
  });
});
