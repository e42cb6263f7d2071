import { expect } from 'chai';

import { FakeClock, settle } from '../../src/index.js';
import {
  createInProcessAws,
  type InProcessAws,
  type InProcessAwsOptions,
  type SimulatedStart,
} from '../../src/local-aws/index.js';
import { refusal } from './support.js';

interface Subject {
  readonly aws: InProcessAws;
  readonly clock: FakeClock;
}

const PHASES = { provisioningMs: 1000, pendingMs: 500, pullMs: 250, deprovisioningMs: 100 };

async function createSubject(options: InProcessAwsOptions = {}): Promise<Subject> {
  const clock = new FakeClock();
  const aws = createInProcessAws({ clock, phases: PHASES, ...options });
  await aws.call('ecs:RegisterTaskDefinition', {
    family: 'job',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'main', image: 'any', stopTimeout: 10 }],
  });
  return { aws, clock };
}

function request(aws: InProcessAws, more: Record<string, unknown> = {}): Record<string, unknown> {
  const subnets = [...aws.network.subnets.keys()];
  return {
    taskDefinition: 'job',
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets } },
    ...more,
  };
}

async function launchOne({ aws }: Subject, more: Record<string, unknown> = {}): Promise<string> {
  const { tasks } = await aws.call('ecs:RunTask', request(aws, more));
  return (tasks as { taskArn: string }[])[0]?.taskArn ?? '';
}

async function describeOne({ aws }: Subject, taskArn: string): Promise<Record<string, unknown>> {
  const { tasks } = await aws.call('ecs:DescribeTasks', { tasks: [taskArn] });
  return (tasks as Record<string, unknown>[])[0] ?? {};
}

describe('local-aws: in process', () => {
  it('runs a task from launch to end on the clock alone', async () => {
    const subject = await createSubject({ simulate: 'sleep=60;exit=3' });
    const startedAtMs = subject.clock.nowMs();

    const arn = await launchOne(subject);
    const statuses: unknown[] = [];
    for (const ms of [0, 1000, 500, 250, 60_000, 100]) {
      await subject.clock.advance(ms);
      statuses.push((await describeOne(subject, arn)).lastStatus);
    }

    expect(statuses).to.deep.equal(['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEPROVISIONING', 'STOPPED']);
    const task = await describeOne(subject, arn);
    expect(task).to.have.nested.property('containers[0].exitCode', 3);
    expect(task.stoppedAt).to.equal((startedAtMs + 61_850) / 1000);
    expect(subject.clock.pendingSleeps).to.deep.equal([]);
  });

  it('lets a job function decide when and how its container ends', async () => {
    const starts: SimulatedStart[] = [];
    let end: (exitCode: number) => void = () => undefined;
    const subject = await createSubject({
      phases: 'fast',
      simulate: (start) => {
        starts.push(start);
        return new Promise((resolve) => {
          end = resolve;
        });
      },
    });
    const environment = [{ name: 'A', value: 'b' }];

    const arn = await launchOne(subject, {
      startedBy: 'me',
      overrides: { containerOverrides: [{ name: 'main', command: ['run'], environment }] },
    });
    await subject.clock.advance(15);
    end(7);
    await subject.clock.advance(5);

    expect(starts).to.have.length(1);
    expect(starts[0]).to.deep.include({ taskArn: arn, family: 'job', startedBy: 'me', container: 'main' });
    expect(starts[0]).to.deep.include({ command: ['run'], environment: { A: 'b' } });
    expect(subject.aws.ecs.task(arn).exitCodes).to.deep.equal({ main: 7 });
  });

  it('notifies a job of SIGTERM, and kills one that continues after the stop timeout', async () => {
    const starts: SimulatedStart[] = [];
    const subject = await createSubject({
      phases: 'fast',
      simulate: (start) => {
        starts.push(start);
        return new Promise(() => undefined);
      },
    });
    const arn = await launchOne(subject);
    await subject.clock.advance(15);

    await subject.aws.call('ecs:StopTask', { task: arn, reason: 'enough' });
    await settle();
    expect(starts[0]?.terminated.aborted).to.equal(true);
    await subject.clock.advance(9_999);
    expect(subject.aws.ecs.task(arn).lastStatus).to.equal('STOPPING');
    await subject.clock.advance(10);

    expect(subject.aws.ecs.task(arn)).to.include({ lastStatus: 'STOPPED', stoppedReason: 'enough' });
    expect(subject.aws.ecs.task(arn).exitCodes).to.deep.equal({ main: 137 });
  });

  it('treats a rejected job as exit code 1, and a returned text as a recipe', async () => {
    const jobs = [() => Promise.reject(new Error('broken')), () => 'exit=4'];
    const subject = await createSubject({ phases: 'fast', simulate: () => jobs.shift()?.() ?? '' });

    const rejected = await launchOne(subject);
    await subject.clock.advance(20);
    const recipe = await launchOne(subject);
    await subject.clock.advance(20);

    expect(subject.aws.ecs.task(rejected).exitCodes).to.deep.equal({ main: 1 });
    expect(subject.aws.ecs.task(recipe).exitCodes).to.deep.equal({ main: 4 });
  });

  it('rejects like the AWS SDK, with code, status and additional fields', async () => {
    const subject = await createSubject({ simulate: 'sleep=forever' });
    const arn = await launchOne(subject, { clientToken: 'one' });

    const conflict = await refusal(
      subject.aws.call('ecs:RunTask', request(subject.aws, { clientToken: 'one', startedBy: 'other' })),
      'ConflictException',
    );
    const unknown = await refusal(subject.aws.call('ecs:NoSuchOperation', {}), 'UnknownOperationException');

    expect(conflict).to.deep.include({ resourceIds: [arn], $fault: 'client' });
    expect(conflict).to.have.nested.property('$metadata.httpStatusCode', 400);
    expect(unknown.message).to.match(/ecs:NoSuchOperation/);
  });

  it('loses responses as a broken connection or an empty 500, after the effect or before', async () => {
    const subject = await createSubject({ simulate: 'sleep=forever' });
    subject.aws.faults.add({ type: 'lost-answer', operation: 'RunTask' });
    subject.aws.faults.add({ type: 'lost-answer', operation: 'RunTask', how: '500', when: 'before' });

    const reset = await subject.aws.call('ecs:RunTask', request(subject.aws)).catch((error: unknown) => error);
    expect(reset).to.include({ code: 'ECONNRESET' });
    expect(subject.aws.ecs.tasks()).to.have.length(1);
    const empty = await subject.aws.call('ecs:RunTask', request(subject.aws)).catch((error: unknown) => error);
    expect(empty).to.have.nested.property('$metadata.httpStatusCode', 500);
    expect(subject.aws.ecs.tasks()).to.have.length(1);
  });

  it('lets a caller abort during a latency, and rejects calls after it is closed', async () => {
    const subject = await createSubject();
    subject.aws.faults.add({ type: 'latency', ms: 60_000, operation: 'DescribeTasks' });
    const hangUp = new AbortController();

    const call = subject.aws.call('ecs:DescribeTasks', { tasks: ['x'] }, { signal: hangUp.signal });
    await settle();
    hangUp.abort();
    await refusal(call, 'AbortError');
    await subject.aws.close();
    await refusal(subject.aws.call('ecs:ListTasks', {}), 'AbortError');
  });

  it('shares no object with its callers', async () => {
    const subject = await createSubject({ simulate: 'sleep=forever' });
    const tags = [{ key: 'a', value: 'b' }];
    const arn = await launchOne(subject, { tags });
    tags[0] = { key: 'a', value: 'changed' };

    const first = await subject.aws.call('ecs:DescribeTasks', { tasks: [arn], include: ['TAGS'] });
    (first.tasks as { tags: { value: string }[] }[])[0]?.tags.splice(0);
    const second = await subject.aws.call('ecs:DescribeTasks', { tasks: [arn], include: ['TAGS'] });

    expect(second).to.have.deep.nested.property('tasks[0].tags', [{ key: 'a', value: 'b' }]);
  });

  it('responds for the account of the key, of an assumed role, or of the caller’s choice, and per region', async () => {
    const { aws } = await createSubject({ simulate: 'sleep=forever' });
    const { Credentials } = await aws.call('sts:AssumeRole', {
      RoleArn: 'arn:aws:iam::222222222222:role/other',
      RoleSessionName: 'test',
    });
    const { AccessKeyId } = Credentials as { AccessKeyId: string };
    const clusterOf = async (caller: object) => {
      const { clusters } = await aws.call('ecs:DescribeClusters', {}, caller);
      return (clusters as { clusterArn: string }[])[0]?.clusterArn;
    };

    expect(await clusterOf({})).to.equal('arn:aws:ecs:us-east-1:123456789012:cluster/default');
    expect(await clusterOf({ accessKeyId: AccessKeyId, region: 'eu-west-1' })).to.equal(
      'arn:aws:ecs:eu-west-1:222222222222:cluster/default',
    );
    expect(await clusterOf({ account: '333333333333' })).to.equal('arn:aws:ecs:us-east-1:333333333333:cluster/default');
    await refusal(clusterOf({ accessKeyId: 'ASIANEVERGIVEN' }), 'UnrecognizedClientException');
  });

  it('returns the same responses, including ids, for the same seed and calls', async () => {
    const play = async (seed: number) => {
      const subject = await createSubject({ seed, simulate: 'exit=0', phases: 'fast', eventsQueue: 'events' });
      subject.aws.faults.add({ type: 'capacity', probability: 0.5, times: 'always' });
      const answers: unknown[] = [];
      for (let call = 0; call < 10; call += 1) {
        answers.push(await subject.aws.call('ecs:RunTask', request(subject.aws, { count: 3 })));
        await subject.clock.advance(7);
      }
      const { QueueUrl } = await subject.aws.call('sqs:GetQueueUrl', { QueueName: 'events' });
      answers.push(await subject.aws.call('sqs:ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 }));
      answers.push(
        await subject.aws.call('sts:AssumeRole', {
          RoleArn: 'arn:aws:iam::222222222222:role/other',
          RoleSessionName: 'test',
        }),
      );
      return JSON.stringify(answers);
    };

    expect(await play(1)).to.equal(await play(1));
    expect(await play(1)).not.to.equal(await play(2));
  });
});
