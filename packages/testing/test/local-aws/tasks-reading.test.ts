import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  paginateListTasks,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import {
  closeSubjects,
  createSubject,
  idOf,
  launch,
  launchOne,
  ManualClock,
  NO_PHASES,
  refusal,
  registerFargate,
} from './support.js';

const HOUR_MS = 3_600_000;
const SIMULATED = { simulate: 'sleep=forever' };

describe('local-aws: DescribeTasks, ListTasks, StopTask', () => {
  afterEach(closeSubjects);

  it('describes by id and ARN, with tags only on request, and reports unknown tasks as MISSING', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);
    const arn = await launchOne(subject, { tags: [{ key: 'a', value: 'b' }] });
    const unknown = '0'.repeat(32);

    const plain = await subject.ecs.send(new DescribeTasksCommand({ tasks: [arn, unknown] }));
    const tagged = await subject.ecs.send(new DescribeTasksCommand({ tasks: [idOf(arn)], include: ['TAGS'] }));

    expect(plain.tasks?.map((task) => task.taskArn)).to.deep.equal([arn]);
    expect(plain.tasks?.[0]?.tags).to.deep.equal([]);
    expect(plain.failures).to.deep.equal([
      { arn: `arn:aws:ecs:us-east-1:123456789012:task/default/${unknown}`, reason: 'MISSING' },
    ]);
    expect(tagged.tasks?.[0]?.tags).to.deep.equal([{ key: 'a', value: 'b' }]);
  });

  it('describes 100 tasks at once and rejects 101, none, and those of another cluster', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);
    await subject.ecs.send(new CreateClusterCommand({ clusterName: 'other' }));
    const arn = await launchOne(subject, { cluster: 'other' });
    const describeThem = (tasks: string[]) => subject.ecs.send(new DescribeTasksCommand({ tasks }));

    expect((await describeThem(Array.from({ length: 100 }, () => 'x'))).failures).to.have.length(100);
    await refusal(describeThem(Array.from({ length: 101 }, () => 'x')), 'InvalidParameterException', /100/);
    await refusal(describeThem([]), 'InvalidParameterException', 'Tasks cannot be empty.');
    await refusal(describeThem([arn]), 'InvalidParameterException', /Identifier is for cluster other/);
  });

  it('forgets stopped tasks after an hour, not earlier', async () => {
    const clock = new ManualClock();
    const subject = await createSubject({ clock, phases: NO_PHASES, simulate: 'exit=0' });
    await registerFargate(subject);
    const arn = await launchOne(subject);
    await subject.aws.ecs.whenTask(arn, 'STOPPED');
    const look = () => subject.ecs.send(new DescribeTasksCommand({ tasks: [arn] }));

    clock.advance(HOUR_MS - 1);
    expect((await look()).tasks).to.have.length(1);
    clock.advance(1);
    expect((await look()).failures?.[0]?.reason).to.equal('MISSING');
  });

  it('lists tasks with the desired status RUNNING by default, and stopped ones only on request', async () => {
    const subject = await createSubject({ ...SIMULATED, phases: { provisioningMs: 60_000 } });
    await registerFargate(subject);
    await registerFargate(subject, 'other');
    const first = await launchOne(subject, { startedBy: 'me' });
    const second = await launchOne(subject, { taskDefinition: 'other', startedBy: 'me' });
    const third = await launchOne(subject, { startedBy: 'me' });
    await subject.ecs.send(new StopTaskCommand({ task: third }));
    const list = async (filter: ListTasksCommandInput) =>
      (await subject.ecs.send(new ListTasksCommand(filter))).taskArns ?? [];

    expect(await list({})).to.deep.equal([first, second]);
    expect(await list({ startedBy: 'me' })).to.deep.equal([first, second]);
    expect(await list({ startedBy: 'you' })).to.deep.equal([]);
    expect(await list({ family: 'other' })).to.deep.equal([second]);
    expect(await list({ desiredStatus: 'STOPPED' })).to.deep.equal([third]);
    expect(await list({ desiredStatus: 'PENDING' })).to.deep.equal([]);
    await refusal(list({ startedBy: 'me', desiredStatus: 'STOPPED' }), 'InvalidParameterException', /only filter/);
    await refusal(list({ maxResults: 101 }), 'InvalidParameterException', /\[1,100\]/);
  });

  it('lists in pages that neither repeat nor skip tasks that end in between', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);
    const all = (await launch(subject, { count: 7 })).tasks?.map((task) => task.taskArn ?? '') ?? [];
    const seen: string[] = [];

    for await (const page of paginateListTasks({ client: subject.ecs, pageSize: 3 }, {})) {
      seen.push(...(page.taskArns ?? []));
      const [first] = all;
      if (seen.length === 3 && first !== undefined) await subject.ecs.send(new StopTaskCommand({ task: first }));
    }

    expect(seen).to.deep.equal(all);
  });

  it('reports that a task to stop was not found, and allows stopping one again', async () => {
    const subject = await createSubject(SIMULATED);
    await registerFargate(subject);
    const arn = await launchOne(subject);
    const stop = (task: string, reason?: string) => subject.ecs.send(new StopTaskCommand({ task, reason }));

    await refusal(stop('0'.repeat(32)), 'InvalidParameterException', 'The referenced task was not found.');
    await stop(arn, 'first');
    await subject.aws.ecs.whenTask(arn, 'STOPPED');
    const { task } = await stop(arn, 'second');

    expect(task).to.include({ lastStatus: 'STOPPED', stoppedReason: 'first' });
  });
});
