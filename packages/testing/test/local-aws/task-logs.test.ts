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

  it('goes line by line into the stream that the awslogs options name', async () => {
    const subject = await createSubject();
    await subject.logs.send(new CreateLogGroupCommand({ logGroupName: 'jobs' }));
    await registerFargate(subject, 'job', withOptions(OPTIONS));

    const arn = await launchOne(subject, { overrides: shell('echo one; echo; printf "two\\nthree"') });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    expect(linesOf(subject, 'jobs', `pool/main/${idOf(arn)}`)).to.deep.equal(['one', 'two', 'three']);
  });

  it('makes the group only when the options ask for it', async () => {
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

  it('goes to the region of the options', async () => {
    const subject = await createSubject();
    const options = { ...OPTIONS, 'awslogs-region': 'eu-west-1', 'awslogs-create-group': 'true' };
    await registerFargate(subject, 'job', withOptions(options));

    const arn = await launchOne(subject, { overrides: shell('echo far') });
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    const { logs } = subject.aws.at(subject.aws.account, 'eu-west-1');
    expect(logs.stream('jobs', `pool/main/${idOf(arn)}`).events.map((event) => event.message)).to.deep.equal(['far']);
  });

  it('is there when the task is STOPPED, and output of both kinds is kept', async () => {
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

  it('keeps letters whole that come in two pieces, and cuts lines that are too long', () => {
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
