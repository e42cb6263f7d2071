import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect } from 'chai';

import { closeSubjects, createSubject, refusal, type Subject } from './support.js';

const STREAM = { logGroupName: 'group', logStreamName: 'stream' };

async function createFilled(messages: readonly string[]): Promise<Subject & { startMs: number }> {
  const subject = await createSubject();
  const startMs = Date.now() - 60_000;
  await subject.logs.send(new CreateLogGroupCommand({ logGroupName: 'group' }));
  await subject.logs.send(new CreateLogStreamCommand(STREAM));
  const logEvents = messages.map((message, index) => ({ message, timestamp: startMs + index }));
  await subject.logs.send(new PutLogEventsCommand({ ...STREAM, logEvents }));
  return { ...subject, startMs };
}

async function read({ logs }: Subject, request: Partial<GetLogEventsCommandInput> = {}) {
  const answer = await logs.send(new GetLogEventsCommand({ ...STREAM, ...request }));
  return {
    messages: answer.events?.map((event) => event.message) ?? [],
    forward: answer.nextForwardToken,
    backward: answer.nextBackwardToken,
  };
}

describe('local-aws: CloudWatch Logs', () => {
  afterEach(closeSubjects);

  it('returns the newest page without a token, and the oldest from the head, both in order of time', async () => {
    const subject = await createFilled(['a', 'b', 'c', 'd', 'e']);

    expect((await read(subject, { limit: 2 })).messages).to.deep.equal(['d', 'e']);
    expect((await read(subject, { limit: 2, startFromHead: true })).messages).to.deep.equal(['a', 'b']);
  });

  it('reads forward to the end, where the same token is returned and later finds new events', async () => {
    const subject = await createFilled(['a', 'b', 'c']);
    const first = await read(subject, { limit: 2, startFromHead: true });

    const second = await read(subject, { limit: 2, nextToken: first.forward });
    const third = await read(subject, { nextToken: second.forward });
    await subject.logs.send(
      new PutLogEventsCommand({ ...STREAM, logEvents: [{ message: 'd', timestamp: Date.now() }] }),
    );
    const fourth = await read(subject, { nextToken: third.forward });

    expect(second.messages).to.deep.equal(['c']);
    expect(third.messages).to.deep.equal([]);
    expect(third.forward).to.equal(second.forward);
    expect(fourth.messages).to.deep.equal(['d']);
  });

  it('reads backward from the newest page to the beginning', async () => {
    const subject = await createFilled(['a', 'b', 'c']);
    const first = await read(subject, { limit: 2 });

    const second = await read(subject, { limit: 2, nextToken: first.backward });
    const third = await read(subject, { limit: 2, nextToken: second.backward });

    expect([first.messages, second.messages, third.messages]).to.deep.equal([['b', 'c'], ['a'], []]);
    expect(third.backward).to.equal(second.backward);
    await refusal(read(subject, { nextToken: 'mine' }), 'InvalidParameterException');
  });

  it('respects start and end time, the end excluded', async () => {
    const subject = await createFilled(['a', 'b', 'c', 'd']);
    const { startMs } = subject;

    const { messages } = await read(subject, { startTime: startMs + 1, endTime: startMs + 3 });

    expect(messages).to.deep.equal(['b', 'c']);
  });

  it('limits a page to a megabyte', async () => {
    const subject = await createFilled(['x'.repeat(600_000), 'small']);
    await subject.logs.send(
      new PutLogEventsCommand({ ...STREAM, logEvents: [{ message: 'y'.repeat(600_000), timestamp: Date.now() }] }),
    );

    expect((await read(subject, { startFromHead: true })).messages.map((message) => message?.[0])).to.deep.equal([
      'x',
      's',
    ]);
    expect((await read(subject)).messages.map((message) => message?.[0])).to.deep.equal(['s', 'y']);
  });

  it('reports missing groups and streams by name, and does not create one twice', async () => {
    const subject = await createFilled(['a']);

    await refusal(
      read(subject, { logGroupName: 'none' }),
      'ResourceNotFoundException',
      'The specified log group does not exist.',
    );
    await refusal(
      read(subject, { logStreamName: 'none' }),
      'ResourceNotFoundException',
      'The specified log stream does not exist.',
    );
    await refusal(
      subject.logs.send(new CreateLogGroupCommand({ logGroupName: 'group' })),
      'ResourceAlreadyExistsException',
    );
    await refusal(subject.logs.send(new CreateLogStreamCommand(STREAM)), 'ResourceAlreadyExistsException');
    await refusal(
      subject.logs.send(new CreateLogStreamCommand({ ...STREAM, logStreamName: 'a:b' })),
      'InvalidParameterException',
    );
  });

  it('finds events by pattern over the streams of a group, in pages', async () => {
    const subject = await createFilled(['error one', 'fine', 'error two']);
    await subject.logs.send(new CreateLogStreamCommand({ ...STREAM, logStreamName: 'second' }));
    const logEvents = [{ message: 'error three', timestamp: Date.now() }];
    await subject.logs.send(new PutLogEventsCommand({ ...STREAM, logStreamName: 'second', logEvents }));
    const filter = { logGroupName: 'group', filterPattern: 'error', limit: 2 };

    const first = await subject.logs.send(new FilterLogEventsCommand(filter));
    const second = await subject.logs.send(new FilterLogEventsCommand({ ...filter, nextToken: first.nextToken }));

    const found = [...(first.events ?? []), ...(second.events ?? [])];
    expect(found.map((event) => `${event.logStreamName}: ${event.message}`)).to.deep.equal([
      'stream: error one',
      'stream: error two',
      'second: error three',
    ]);
    expect(second.nextToken).to.equal(undefined);
    expect(new Set(found.map((event) => event.eventId)).size).to.equal(3);
  });

  it('lists groups by prefix and streams by the time of their last event', async () => {
    const subject = await createFilled(['a']);
    await subject.logs.send(new CreateLogGroupCommand({ logGroupName: 'other' }));
    await subject.logs.send(new CreateLogStreamCommand({ ...STREAM, logStreamName: 'a-newer' }));
    const logEvents = [{ message: 'x', timestamp: Date.now() }];
    await subject.logs.send(new PutLogEventsCommand({ ...STREAM, logStreamName: 'a-newer', logEvents }));

    const groups = await subject.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'gr' }));
    const streams = await subject.logs.send(
      new DescribeLogStreamsCommand({ logGroupName: 'group', orderBy: 'LastEventTime', descending: true }),
    );

    expect(groups.logGroups?.map((group) => group.logGroupName)).to.deep.equal(['group']);
    expect(streams.logStreams?.map((stream) => stream.logStreamName)).to.deep.equal(['a-newer', 'stream']);
  });

  it('drops events that are too old, and reports it', async () => {
    const subject = await createFilled(['a']);
    const logEvents = [
      { message: 'old', timestamp: Date.now() - 15 * 86_400_000 },
      { message: 'new', timestamp: Date.now() },
    ];

    const { rejectedLogEventsInfo } = await subject.logs.send(new PutLogEventsCommand({ ...STREAM, logEvents }));

    expect(rejectedLogEventsInfo).to.deep.equal({ tooOldLogEventEndIndex: 1 });
    expect((await read(subject)).messages).to.deep.equal(['a', 'new']);
  });
});
