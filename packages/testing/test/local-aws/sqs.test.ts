import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'chai';

import { closeSubjects, createSubject, ManualClock, refusal, type Subject } from './support.js';

async function createQueue(subject: Subject, attributes: Record<string, string> = {}, name = 'queue'): Promise<string> {
  const { QueueUrl } = await subject.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return QueueUrl ?? '';
}

function send({ sqs }: Subject, QueueUrl: string, MessageBody: string) {
  return sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

async function receive({ sqs }: Subject, QueueUrl: string, request: Partial<ReceiveMessageCommandInput> = {}) {
  const input = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const], ...request };
  return (await sqs.send(new ReceiveMessageCommand(input))).Messages;
}

describe('local-aws: SQS', () => {
  afterEach(closeSubjects);

  it('transfers bodies and attributes with checksums that the SDK verifies', async () => {
    const subject = await createSubject();
    const url = await createQueue(subject);
    await subject.sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'grün',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: 'ä' },
          bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 1]) },
        },
      }),
    );

    const messages = await receive(subject, url, { MessageAttributeNames: ['All'] });

    expect(messages?.[0]?.Body).to.equal('grün');
    expect(messages?.[0]?.Attributes?.ApproximateReceiveCount).to.equal('1');
    expect(messages?.[0]?.MessageAttributes?.text?.StringValue).to.equal('ä');
    expect(messages?.[0]?.MD5OfMessageAttributes).to.equal('f1e4db3f595be8f787eb556d6b7fe2a9');
  });

  it('hides a received message for the visibility timeout and returns it again with a new handle', async () => {
    const clock = new ManualClock();
    const subject = await createSubject({ clock });
    const url = await createQueue(subject, { VisibilityTimeout: '10' });
    await send(subject, url, 'a');

    const [first] = (await receive(subject, url)) ?? [];
    expect(await receive(subject, url)).to.equal(undefined);
    clock.advance(10_000);
    const [second] = (await receive(subject, url)) ?? [];

    expect(second?.MessageId).to.equal(first?.MessageId);
    expect(second?.ReceiptHandle).not.to.equal(first?.ReceiptHandle);
    expect(second?.Attributes?.ApproximateReceiveCount).to.equal('2');
    await subject.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: second?.ReceiptHandle }));
    clock.advance(10_000);
    expect(await receive(subject, url)).to.equal(undefined);
  });

  it('wakes a waiting receiver when a message arrives', async () => {
    const subject = await createSubject();
    const url = await createQueue(subject);
    const waiting = receive(subject, url, { WaitTimeSeconds: 20 });

    await send(subject, url, 'now');

    expect((await waiting)?.map((message) => message.Body)).to.deep.equal(['now']);
  });

  it('ends a wait after its time, and delivers no message to a receiver that has disconnected', async () => {
    const clock = new ManualClock();
    const subject = await createSubject({ clock });
    const url = await createQueue(subject);
    const hangUp = new AbortController();
    const input = new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 });
    const aborted = subject.sqs.send(input, { abortSignal: hangUp.signal });
    const gone = subject.aws.nextCall({ operation: 'ReceiveMessage' });
    await subject.aws.queues.get('queue').whenWaiting();
    hangUp.abort();
    await aborted.catch(() => undefined);
    await gone;
    await send(subject, url, 'kept');

    expect((await receive(subject, url))?.map((message) => message.Body)).to.deep.equal(['kept']);
    const waiting = receive(subject, url, { WaitTimeSeconds: 20 });
    await subject.aws.queues.get('queue').whenWaiting();
    clock.advance(20_000);
    expect(await waiting).to.equal(undefined);
  });

  it('sends, deletes and hides in batches, and reports the entries that fail', async () => {
    const subject = await createSubject();
    const url = await createQueue(subject);
    const entries = ['a', 'b', ''].map((MessageBody, index) => ({ Id: String(index), MessageBody }));

    const sent = await subject.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
    const messages = (await receive(subject, url)) ?? [];
    const handles = messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
    const hidden = await subject.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: handles.map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
      }),
    );
    const again = (await receive(subject, url)) ?? [];
    const deleted = await subject.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: again.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle })),
      }),
    );

    expect(sent.Successful?.map((entry) => entry.Id)).to.deep.equal(['0', '1']);
    expect(sent.Failed?.map((entry) => entry.Id)).to.deep.equal(['2']);
    expect(hidden.Successful).to.have.length(2);
    expect(again).to.have.length(2);
    expect(deleted.Successful).to.have.length(2);
    expect(deleted.Failed).to.deep.equal([]);
    expect(subject.aws.queues.get('queue').counts()).to.deep.equal({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('moves a message to the dead-letter queue when it was received too often', async () => {
    const subject = await createSubject();
    await createQueue(subject, {}, 'dead');
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead',
      maxReceiveCount: 2,
    });
    const url = await createQueue(subject, { RedrivePolicy, VisibilityTimeout: '0' });
    await send(subject, url, 'poison');

    for (let count = 0; count < 2; count += 1) expect(await receive(subject, url)).to.have.length(1);
    expect(await receive(subject, url)).to.equal(undefined);

    expect(subject.aws.queues.get('dead').counts().visible).to.equal(1);
  });

  it('reports the source queue of a dead letter, and returns the redrive policy', async () => {
    const subject = await createSubject();
    const dead = await createQueue(subject, {}, 'dead');
    const policy = { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead', maxReceiveCount: 1 };
    const url = await createQueue(subject, { RedrivePolicy: JSON.stringify(policy) });
    await send(subject, url, 'poison');
    const [message] = (await receive(subject, url)) ?? [];
    const entry = { Id: '1', ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 };
    const gone = { Id: '2', ReceiptHandle: 'gone', VisibilityTimeout: 0 };
    const changed = await subject.sqs.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: [entry, gone] }),
    );

    expect(await receive(subject, url)).to.equal(undefined);
    const [letter] = (await receive(subject, dead)) ?? [];
    const { Attributes } = await subject.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy', 'Policy'] }),
    );

    expect(changed.Successful?.map(({ Id }) => Id)).to.deep.equal(['1']);
    expect(changed.Failed?.map(({ Id, Code }) => [Id, Code])).to.deep.equal([
      ['2', 'AWS.SimpleQueueService.MessageNotInflight'],
    ]);
    expect(letter).to.include({ MessageId: message?.MessageId, Body: 'poison' });
    expect(letter?.Attributes).to.include({
      DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:123456789012:queue',
      SentTimestamp: message?.Attributes?.SentTimestamp,
    });
    expect(Object.keys(Attributes ?? {})).to.deep.equal(['RedrivePolicy']);
    expect(JSON.parse(Attributes?.RedrivePolicy ?? '')).to.deep.equal(policy);
  });

  for (const [what, RedrivePolicy, text] of [
    [
      'a target that is no queue',
      '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:none","maxReceiveCount":3}',
      /Reason: Dead letter target does not exist\.$/,
    ],
    [
      'a target of another region',
      '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:dead","maxReceiveCount":3}',
      /Reason: Dead letter target does not exist\.$/,
    ],
    [
      'a count of 0',
      '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":0}',
      /RedrivePolicy is invalid/,
    ],
    ['a text that is no JSON', 'dead', /Value dead for parameter RedrivePolicy is invalid/],
  ] as const) {
    it(`rejects a redrive policy with ${what}, and creates no queue`, async () => {
      const subject = await createSubject();
      await createQueue(subject, {}, 'dead');
      subject.aws.at('123456789012', 'eu-west-1').queues.ensure('dead');

      await refusal(createQueue(subject, { RedrivePolicy }), 'InvalidParameterValue', text);

      expect([...subject.aws.queues.all.keys()]).to.deep.equal(['dead']);
    });
  }

  it('allows another account what the policy of the queue permits', async () => {
    const subject = await createSubject({ accounts: { AKIAOTHER: '222222222222' } });
    const url = await createQueue(subject, {
      Policy: JSON.stringify({
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::222222222222:root' },
            Action: ['sqs:Get*', 'SQS:ReceiveMessage'],
          },
          { Effect: 'Deny', Principal: '*', Action: 'sqs:*' },
          { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Condition: { ArnEquals: { 'aws:SourceArn': 'x' } } },
        ],
      }),
    });
    await send(subject, url, 'shared');
    const sqs = new SQSClient({
      ...subject.clientOptions,
      credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'any' },
    });
    const other = { ...subject, sqs };

    const found = await sqs.send(
      new GetQueueUrlCommand({ QueueName: 'queue', QueueOwnerAWSAccountId: '123456789012' }),
    );
    const received = await receive(other, url);

    expect(found.QueueUrl).to.equal(url);
    expect(received?.map(({ Body }) => Body)).to.deep.equal(['shared']);
    await refusal(sqs.send(new GetQueueUrlCommand({ QueueName: 'queue' })), 'QueueDoesNotExist');
    await refusal(send(other, url, 'no'), 'AccessDenied', `Access to the resource ${url} is denied.`);
    await refusal(receive({ ...other, sqs }, url.replace('queue', 'none')), 'QueueDoesNotExist');
    await refusal(
      sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: received?.[0]?.ReceiptHandle })),
      'AccessDenied',
    );
    sqs.destroy();
  });

  it('keeps policy and key of a queue as set, until they are removed', async () => {
    const subject = await createSubject();
    const url = await createQueue(subject, { KmsMasterKeyId: 'alias/mine', Policy: '{}' });
    const attributes = async () =>
      (await subject.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes;

    expect(await attributes()).to.include({
      KmsMasterKeyId: 'alias/mine',
      Policy: '{}',
      SqsManagedSseEnabled: 'false',
    });
    await subject.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: '' } }));
    expect(await attributes())
      .to.include({ KmsMasterKeyId: 'alias/mine' })
      .and.not.have.property('Policy');
    await refusal(
      subject.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['No' as 'All'] })),
      'InvalidAttributeName',
    );
  });

  it('reports counts and settings, purges a queue, and rejects what SQS rejects', async () => {
    const subject = await createSubject();
    const url = await createQueue(subject, { VisibilityTimeout: '60' });
    await send(subject, url, 'a');
    await send(subject, url, 'b');
    await receive(subject, url, { MaxNumberOfMessages: 1 });
    const attributes = async () =>
      (await subject.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))).Attributes;

    expect(await attributes()).to.include({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      VisibilityTimeout: '60',
      QueueArn: 'arn:aws:sqs:us-east-1:123456789012:queue',
    });
    await subject.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect((await attributes())?.ApproximateNumberOfMessages).to.equal('0');
    expect((await subject.sqs.send(new GetQueueUrlCommand({ QueueName: 'queue' }))).QueueUrl).to.equal(url);
    await refusal(subject.sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })), 'QueueDoesNotExist');
    await refusal(receive(subject, url, { MaxNumberOfMessages: 11 }), 'InvalidParameterValue');
    await refusal(createQueue(subject, { VisibilityTimeout: '30' }), 'QueueNameExists');
    await refusal(
      subject.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: 'x', VisibilityTimeout: 1 })),
      'MessageNotInflight',
    );
  });
});
