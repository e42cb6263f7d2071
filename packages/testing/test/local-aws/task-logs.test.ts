import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect } from 'chai';

import { LineSplitter } from '../../src/local-aws/ecs/running/line-splitter.js';
import {
  closeSubjects,
  createSubject,
  idOf,
  launchOne,
  linesOf,
  registerFargate,
  shell,
  unconfiguredLines,
} from './support.js';

const OPTIONS = { 'awslogs-group': 'jobs', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'pool' };

function withOptions(options: Record<string, string>) {
  return { logConfiguration: { logDriver: 'awslogs', options } };
}

describe('local-aws: output of tasks', () => {
  afterEach(closeSubjects);

  it('is written line by line to the stream of the awslogs options', async () => {
    const subject = await createSubject();
    await subject.logs.send(new CreateLogGroupCommand({ logGroupName: 'jobs' }));
    await registerFargate(subject, 'job', withOptions(OPTIONS));

    const arn = await launchOne(subject, { overrides: shell('echo one; echo; printf "two\\nthree"') });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(linesOf(subject, 'jobs', `pool/main/${idOf(arn)}`)).to.deep.equal(['one', 'two', 'three']);
  });

  it('creates the group only if the options require it', async () => {
    const subject = await createSubject();
    await registerFargate(subject, 'plain', withOptions(OPTIONS));
    await registerFargate(subject, 'making', withOptions({ ...OPTIONS, 'awslogs-create-group': 'true' }));

    const failed = await launchOne(subject, { taskDefinition: 'plain', overrides: shell('echo no') });
    const task = await subject.aws.ecs.whenTask(failed, 'STOPPED');
    const arn = await launchOne(subject, { taskDefinition: 'making', overrides: shell('echo yes') });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task.stopCode).to.equal('TaskFailedToStart');
    expect(task.stoppedReason).to.match(/^ResourceInitializationError: failed to validate logger args/);
    expect(linesOf(subject, 'jobs', `pool/main/${idOf(arn)}`)).to.deep.equal(['yes']);
  });

  for (const [what, options, text] of [
    ['a colon in the prefix', { 'awslogs-stream-prefix': 'team:etl' }, "Value 'team:etl/main/ID' at 'logStreamName'"],
    ['an asterisk in the prefix', { 'awslogs-stream-prefix': '*' }, "Value '*/main/ID' at 'logStreamName'"],
    ['a stream name that is too long', { 'awslogs-stream-prefix': 'x'.repeat(512) }, 'less than or equal to 512'],
    ['a group name with a space', { 'awslogs-group': 'my jobs' }, "Value 'my jobs' at 'logGroupName'"],
  ] as const) {
    it(`fails the task for ${what}, because CloudWatch rejects the name`, async () => {
      const subject = await createSubject();
      await registerFargate(subject, 'job', withOptions({ ...OPTIONS, 'awslogs-create-group': 'true', ...options }));

      const arn = await launchOne(subject, { overrides: shell('echo no') });
      const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

      expect(task).to.include({ stopCode: 'TaskFailedToStart' });
      expect(task.exitCodes).to.deep.equal({ main: null });
      expect(task.stoppedReason).to.match(
        /^ResourceInitializationError: .* failed to create Cloudwatch log stream: InvalidParameterException: /,
      );
      expect(task.stoppedReason).to.include(text.replace('ID', idOf(arn)));
      expect([...subject.aws.logs.groups.keys()]).to.deep.equal([]);
    });
  }

  it('is rejected on EC2 by the container engine', async () => {
    const subject = await createSubject();
    await registerFargate(
      subject,
      'job',
      { memory: 128, ...withOptions({ ...OPTIONS, 'awslogs-stream-prefix': 'team:etl' }) },
      { networkMode: 'bridge', requiresCompatibilities: ['EC2'] },
    );

    const arn = await launchOne(subject, { launchType: 'EC2', networkConfiguration: undefined });
    const task = await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(task.stoppedReason).to.equal('Task failed to start');
    expect(task.description)
      .to.have.nested.property('containers[0].reason')
      .match(/^CannotStartContainerError: Error response from daemon: failed to initialize logging driver: /);
  });

  it('is sent to the region of the options', async () => {
    const subject = await createSubject();
    const options = { ...OPTIONS, 'awslogs-region': 'eu-west-1', 'awslogs-create-group': 'true' };
    await registerFargate(subject, 'job', withOptions(options));

    const arn = await launchOne(subject, { overrides: shell('echo far') });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    const { logs } = subject.aws.at(subject.aws.account, 'eu-west-1');
    expect(logs.stream('jobs', `pool/main/${idOf(arn)}`).events.map((event) => event.message)).to.deep.equal(['far']);
  });

  it('is complete when the task is STOPPED, for both output streams', async () => {
    const subject = await createSubject();
    await registerFargate(subject);

    const arn = await launchOne(subject, {
      overrides: shell('i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done; echo err >&2'),
    });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    const lines = unconfiguredLines(subject, arn);
    expect(lines).to.have.length(501);
    expect(lines.filter((line) => line !== 'err')).to.deep.equal(
      Array.from({ length: 500 }, (_, index) => String(index)),
    );
  });

  it('keeps characters whole that arrive in two chunks, and cuts lines that are too long', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = Buffer.from('grün\n');

    splitter.write(bytes.subarray(0, 3));
    splitter.write(bytes.subarray(3));
    splitter.write(Buffer.from('x'.repeat(262_145)));
    splitter.end();

    expect(lines[0]).to.equal('grün');
    expect(lines.slice(1).map((line) => line.length)).to.deep.equal([262_144, 1]);
  });
});
