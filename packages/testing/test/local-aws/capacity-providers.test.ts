import { expect } from 'chai';

import { FakeClock, settle } from '../../src/index.js';
import { createInProcessAws, type InProcessAws, type InProcessAwsOptions } from '../../src/local-aws/index.js';
import { refusal } from './support.js';

const MINUTE_MS = 60_000;
const TEMPLATE = {
  ec2InstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/ecsInstanceRole',
  networkConfiguration: { subnets: ['subnet-default-a'] },
};
const MANAGED = {
  infrastructureRoleArn: 'arn:aws:iam::123456789012:role/infrastructure',
  instanceLaunchTemplate: TEMPLATE,
};

type Input = Record<string, unknown>;
type TaskAnswer = Readonly<Record<string, unknown>>;

interface Subject {
  readonly aws: InProcessAws;
  readonly clock: FakeClock;
  run(request?: Input): Promise<{ tasks: TaskAnswer[]; failures: { reason?: string }[] }>;
  associate(capacityProviders: string[], defaultStrategy?: Input[]): Promise<unknown>;
}

/** A cluster `default` with the providers `asg`, `plain` (without managed scaling) and `mi`. */
async function createSubject(options: InProcessAwsOptions = {}): Promise<Subject> {
  const clock = new FakeClock();
  const aws = createInProcessAws({ clock, simulate: 'sleep=forever', containerInstances: 0, ...options });
  const autoScalingGroupArn = 'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:x:autoScalingGroupName/y';
  await aws.call('ecs:CreateCapacityProvider', {
    name: 'asg',
    autoScalingGroupProvider: { autoScalingGroupArn, managedScaling: { status: 'ENABLED' } },
  });
  await aws.call('ecs:CreateCapacityProvider', { name: 'plain', autoScalingGroupProvider: { autoScalingGroupArn } });
  await aws.call('ecs:CreateCapacityProvider', { name: 'mi', cluster: 'default', managedInstancesProvider: MANAGED });
  const subject: Subject = {
    aws,
    clock,
    run: async (request = {}) =>
      (await aws.call('ecs:RunTask', { taskDefinition: 'host', ...request })) as Awaited<ReturnType<Subject['run']>>,
    associate: (capacityProviders, defaultCapacityProviderStrategy = []) =>
      aws.call('ecs:PutClusterCapacityProviders', {
        cluster: 'default',
        capacityProviders,
        defaultCapacityProviderStrategy,
      }),
  };
  await subject.associate(['asg', 'plain', 'FARGATE']);
  for (const networkMode of ['host', 'bridge', 'awsvpc']) {
    await aws.call('ecs:RegisterTaskDefinition', {
      family: networkMode,
      networkMode,
      memory: '128',
      containerDefinitions: [{ name: 'main', image: 'any' }],
    });
  }
  return subject;
}

function on(...names: string[]): Input {
  return { capacityProviderStrategy: names.map((capacityProvider) => ({ capacityProvider, weight: 1 })) };
}

async function statuses({ aws, clock }: Subject): Promise<string[]> {
  await clock.advance(30);
  return aws.ecs.tasks().map(({ lastStatus }) => lastStatus);
}

describe('local-aws: capacity providers', () => {
  it('are described by kind, with their settings, including those limited to one cluster', async () => {
    const { aws } = await createSubject();
    const describeThem = async (input: Input) => {
      const answer = await aws.call('ecs:DescribeCapacityProviders', input);
      return (answer.capacityProviders as TaskAnswer[]).map(({ name, type }) => [name, type]);
    };

    expect(await describeThem({})).to.deep.equal([
      ['FARGATE', 'FARGATE'],
      ['FARGATE_SPOT', 'FARGATE_SPOT'],
      ['asg', 'EC2_AUTOSCALING'],
      ['plain', 'EC2_AUTOSCALING'],
      ['mi', 'MANAGED_INSTANCES'],
    ]);
    expect(await describeThem({ cluster: 'default' })).to.deep.equal([['mi', 'MANAGED_INSTANCES']]);
    const one = await aws.call('ecs:DescribeCapacityProviders', { capacityProviders: ['mi', 'none'] });
    expect(one).to.have.deep.nested.property('capacityProviders[0].managedInstancesProvider', MANAGED);
    expect(one.failures).to.deep.equal([
      { arn: 'arn:aws:ecs:us-east-1:123456789012:capacity-provider/none', reason: 'MISSING' },
    ]);
    const { clusters } = await aws.call('ecs:DescribeClusters', {});
    expect(clusters).to.have.deep.nested.property('[0].capacityProviders', ['asg', 'plain', 'FARGATE', 'mi']);
  });

  for (const [what, input, text] of [
    ['without a name', { name: '', managedInstancesProvider: MANAGED }, 'CapacityProvider name must not be blank'],
    ['of a reserved name', { name: 'FargateMine', managedInstancesProvider: MANAGED }, /cannot be prefixed/],
    [
      'that is there already',
      { name: 'asg', autoScalingGroupProvider: { autoScalingGroupArn: 'x' } },
      /already exists/,
    ],
    ['of no kind', { name: 'new' }, /Specify either/],
    [
      'of Managed Instances without a cluster',
      { name: 'new', managedInstancesProvider: MANAGED },
      'Amazon ECS Managed Instances Provider is not supported without a Cluster Name',
    ],
    [
      'of Managed Instances without an instance profile',
      { name: 'new', cluster: 'default', managedInstancesProvider: { ...MANAGED, instanceLaunchTemplate: {} } },
      'Amazon ECS Managed Instances capacity provider must specify an instance profile',
    ],
    [
      'of Managed Instances without a role',
      { name: 'new', cluster: 'default', managedInstancesProvider: { instanceLaunchTemplate: TEMPLATE } },
      'Amazon ECS Managed Instances capacity provider must specify an InfrastructureRole',
    ],
    [
      'of Managed Instances without subnets',
      {
        name: 'new',
        cluster: 'default',
        managedInstancesProvider: {
          ...MANAGED,
          instanceLaunchTemplate: { ...TEMPLATE, networkConfiguration: { subnets: [] } },
        },
      },
      'Amazon ECS Managed Instances capacity provider must specify a Network Configuration with non empty subnets',
    ],
  ] as const) {
    it(`are not created ${what}`, async () => {
      const { aws } = await createSubject();

      await refusal(aws.call('ecs:CreateCapacityProvider', input), 'ClientException', text);
    });
  }

  it('are deleted, and removed from a cluster, only if no task and no cluster needs them', async () => {
    const subject = await createSubject();
    const remove = (capacityProvider: string) => subject.aws.call('ecs:DeleteCapacityProvider', { capacityProvider });
    const { tasks } = await subject.run(on('asg'));
    await subject.run(on('mi'));

    await refusal(subject.associate(['plain']), 'ResourceInUseException');
    await refusal(remove('asg'), 'ClientException', /is in use/);
    await refusal(remove('mi'), 'ClientException', /is in use/);
    await refusal(remove('FARGATE'), 'InvalidParameterException');
    await subject.aws.call('ecs:StopTask', { task: tasks[0]?.taskArn });
    await subject.clock.advance(30);
    await subject.associate(['plain']);
    const deleted = await remove('asg');
    await refusal(subject.run(on('asg')), 'InvalidParameterException', /was not found/);

    expect(deleted).to.have.nested.property('capacityProvider.status', 'INACTIVE');
  });

  it('launch on their own instances, with the launch type of their kind', async () => {
    const subject = await createSubject();

    const asg = await subject.run({ ...on('asg'), clientToken: 'one' });
    const mi = await subject.run(on('mi'));
    await subject.clock.advance(30);
    const { tasks } = await subject.aws.call('ecs:DescribeTasks', {
      tasks: [asg.tasks[0]?.taskArn, mi.tasks[0]?.taskArn],
    });

    expect(await subject.run({ ...on('asg'), clientToken: 'one' })).to.deep.equal(asg);
    expect(asg.tasks[0]).to.include({ launchType: 'EC2', capacityProviderName: 'asg', lastStatus: 'PROVISIONING' });
    expect(asg.tasks[0]).not.to.have.property('containerInstanceArn');
    expect(mi.tasks[0]).to.include({ launchType: 'MANAGED_INSTANCES', capacityProviderName: 'mi' });
    const instances = (tasks as TaskAnswer[]).map(({ containerInstanceArn }) => containerInstanceArn);
    for (const arn of instances) {
      expect(arn).to.match(/^arn:aws:ecs:us-east-1:123456789012:container-instance\/default\/[0-9a-f]{32}$/);
    }
    expect(new Set(instances).size).to.equal(2);
  });

  it('of the default strategy are used if neither launch type nor strategy is given', async () => {
    const subject = await createSubject();

    await refusal(subject.run(), 'InvalidParameterException', 'No Container Instances were found in your cluster.');
    await subject.associate(['asg', 'plain', 'FARGATE'], [{ capacityProvider: 'mi', weight: 1 }]);
    const { tasks } = await subject.run();
    await refusal(
      subject.run({ launchType: 'EC2' }),
      'InvalidParameterException',
      'No Container Instances were found in your cluster.',
    );

    expect(tasks[0]).to.include({ launchType: 'MANAGED_INSTANCES', capacityProviderName: 'mi' });
  });

  for (const [what, request, text] of [
    [
      'a mix of Fargate and Auto Scaling groups',
      on('asg', 'FARGATE'),
      /cannot contain a mix of capacity providers using Auto Scaling groups and Fargate/,
    ],
    ['a mix with Managed Instances', on('asg', 'mi'), /mix of Managed Instances/],
    ['a provider of another cluster', { ...on('mi'), cluster: 'other' }, /not associated with the cluster/],
    [
      'Managed Instances as a launch type',
      { launchType: 'MANAGED_INSTANCES' },
      'Invalid launch type: MANAGED_INSTANCES',
    ],
    [
      'a bridge definition on Managed Instances',
      { ...on('mi'), taskDefinition: 'bridge' },
      'Task definition does not support launch_type MANAGED_INSTANCES.',
    ],
    [
      'a placement strategy on Managed Instances',
      { ...on('mi'), placementStrategy: [{ type: 'random' }] },
      /Placement strategies are not supported/,
    ],
    [
      'a platform version on an Auto Scaling group',
      { ...on('asg'), platformVersion: 'LATEST' },
      /platform version must be null/,
    ],
  ] as const) {
    it(`reject ${what}`, async () => {
      const subject = await createSubject();
      await subject.aws.call('ecs:CreateCluster', { clusterName: 'other' });

      await refusal(subject.run(request), 'InvalidParameterException', text);
      expect(subject.aws.ecs.tasks()).to.have.length(0);
    });
  }

  it('reject a public address, Managed Instances with the assumed message', async () => {
    const subject = await createSubject();
    const subnets = [...subject.aws.network.subnets.keys()];
    const open = { awsvpcConfiguration: { subnets, assignPublicIp: 'ENABLED' } };
    const request = { taskDefinition: 'awsvpc', networkConfiguration: open };
    const plain = 'Assign public IP is not supported for this launch type.';

    await refusal(subject.run({ ...request, ...on('asg') }), 'InvalidParameterException', plain);
    await refusal(subject.run({ ...request, ...on('mi') }), 'InvalidParameterException', plain);
    subject.aws.assumptions.set({ publicIpRefusalNamesProvider: true });
    await refusal(subject.run({ ...request, ...on('asg') }), 'InvalidParameterException', plain);
    await refusal(subject.run({ ...request, ...on('mi') }), 'InvalidParameterException', /capacity providers?\.$/);
    const { tasks } = await subject.run({
      ...request,
      ...on('mi'),
      networkConfiguration: { awsvpcConfiguration: { subnets } },
    });

    expect(tasks).to.have.length(1);
  });

  it('queue tasks for room in order of launch', async () => {
    const subject = await createSubject();
    subject.aws.faults.add({ type: 'capacity-wait', room: 2, match: { capacityProvider: 'asg' } });
    await subject.run({ ...on('asg'), count: 4 });
    await subject.run(on('mi'));

    expect(await statuses(subject)).to.deep.equal(['RUNNING', 'RUNNING', 'PROVISIONING', 'PROVISIONING', 'RUNNING']);
    const [first] = subject.aws.ecs.tasks();
    await subject.aws.call('ecs:StopTask', { task: first?.taskArn });
    expect(await statuses(subject)).to.deep.equal(['STOPPED', 'RUNNING', 'RUNNING', 'PROVISIONING', 'RUNNING']);
  });

  it('count the room of each cluster and provider separately', async () => {
    const subject = await createSubject();
    await subject.aws.call('ecs:CreateCluster', { clusterName: 'other', capacityProviders: ['asg'] });
    subject.aws.faults.add({ type: 'capacity-wait', room: 1 });
    await subject.run({ ...on('asg'), count: 2 });
    await subject.run({ ...on('asg'), cluster: 'other' });
    await subject.run(on('mi'));

    expect(await statuses(subject)).to.deep.equal(['RUNNING', 'PROVISIONING', 'RUNNING', 'RUNNING']);
  });

  it('add an instance for a waiting task after a while, and stop a waiting task on request', async () => {
    const subject = await createSubject();
    subject.aws.faults.add({ type: 'capacity-wait', waitMs: 3 * MINUTE_MS });
    const { tasks } = await subject.run({ ...on('mi'), count: 2 });
    await subject.clock.advance(3 * MINUTE_MS - 30);

    expect(await statuses(subject)).to.deep.equal(['PROVISIONING', 'PROVISIONING']);
    await subject.aws.call('ecs:StopTask', { task: tasks[1]?.taskArn, reason: 'enough' });
    expect(await statuses(subject)).to.deep.equal(['RUNNING', 'STOPPED']);
    expect(subject.aws.ecs.task(String(tasks[1]?.taskArn))).to.include({
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
    });
  });

  it('place waiting tasks when the fault is removed or over', async () => {
    const subject = await createSubject();
    const { id } = subject.aws.faults.add({ type: 'capacity-wait', match: { capacityProvider: 'asg' } });
    subject.aws.faults.add({ type: 'capacity-wait', forMs: MINUTE_MS, match: { capacityProvider: 'mi' } });
    await subject.run(on('asg'));
    await subject.run(on('mi'));

    expect(await statuses(subject)).to.deep.equal(['PROVISIONING', 'PROVISIONING']);
    subject.aws.faults.remove(id);
    expect(await statuses(subject)).to.deep.equal(['RUNNING', 'PROVISIONING']);
    await subject.clock.advance(MINUTE_MS);
    expect(await statuses(subject)).to.deep.equal(['RUNNING', 'RUNNING']);
  });

  it('fail the start of a task that has waited for half an hour', async () => {
    const subject = await createSubject();
    subject.aws.faults.add({ type: 'capacity-wait', match: { capacityProvider: 'asg' } });
    subject.aws.faults.add({ type: 'capacity-wait', room: 1, match: { capacityProvider: 'mi' } });
    await subject.run(on('asg'));
    await subject.run({ ...on('mi'), count: 2 });
    await subject.clock.advance(30 * MINUTE_MS - 60);

    expect(await statuses(subject)).to.deep.equal(['PROVISIONING', 'RUNNING', 'PROVISIONING']);
    await subject.clock.advance(60);
    const [empty, , full] = subject.aws.ecs.tasks();
    expect(empty).to.include({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'TaskFailedToStart: EMPTY CAPACITY PROVIDER',
    });
    expect(full?.stoppedReason).to.equal('TaskFailedToStart: RESOURCE:CPU');
    expect(empty?.exitCodes).to.deep.equal({ main: null });
  });

  it('without managed scaling reject tasks without room', async () => {
    const subject = await createSubject();
    subject.aws.faults.add({ type: 'capacity-wait', room: 1 });
    const first = await subject.run(on('plain'));
    await settle();
    await subject.clock.advance(30);
    const second = await subject.run(on('plain'));

    expect([first.tasks.length, first.failures.length]).to.deep.equal([1, 0]);
    expect(second.tasks).to.deep.equal([]);
    expect(second.failures.map(({ reason }) => reason)).to.deep.equal(['RESOURCE:CPU']);
  });

  it('of Auto Scaling groups allow at most 500 waiting tasks per cluster', async () => {
    const subject = await createSubject();
    subject.aws.faults.add({ type: 'capacity-wait' });
    for (let call = 0; call < 50; call += 1) await subject.run({ ...on('asg'), count: 10 });

    await refusal(subject.run(on('asg')), 'ClientException', 'Tasks provisioning capacity limit exceeded.');
    expect((await subject.run({ ...on('mi'), count: 10 })).tasks).to.have.length(10);
    const [task] = subject.aws.ecs.tasks();
    await subject.aws.call('ecs:StopTask', { task: task?.taskArn });
    expect((await subject.run(on('asg'))).tasks).to.have.length(1);
  });
});
