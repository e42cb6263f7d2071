import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect } from 'chai';

import { closeSubjects, createSubject, launchOne, registerFargate, type Subject } from './support.js';

interface TaskEvent {
  readonly 'detail-type': string;
  readonly source: string;
  readonly version: string;
  readonly resources: readonly string[];
  readonly detail: Record<string, unknown>;
}

/** All events in the queue, in order of arrival. */
async function receiveAll({ sqs, aws }: Subject): Promise<TaskEvent[]> {
  const QueueUrl = `${aws.url}/${aws.account}/events`;
  const events: TaskEvent[] = [];
  for (;;) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages === undefined) return events;
    events.push(...Messages.map((message) => JSON.parse(message.Body ?? '') as TaskEvent));
  }
}

function versionsOf(events: readonly TaskEvent[]): unknown[] {
  return events.map((event) => event.detail.version);
}

async function runOne(subject: Subject): Promise<string> {
  await registerFargate(subject);
  const arn = await launchOne(subject, { startedBy: 'me', tags: [{ key: 'a', value: 'b' }] });
  await subject.aws.ecs.whenTask(arn, 'STOPPED');
  return arn;
}

const OPTIONS = { eventsQueue: 'events', simulate: 'exit=2' };

describe('local-aws: task events', () => {
  afterEach(closeSubjects);

  it('are sent to the queue for every change, in the format of EventBridge', async () => {
    const subject = await createSubject(OPTIONS);

    const arn = await runOne(subject);
    const events = await receiveAll(subject);

    expect(versionsOf(events)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    const last = events.at(-1);
    expect(last).to.deep.include({
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      version: '0',
      account: '123456789012',
      region: 'us-east-1',
      resources: [arn],
    });
    expect(last?.detail).to.include({
      taskArn: arn,
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      startedBy: 'me',
    });
    expect(last?.detail).not.to.have.any.keys('tags', 'healthStatus');
    expect(last?.detail.stoppedAt).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(last?.detail.containers).to.have.deep.nested.property('[0].exitCode', 2);
  });

  it('can be connected later and to several queues', async () => {
    const subject = await createSubject({ simulate: 'exit=0' });
    subject.aws.connectEventsToQueue('events');
    subject.aws.connectEventsToQueue('second');

    await runOne(subject);

    expect(await receiveAll(subject)).to.have.length(8);
    expect(subject.aws.queues.get('second').counts().visible).to.equal(8);
  });

  it('are sent to the queues whose pattern matches', async () => {
    const subject = await createSubject({ simulate: 'exit=0' });
    subject.aws.connectEventsToQueue('mine', ({ detail }) => detail.startedBy === 'me');
    subject.aws.connectEventsToQueue('others', ({ detail }) => detail.startedBy !== 'me');

    await runOne(subject);

    expect(subject.aws.queues.get('mine').counts().visible).to.equal(8);
    expect(subject.aws.queues.get('others').counts().visible).to.equal(0);
  });

  it('are duplicated, dropped and reordered on request', async () => {
    const subject = await createSubject(OPTIONS);
    subject.aws.faults.add({ type: 'event-drop', times: 1 });
    subject.aws.faults.add({ type: 'event-duplicate', times: 1 });
    await runOne(subject);
    expect(versionsOf(await receiveAll(subject))).to.deep.equal([2, 2, 3, 4, 5, 6, 7, 8]);

    subject.aws.faults.add({ type: 'event-reorder', times: 1 });
    await runOne(subject);
    expect(versionsOf(await receiveAll(subject))).to.deep.equal([2, 1, 3, 4, 5, 6, 7, 8]);
  });

  it('that were held back arrive in the end, even if none follows', async () => {
    const subject = await createSubject(OPTIONS);
    subject.aws.faults.add({ type: 'event-reorder', times: 'always', holdMs: 1 });
    await runOne(subject);

    const QueueUrl = `${subject.aws.url}/${subject.aws.account}/events`;
    const seen = new Set<number>();
    while (seen.size < 8) {
      const { Messages = [] } = await subject.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
      for (const { Body } of Messages) seen.add((JSON.parse(Body ?? '') as TaskEvent).detail.version as number);
    }

    expect([...seen].sort()).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('share the queue with other messages', async () => {
    const subject = await createSubject(OPTIONS);
    const QueueUrl = `${subject.aws.url}/${subject.aws.account}/events`;

    await subject.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '"poison"' }));

    expect(await receiveAll(subject)).to.deep.equal(['poison']);
  });
});
