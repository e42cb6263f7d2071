import { createInProcessAws } from '@worker-host/testing/local-aws';
import { expect } from 'chai';
import type { SqsApi } from '../../../src/aws/sqs-api.js';
import { EventsPulse } from '../../../src/observation/events/events-pulse.js';
import { TaskEventQueue } from '../../../src/observation/events/task-event-queue.js';
import { TaskEventReceiver } from '../../../src/observation/events/task-event-receiver.js';
import { startedBy } from '../../../src/task-run/launch-token.js';
import { silentLogger, silentMeter } from '../../support/builders.js';
import { FakeClock } from '../../support/fake-clock.js';

const STATUSES = ['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED'];
const DEAD = 'arn:aws:sqs:us-east-1:123456789012:dead';

/** Workers that share a queue of local AWS; `maxReceiveCount` as in Prefect's templates. */
async function createSubject(workerCount: number) {
  const clock = new FakeClock();
  const aws = createInProcessAws({ clock, seed: 1 });
  await aws.call('sqs:CreateQueue', { QueueName: 'dead' });
  const { QueueUrl } = (await aws.call('sqs:CreateQueue', {
    QueueName: 'events',
    Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: DEAD, maxReceiveCount: 3 }) },
  })) as { QueueUrl: string };
  const stop = new AbortController();
  const workers = Array.from({ length: workerCount }, () => {
    const watched = new Set<string>();
    const known = new Set<string>();
    const pulse = new EventsPulse();
    const watcher = {
      isWatched: (arn: string) => watched.has(arn),
      knows: (arn: string) => known.has(arn),
      apply: async () => {},
      keepEarly: () => {},
    };
    const queue = new TaskEventQueue({
      sqs: async () => sqsOf(aws),
      address: { url: null, name: 'events', account: null, region: null },
      isNamed: true,
      watcher,
      receiver: new TaskEventReceiver(watcher, pulse, clock, silentLogger),
      pools: { of: (arn: string) => (/\/x\d+$/.test(arn) ? 'unknown' : 'this'), learn: async () => {} },
      pulse,
      clock,
      meter: silentMeter,
      logger: silentLogger,
    });
    return { watched, known, running: queue.run(stop.signal) };
  });
  const send = (detail: object) =>
    aws.call('sqs:SendMessage', {
      QueueUrl,
      MessageBody: JSON.stringify({
        'detail-type': 'ECS Task State Change',
        source: 'aws.ecs',
        detail: { clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/default', ...detail },
      }),
    });
  /** Runs of 8 s, one started each second, distributed over the workers. */
  const run = async (runCount: number) => {
    for (let second = 0; second < runCount + STATUSES.length; second += 1) {
      for (const [index, lastStatus] of STATUSES.entries()) {
        const number = second - index;
        const worker = workers[number % workerCount];
        if (number < 0 || number >= runCount || !worker) continue;
        const taskArn = `arn:aws:ecs:us-east-1:123456789012:task/default/${number}`;
        worker.known.add(taskArn);
        if (lastStatus === 'STOPPED') worker.watched.delete(taskArn);
        else worker.watched.add(taskArn);
        const run = startedBy({ flowRunId: `run-${number}`, attemptId: '1', relaunch: 0 });
        await send({ taskArn, startedBy: run, lastStatus, version: index + 1 });
      }
      await clock.advance(1_000);
    }
  };
  const close = async () => {
    stop.abort();
    await clock.run(Promise.all(workers.map(({ running }) => running)));
    await aws.close();
  };
  const calls = () =>
    Object.entries(aws.callCounts())
      .filter(([name]) => name.startsWith('sqs:') && !/SendMessage|CreateQueue/.test(name))
      .reduce((sum, [, { total }]) => sum + total, 0);
  return { clock, aws, workers, QueueUrl, send, run, close, calls };
}

function sqsOf(aws: ReturnType<typeof createInProcessAws>): SqsApi {
  const nothing = { failedReceiptHandles: [] };
  return {
    getQueueUrl: async (input) => (await aws.call('sqs:GetQueueUrl', input)) as { QueueUrl: string },
    getQueueAttributes: async (input) =>
      ((await aws.call('sqs:GetQueueAttributes', { ...input, AttributeNames: ['All'] })) as { Attributes: never })
        .Attributes,
    receiveMessages: async (input, options) => {
      const request = { ...input, MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'] };
      const answer = await aws.call('sqs:ReceiveMessage', request, options?.signal ? { signal: options.signal } : {});
      const { Messages = [] } = answer as { Messages?: { Attributes: Record<string, string> }[] };
      return Messages.map(({ Attributes, ...message }) => ({
        ...message,
        receiveCount: Number(Attributes.ApproximateReceiveCount),
        sentAtMs: Number(Attributes.SentTimestamp),
      }));
    },
    deleteMessages: async ({ QueueUrl, receiptHandles }) => {
      const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      const answer = await aws.call('sqs:DeleteMessageBatch', { QueueUrl, Entries });
      expect((answer as { Failed: unknown[] }).Failed).to.deep.equal([]);
      return nothing;
    },
    changeMessageVisibilities: async ({ QueueUrl, changes }) => {
      const Entries = changes.map((entry, index) => ({ Id: String(index), ...entry }));
      const answer = await aws.call('sqs:ChangeMessageVisibilityBatch', { QueueUrl, Entries });
      expect((answer as { Failed: unknown[] }).Failed).to.deep.equal([]);
      return nothing;
    },
  };
}

describe('Several workers on one queue with maxReceiveCount 3', () => {
  for (const workerCount of [1, 3, 8]) {
    it(`${workerCount}: 30 runs cost at most ten calls each, and nothing ends in the dead-letter queue`, async () => {
      const { clock, aws, run, close, calls } = await createSubject(workerCount);

      await run(30);
      await clock.advance(60_000);
      const callsPerRun = calls() / 30;
      await clock.advance(75 * 60_000);
      await run(30);
      await clock.advance(60_000);
      await close();

      expect(callsPerRun).to.be.at.most(10);
      expect(aws.queues.get('dead').counts().visible).to.equal(0);
    });
  }

  it('delete no foreign message, and leave its owner a receive, for days and over restarts of runs', async () => {
    const { clock, aws, QueueUrl, send, run, close } = await createSubject(3);
    for (let index = 0; index < 40; index += 1) {
      await send({ taskArn: `arn:aws:ecs:us-east-1:123456789012:task/default/x${index}`, lastStatus: 'RUNNING' });
    }

    for (let half = 0; half < 4; half += 1) {
      await run(30);
      await clock.advance(12 * 3_600_000);
    }
    const counts: number[] = [];
    let received = 0;
    for (;;) {
      const { Messages = [] } = (await aws.call('sqs:ReceiveMessage', {
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 43_000,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      })) as { Messages?: { Body: string; Attributes: Record<string, string> }[] };
      if (Messages.length === 0 && aws.queues.get('events').counts().inFlight > received) {
        await clock.advance(11 * 3_600_000);
      } else if (Messages.length === 0) break;
      received += Messages.length;
      for (const { Body, Attributes } of Messages) {
        if (/default\/x/.test(Body)) counts.push(Number(Attributes.ApproximateReceiveCount));
      }
    }
    await close();

    expect(counts).to.have.length(40);
    expect(Math.max(...counts), 'with the receipt of this test').to.be.at.most(3);
    expect(aws.queues.get('dead').counts().visible).to.equal(0);
  });
});
