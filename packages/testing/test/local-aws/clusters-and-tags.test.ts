import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  ListClustersCommand,
  ListTagsForResourceCommand,
  PutClusterCapacityProvidersCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { closeSubjects, createSubject, launch, launchOne, refusal, registerFargate } from './support.js';

const SIMULATED = { simulate: 'sleep=forever' };

describe('local-aws: clusters, capacity providers, tags', () => {
  afterEach(closeSubjects);

  it('has a default cluster, and creates, describes and deletes others', async () => {
    const { ecs } = await createSubject();
    await ecs.send(new CreateClusterCommand({ clusterName: 'mine', tags: [{ key: 'a', value: 'b' }] }));

    const described = await ecs.send(new DescribeClustersCommand({ clusters: ['mine', 'none'], include: ['TAGS'] }));
    const before = await ecs.send(new ListClustersCommand({}));
    await ecs.send(new DeleteClusterCommand({ cluster: 'mine' }));
    const after = await ecs.send(new ListClustersCommand({}));

    expect(described.clusters?.[0]).to.deep.include({
      clusterName: 'mine',
      status: 'ACTIVE',
      tags: [{ key: 'a', value: 'b' }],
    });
    expect(described.failures?.[0]?.reason).to.equal('MISSING');
    expect(before.clusterArns?.map((arn) => arn.split('/')[1])).to.deep.equal(['default', 'mine']);
    expect(after.clusterArns?.map((arn) => arn.split('/')[1])).to.deep.equal(['default']);
  });

  it('counts the tasks of a cluster and does not delete one that has tasks', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);
    await subject.aws.ecs.whenTask(await launchOne(subject), 'RUNNING');

    const { clusters } = await subject.ecs.send(new DescribeClustersCommand({}));
    expect(clusters?.[0]).to.include({ runningTasksCount: 1, pendingTasksCount: 0 });
    await refusal(subject.ecs.send(new DeleteClusterCommand({ cluster: 'default' })), 'ClusterContainsTasksException');
  });

  it('accepts only associated providers in a strategy, and uses the default strategy', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);
    await subject.ecs.send(new CreateClusterCommand({ clusterName: 'mine' }));
    const spot = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
    const request = { cluster: 'mine', launchType: undefined };

    await refusal(
      launch(subject, { ...request, capacityProviderStrategy: spot }),
      'InvalidParameterException',
      /not associated with the cluster/,
    );
    await subject.ecs.send(
      new PutClusterCapacityProvidersCommand({
        cluster: 'mine',
        capacityProviders: ['FARGATE_SPOT'],
        defaultCapacityProviderStrategy: spot,
      }),
    );
    const { tasks } = await launch(subject, request);
    const { capacityProviders } = await subject.ecs.send(new DescribeCapacityProvidersCommand({}));

    expect(tasks?.[0]).to.include({ capacityProviderName: 'FARGATE_SPOT', launchType: 'FARGATE' });
    expect(capacityProviders?.map((provider) => provider.name)).to.deep.equal(['FARGATE', 'FARGATE_SPOT']);
  });

  it('tags and untags tasks, task definitions and clusters by ARN', async () => {
    const subject = await createSubject(SIMULATED);
    const definition = await registerFargate(subject);
    const task = await launchOne(subject);
    const cluster = 'arn:aws:ecs:us-east-1:123456789012:cluster/default';

    for (const resourceArn of [definition, task, cluster]) {
      const tags = [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ];
      await subject.ecs.send(new TagResourceCommand({ resourceArn, tags }));
      await subject.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
      const listed = await subject.ecs.send(new ListTagsForResourceCommand({ resourceArn }));
      expect(listed.tags).to.deep.equal([{ key: 'b', value: '2' }]);
    }
    await refusal(
      subject.ecs.send(new TagResourceCommand({ resourceArn: 'nothing', tags: [] })),
      'InvalidParameterException',
    );
  });
});
