import {
  CreateClusterCommand,
  DeleteClusterCommand,
  RegisterTaskDefinitionCommand,
  type RunTaskCommandInput,
} from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { closeSubjects, createSubject, fargateRequest, launch, refusal, registerFargate } from './support.js';

const SIMULATED = { simulate: 'sleep=forever' };

describe('local-aws: RunTask', () => {
  afterEach(closeSubjects);

  it('returns a task in PROVISIONING with the requested settings', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject, 'job', {}, { tags: [{ key: 'of', value: 'definition' }] });

    const { tasks, failures } = await launch(subject, {
      startedBy: 'run/1_a-b',
      tags: [{ key: 'of', value: 'task' }],
      propagateTags: 'TASK_DEFINITION',
      enableECSManagedTags: true,
      overrides: {
        cpu: '512',
        memory: '1024',
        containerOverrides: [{ name: 'main', environment: [{ name: 'A', value: '1' }] }],
      },
    });

    expect(failures).to.deep.equal([]);
    expect(tasks?.[0]).to.deep.include({
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      launchType: 'FARGATE',
      group: 'family:job',
      startedBy: 'run/1_a-b',
      cpu: '512',
      memory: '1024',
      platformVersion: '1.4.0',
      version: 1,
      tags: [
        { key: 'of', value: 'task' },
        { key: 'aws:ecs:clusterName', value: 'default' },
      ],
      overrides: {
        cpu: '512',
        memory: '1024',
        containerOverrides: [{ name: 'main', environment: [{ name: 'A', value: '1' }] }],
        inferenceAcceleratorOverrides: [],
      },
    });
    expect(tasks?.[0]?.taskArn).to.match(/^arn:aws:ecs:us-east-1:123456789012:task\/default\/[0-9a-f]{32}$/);
    expect(tasks?.[0]?.attachments?.[0]).to.include({ type: 'ElasticNetworkInterface', status: 'PRECREATED' });
  });

  it('distributes tasks over the providers of a strategy by base and weight', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);

    const { tasks } = await launch(subject, {
      launchType: undefined,
      count: 10,
      capacityProviderStrategy: [
        { capacityProvider: 'FARGATE', base: 2, weight: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 3 },
      ],
    });

    const names = tasks?.map((task) => task.capacityProviderName) ?? [];
    expect(names.slice(0, 2)).to.deep.equal(['FARGATE', 'FARGATE']);
    expect(names.filter((name) => name === 'FARGATE_SPOT')).to.have.length(6);
    expect(tasks?.[9]?.launchType).to.equal('FARGATE');
  });

  it('launches on EC2 in bridge mode, on an instance of the cluster', async () => {
    const subject = await createSubject(SIMULATED);
    const containerDefinitions = [{ name: 'main', image: 'any', memory: 128 }];
    await subject.ecs.send(new RegisterTaskDefinitionCommand({ family: 'plain', containerDefinitions }));

    const { tasks } = await launch(subject, {
      taskDefinition: 'plain',
      launchType: 'EC2',
      networkConfiguration: undefined,
    });

    expect(tasks?.[0]).to.include({ launchType: 'EC2', lastStatus: 'PENDING' });
    expect(tasks?.[0]?.containerInstanceArn).to.include('container-instance/default/');
  });

  it('rejects EC2 in a cluster without instances', async () => {
    const subject = await createSubject({ ...SIMULATED, containerInstances: 0 });
    const containerDefinitions = [{ name: 'main', image: 'any', memory: 128 }];
    await subject.ecs.send(new RegisterTaskDefinitionCommand({ family: 'plain', containerDefinitions }));
    const call = launch(subject, { taskDefinition: 'plain', launchType: 'EC2', networkConfiguration: undefined });

    await refusal(call, 'InvalidParameterException', 'No Container Instances were found in your cluster.');
  });

  it('distinguishes a cluster that never existed from a deleted one', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);
    await subject.ecs.send(new CreateClusterCommand({ clusterName: 'gone' }));
    await subject.ecs.send(new DeleteClusterCommand({ cluster: 'gone' }));

    await refusal(launch(subject, { cluster: 'never' }), 'ClusterNotFoundException', 'Cluster not found.');
    await refusal(
      launch(subject, { cluster: 'gone' }),
      'ClusterNotFoundException',
      'The referenced cluster was inactive.',
    );
  });

  const subnetIds = (count: number) => Array.from({ length: count }, (_, index) => `subnet-${index}`);
  const inSubnets = (subnets: string[], more = {}) => ({
    networkConfiguration: { awsvpcConfiguration: { subnets, ...more } },
  });
  const override = (value: string) => ({ containerOverrides: [{ name: 'main', environment: [{ name: 'A', value }] }] });
  const longest = 8192 - JSON.stringify(override('')).length;
  const refused: readonly [string, Partial<RunTaskCommandInput>, string, string | RegExp][] = [
    ['an unknown definition', { taskDefinition: 'none' }, 'ClientException', 'TaskDefinition not found.'],
    [
      'awsvpc without network configuration',
      { networkConfiguration: undefined },
      'InvalidParameterException',
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ],
    ['no subnet', inSubnets([]), 'InvalidParameterException', 'subnets can not be empty.'],
    ['17 subnets', inSubnets(subnetIds(17)), 'InvalidParameterException', 'subnets can have at most 16 items.'],
    [
      'an unknown subnet',
      inSubnets(['subnet-0']),
      'InvalidParameterException',
      /'subnet-0' does not exist \(ErrorCode: InvalidSubnetID.NotFound\)/,
    ],
    [
      '6 security groups',
      inSubnets(['subnet-0'], { securityGroups: subnetIds(6) }),
      'InvalidParameterException',
      'securityGroups can have at most 5 items.',
    ],
    [
      'a public address on EC2',
      { launchType: 'EC2' },
      'InvalidParameterException',
      'Assign public IP is not supported for this launch type.',
    ],
    [
      'a launch type with a strategy',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
      'InvalidParameterException',
      /^Specifying both a launch type and capacity provider strategy/,
    ],
    [
      'an unknown provider',
      { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: 'mine' }] },
      'InvalidParameterException',
      /^The specified capacity provider was not found/,
    ],
    [
      'an override of an unknown container',
      { overrides: { containerOverrides: [{ name: 'x', command: [] }] } },
      'InvalidParameterException',
      'Override for container named x is not a container in the TaskDefinition.',
    ],
    [
      'overrides above 8192 bytes',
      { overrides: override('a'.repeat(longest + 1)) },
      'InvalidParameterException',
      'Container Overrides length must be at most 8192',
    ],
    [
      'overrides above 8192 bytes by letters of two bytes',
      { overrides: override('ä'.repeat(longest / 2 + 1)) },
      'InvalidParameterException',
      /8192/,
    ],
    ['a count of 11', { count: 11 }, 'InvalidParameterException', /count/],
    ['a startedBy with a colon', { startedBy: 'a:b' }, 'InvalidParameterException', /startedBy/],
    ['a token of 65 characters', { clientToken: 'a'.repeat(65) }, 'InvalidParameterException', /clientToken/],
    ['51 tags', { tags: subnetIds(51).map((key) => ({ key, value: '' })) }, 'InvalidParameterException', /50/],
    ["a tag of AWS's own", { tags: [{ key: 'AWS:x', value: '' }] }, 'InvalidParameterException', /aws:/],
    [
      'a tag with a wrong character',
      { tags: [{ key: 'a*b', value: '' }] },
      'InvalidParameterException',
      /invalid characters/,
    ],
    ['an unknown platform', { platformVersion: '9.9.9' }, 'PlatformUnknownException', /platform/],
    ['tags of a service', { propagateTags: 'SERVICE' }, 'InvalidParameterException', /SERVICE/],
    [
      'a task size that Fargate has not',
      { overrides: { cpu: '256', memory: '8192' } },
      'ClientException',
      'No Fargate configuration exists for given values.',
    ],
    ['execute command without a task role', { enableExecuteCommand: true }, 'InvalidParameterException', /task role/],
  ];
  for (const [what, request, name, text] of refused) {
    it(`rejects ${what}, and starts nothing`, async () => {
      const subject = await createSubject(SIMULATED);
      await registerFargate(subject);

      await refusal(launch(subject, request), name, text);

      expect(subject.aws.ecs.tasks()).to.deep.equal([]);
    });
  }

  it('accepts overrides of 8192 bytes, 16 subnets, 50 tags and 10 tasks', async () => {
    const subnets = subnetIds(16).map((id, index) => ({ id, zone: 'a', cidr: `10.0.${index}.0/24` }));
    const subject = await createSubject({ ...SIMULATED, vpcs: [{ cidr: '10.0.0.0/16', isDefault: true, subnets }] });
    await registerFargate(subject);

    const { tasks } = await launch(subject, {
      ...inSubnets(subnetIds(16)),
      overrides: override('a'.repeat(longest)),
      tags: subnetIds(50).map((key) => ({ key, value: '' })),
      count: 10,
    });

    expect(tasks).to.have.length(10);
  });

  it('rejects network configuration for a definition in bridge mode', async () => {
    const subject = await createSubject(SIMULATED);
    const containerDefinitions = [{ name: 'main', image: 'any', memory: 128 }];
    await subject.ecs.send(new RegisterTaskDefinitionCommand({ family: 'plain', containerDefinitions }));
    const { networkConfiguration } = fargateRequest(subject);

    await refusal(
      launch(subject, { taskDefinition: 'plain', launchType: 'EC2', networkConfiguration }),
      'InvalidParameterException',
      'Network Configuration is not valid for the given networkMode of this task definition.',
    );
    await refusal(
      launch(subject, { taskDefinition: 'plain', networkConfiguration: undefined }),
      'InvalidParameterException',
      'Task definition does not support launch_type FARGATE.',
    );
  });
});
