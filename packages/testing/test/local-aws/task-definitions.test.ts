import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import {
  isFargatePair,
  parseCpuUnits,
  parseMemoryMib,
} from '../../src/local-aws/ecs/task-definitions/fargate-sizes.js';
import {
  closeSubjects,
  createSubject,
  launch,
  launchOne,
  ManualClock,
  NO_PHASES,
  refusal,
  registerFargate,
} from './support.js';

type Registration = RegisterTaskDefinitionCommandInput;

describe('local-aws: task definitions', () => {
  afterEach(closeSubjects);

  it('fills in the defaults of AWS, and keeps the rest as sent', async () => {
    const { ecs } = await createSubject();

    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'job',
        cpu: '1 vCPU',
        memory: '2GB',
        containerDefinitions: [
          {
            name: 'main',
            image: 'any',
            portMappings: [{ containerPort: 80 }],
            healthCheck: { command: ['CMD', 'true'] },
          },
        ],
      }),
    );

    expect(taskDefinition).to.deep.include({
      family: 'job',
      revision: 1,
      status: 'ACTIVE',
      networkMode: 'bridge',
      cpu: '1024',
      memory: '2048',
      volumes: [],
      placementConstraints: [],
      compatibilities: ['EXTERNAL', 'EC2'],
    });
    expect(taskDefinition).not.to.have.property('requiresCompatibilities');
    expect(taskDefinition?.registeredAt).to.be.instanceOf(Date);
    expect(taskDefinition?.containerDefinitions).to.deep.equal([
      {
        name: 'main',
        image: 'any',
        cpu: 0,
        essential: true,
        environment: [],
        portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        healthCheck: { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 },
      },
    ]);
  });

  for (const [what, definition, compatibilities] of [
    ['awsvpc of a Fargate size', { networkMode: 'awsvpc', cpu: '256', memory: '512' }, 'EC2 MANAGED_INSTANCES FARGATE'],
    ['awsvpc of another size', { networkMode: 'awsvpc', memory: '128' }, 'EC2 MANAGED_INSTANCES'],
    ['the host network', { networkMode: 'host', memory: '128' }, 'EXTERNAL EC2 MANAGED_INSTANCES'],
    ['bridge mode', { networkMode: 'bridge', memory: '128' }, 'EXTERNAL EC2'],
  ] as const) {
    it(`determines where a definition in ${what} can run`, async () => {
      const { ecs } = await createSubject();

      const { taskDefinition } = await ecs.send(
        new RegisterTaskDefinitionCommand({
          family: 'job',
          containerDefinitions: [{ name: 'main', image: 'any' }],
          ...definition,
        }),
      );

      expect(taskDefinition?.compatibilities?.join(' ')).to.equal(compatibilities);
    });
  }

  it('finds a revision by family, family:revision and ARN, with tags only on request', async () => {
    const subject = await createSubject();
    const first = await registerFargate(subject, 'job', {}, { tags: [{ key: 'a', value: 'b' }] });
    await registerFargate(subject);
    const describe = (taskDefinition: string, include: 'TAGS'[] = []) =>
      subject.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include }));

    expect((await describe('job')).taskDefinition?.revision).to.equal(2);
    expect((await describe('job:1')).taskDefinition?.revision).to.equal(1);
    expect((await describe(first)).tags ?? []).to.deep.equal([]);
    expect((await describe(first, ['TAGS'])).tags).to.deep.equal([{ key: 'a', value: 'b' }]);
    await refusal(describe('other'), 'ClientException', 'Unable to describe task definition.');
  });

  it('deregisters, rejects launches after that, deletes, and never reuses a revision number', async () => {
    const subject = await createSubject();
    const arn = await registerFargate(subject);
    const remove = () => subject.ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [arn] }));

    expect((await remove()).failures).to.have.length(1);
    const { taskDefinition } = await subject.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
    expect(taskDefinition?.status).to.equal('INACTIVE');
    await refusal(launch(subject, { taskDefinition: arn }), 'ClientException', 'TaskDefinition is inactive');
    await refusal(launch(subject), 'ClientException', 'TaskDefinition not found.');
    expect((await remove()).taskDefinitions?.[0]?.status).to.equal('DELETE_IN_PROGRESS');

    await refusal(
      subject.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn })),
      'ClientException',
      'Unable to describe task definition.',
    );
    expect(await registerFargate(subject)).to.match(/:2$/);
  });

  it('lets a deregistered definition start tasks for ten minutes on request', async () => {
    const clock = new ManualClock();
    const subject = await createSubject({ clock, phases: NO_PHASES, simulate: 'sleep=forever' });
    for (const family of ['job', 'other']) {
      const arn = await registerFargate(subject, family);
      await subject.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
    }
    const start = (taskDefinition: string) => launch(subject, { taskDefinition });
    await refusal(start('job:1'), 'ClientException', 'TaskDefinition is inactive');
    subject.aws.faults.add({ type: 'inactive-grace', match: { family: 'job' } });

    clock.advance(10 * 60_000 - 1);
    expect((await start('job:1')).tasks).to.have.length(1);
    await refusal(start('other:1'), 'ClientException', 'TaskDefinition is inactive');
    clock.advance(1);
    await refusal(start('job:1'), 'ClientException', 'TaskDefinition is inactive');
  });

  it('rejects an inactive definition with the assumed error class', async () => {
    const subject = await createSubject({ assumptions: { inactiveIsInvalidParameter: true } });
    const arn = await registerFargate(subject);
    await subject.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));

    await refusal(launch(subject, { taskDefinition: arn }), 'InvalidParameterException', 'TaskDefinition is inactive');
  });

  it('does not affect running tasks when their definition is deregistered and deleted', async () => {
    const subject = await createSubject({ simulate: 'sleep=forever' });
    const arn = await registerFargate(subject);
    const task = await launchOne(subject);

    await subject.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn }));
    await subject.ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [arn] }));

    expect((await subject.aws.ecs.whenTask(task, 'RUNNING')).lastStatus).to.equal('RUNNING');
    const described = await subject.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
    expect(described.taskDefinition?.status).to.equal('DELETE_IN_PROGRESS');
  });

  it('lists revisions and families in pages', async () => {
    const subject = await createSubject();
    for (const family of ['b', 'a', 'a']) await registerFargate(subject, family);

    const first = await subject.ecs.send(new ListTaskDefinitionsCommand({ maxResults: 2 }));
    const second = await subject.ecs.send(
      new ListTaskDefinitionsCommand({ maxResults: 2, nextToken: first.nextToken }),
    );
    const families = await subject.ecs.send(new ListTaskDefinitionFamiliesCommand({ familyPrefix: 'a' }));

    const arns = [...(first.taskDefinitionArns ?? []), ...(second.taskDefinitionArns ?? [])];
    expect(arns.map((arn) => arn.split('/')[1])).to.deep.equal(['a:1', 'a:2', 'b:1']);
    expect(second.nextToken).to.equal(undefined);
    expect(families.families).to.deep.equal(['a']);
  });

  const container = { name: 'main', image: 'any', memory: 128 };
  const fargate: Pick<Registration, 'networkMode' | 'requiresCompatibilities' | 'cpu' | 'memory'> = {
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
  };
  const awslogs = (options: Record<string, string>) => ({
    logConfiguration: { logDriver: 'awslogs' as const, options },
  });
  const logged = { 'awslogs-group': 'g', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'p' };
  const refused: readonly [string, Registration, string | RegExp][] = [
    [
      'a family with a space',
      { family: 'a b', containerDefinitions: [container] },
      'Family contains invalid characters.',
    ],
    ['no container', { family: 'a', containerDefinitions: [] }, 'Container list cannot be empty.'],
    [
      'a container without image',
      { family: 'a', containerDefinitions: [{ name: 'main' }] },
      'Container.image should not be null or empty.',
    ],
    [
      'a container without memory',
      { family: 'a', containerDefinitions: [{ name: 'main', image: 'any' }] },
      /^Invalid setting for container 'main'/,
    ],
    [
      'no essential container',
      { family: 'a', containerDefinitions: [{ ...container, essential: false }] },
      /must be essential/,
    ],
    ['two containers of one name', { family: 'a', containerDefinitions: [container, container] }, /unique/],
    [
      'Fargate in bridge mode',
      { family: 'a', ...fargate, networkMode: 'bridge', containerDefinitions: [container] },
      'Fargate only supports network mode ‘awsvpc’.',
    ],
    [
      'Fargate without cpu',
      { family: 'a', ...fargate, cpu: undefined, containerDefinitions: [container] },
      "Fargate requires that 'cpu' be defined at the task level.",
    ],
    [
      'a size that Fargate has not',
      { family: 'a', ...fargate, memory: '4096', containerDefinitions: [container] },
      'No Fargate configuration exists for given values.',
    ],
    [
      'a cpu that Fargate has not',
      { family: 'a', ...fargate, cpu: '300', containerDefinitions: [container] },
      "Invalid 'cpu' setting for task.",
    ],
    [
      'awslogs on Fargate without execution role',
      { family: 'a', ...fargate, containerDefinitions: [{ ...container, ...awslogs(logged) }] },
      /execution role ARN to support log driver awslogs/,
    ],
    [
      'awslogs without a group',
      { family: 'a', containerDefinitions: [{ ...container, ...awslogs({}) }] },
      'Log driver awslogs requires options: awslogs-group, awslogs-region',
    ],
    [
      'more than 64 KiB',
      { family: 'a', containerDefinitions: [{ ...container, command: ['x'.repeat(65_536)] }] },
      /Max allowed length is '65536' bytes/,
    ],
  ];
  for (const [what, request, text] of refused) {
    it(`rejects ${what}`, async () => {
      const { ecs } = await createSubject();

      await refusal(ecs.send(new RegisterTaskDefinitionCommand(request)), 'ClientException', text);
    });
  }

  it('accepts Fargate sizes at their limits, and sizes with units', () => {
    expect(isFargatePair(256, 2048)).to.equal(true);
    expect(isFargatePair(256, 3072)).to.equal(false);
    expect(isFargatePair(8192, 16_384 + 4096)).to.equal(true);
    expect(isFargatePair(8192, 16_384 + 1024)).to.equal(false);
    expect(isFargatePair(16_384, 122_880)).to.equal(true);
    expect([parseCpuUnits('.5 vCPU'), parseCpuUnits('2048'), parseMemoryMib('0.5 gb')]).to.deep.equal([512, 2048, 512]);
    expect(parseCpuUnits('much')).to.be.NaN;
  });
});
