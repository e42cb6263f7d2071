import { expect } from 'chai';
import { readTasks } from '../../../src/aws/adapters/read-tasks.js';
import { SdkEcsApi } from '../../../src/aws/adapters/sdk-ecs-api.js';
import { UnreadableAnswer } from '../../../src/aws/connection/read-answer.js';

const WIRE = {
  taskArn: 'arn:1',
  clusterArn: 'arn:cluster',
  taskDefinitionArn: 'arn:definition',
  group: 'family:etl',
  startedBy: 'wh/1',
  launchType: 'FARGATE',
  capacityProviderName: 'FARGATE',
  availabilityZone: 'us-east-1a',
  lastStatus: 'STOPPED',
  desiredStatus: 'STOPPED',
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'why',
  version: 5,
  createdAt: 1_767_225_600.123,
  pullStartedAt: 1_767_225_601,
  pullStoppedAt: 1_767_225_602,
  startedAt: 1_767_225_603,
  stoppingAt: 1_767_225_604,
  executionStoppedAt: 1_767_225_605,
  stoppedAt: 1_767_225_606,
  containers: [
    {
      containerArn: 'arn:container',
      name: 'prefect',
      image: 'etl:1',
      lastStatus: 'STOPPED',
      exitCode: 0,
      reason: 'none',
      runtimeId: 'r',
      networkInterfaces: [{ privateIpv4Address: '10.0.0.1' }],
    },
  ],
  tags: [{ key: 'team', value: 'ä' }],
  overrides: { containerOverrides: [{ name: 'prefect' }] },
  attachments: [{ type: 'ElasticNetworkInterface' }],
};

const { overrides: _, attachments: __, ...KNOWN } = WIRE;
const TASK = {
  ...KNOWN,
  createdAt: '2026-01-01T00:00:00.123Z',
  pullStartedAt: '2026-01-01T00:00:01.000Z',
  pullStoppedAt: '2026-01-01T00:00:02.000Z',
  startedAt: '2026-01-01T00:00:03.000Z',
  stoppingAt: '2026-01-01T00:00:04.000Z',
  executionStoppedAt: '2026-01-01T00:00:05.000Z',
  stoppedAt: '2026-01-01T00:00:06.000Z',
  containers: [
    {
      containerArn: 'arn:container',
      name: 'prefect',
      image: 'etl:1',
      lastStatus: 'STOPPED',
      exitCode: 0,
      reason: 'none',
      runtimeId: 'r',
    },
  ],
};

function bytesOf(answer: unknown): Uint8Array {
  return new TextEncoder().encode(typeof answer === 'string' ? answer : JSON.stringify(answer));
}

describe('the tasks in a response', () => {
  it('have the members that the worker knows, with times as RFC 3339', () => {
    const failures = [{ arn: 'arn:2', reason: 'MISSING' }];
    expect(readTasks(bytesOf({ tasks: [WIRE], failures }))).to.deep.equal({ tasks: [TASK], failures });
  });

  it('lack what is absent or no value', () => {
    const wire = { taskArn: 'arn:1', stoppedReason: null, startedAt: null, stoppedAt: 1e300, tags: null };
    expect(readTasks(bytesOf({ tasks: [wire] })).tasks).to.deep.equal([{ taskArn: 'arn:1' }]);
  });

  it('omit what is no task', () => {
    expect(readTasks(bytesOf({ tasks: [7, null, { taskArn: 7 }, WIRE] })).tasks).to.deep.equal([TASK]);
  });

  for (const [what, body] of [
    ['that is no JSON', '<html>'],
    ['that is a list', []],
    ['without tasks and failures', { message: 'hello' }],
    ['whose tasks are no list', { tasks: 7 }],
  ] as const)
    it(`are not read from a body ${what}`, () => {
      expect(() => readTasks(bytesOf(body))).to.throw(UnreadableAnswer);
    });
});

describe('DescribeTasks with the AWS SDK', () => {
  const api = (bodyOf: () => unknown, statusCode = 200) =>
    new SdkEcsApi(async () => ({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
      requestHandler: {
        handle: async () => ({
          response: { statusCode, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: bodyOf() },
        }),
      } as never,
    }));
  const describeTasks = (subject: SdkEcsApi) => subject.describeTasks({ cluster: 'analytics', tasks: ['arn:1'] });

  it('reads the tasks of a body that is complete without the SDK', async () => {
    const { tasks, failures } = await describeTasks(api(() => bytesOf({ tasks: [WIRE], failures: [] })));
    expect([tasks, failures]).to.deep.equal([[TASK], []]);
  });

  it('leaves an error to the SDK', async () => {
    const subject = api(() => bytesOf({ __type: 'ClusterNotFoundException', message: 'no' }), 400);
    const error: unknown = await describeTasks(subject).catch((each: unknown) => each);
    expect(error).to.deep.include({ name: 'ClusterNotFoundException', message: 'no' });
  });
});
