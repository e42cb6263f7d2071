import type { LocalAws } from '@worker-host/testing/local-aws';
import type { Benchmark, Figure } from './benchmark.js';
import { BenchWorld } from './world.js';

const RUNS = 30;
const WORKERS = 3;
const QUEUE = 'shared-events';
const DEAD_LETTERS = 'shared-events-dlq';
const MAX_RECEIVES = 3;
const FOREIGN = 'foreign-task-';
const SETTLE_MS = 30_000;

/** Three workers on one queue of task events, as in Prefect's templates, with and without events of other programs. */
export const sharedQueue: Benchmark = {
  name: 'shared-queue',
  async measure() {
    return [...(await measureShared('own events alone', 0)), ...(await measureShared('with foreign events', 3))];
  },
};

async function measureShared(how: string, foreign: number): Promise<readonly Figure[]> {
  const world = await BenchWorld.start({ simulate: 'sleep=8;exit=0' });
  try {
    await prepareQueues(world.aws);
    for (let run = 0; run < RUNS; run += 1) await world.queueRun({ command: 'true' });
    for (let worker = 0; worker < WORKERS; worker += 1) {
      const environment = { PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME: QUEUE };
      world.startWorker(['--limit', String(RUNS / WORKERS), '--name', `w${worker}`], environment);
    }
    for (let event = 0; event < foreign; event += 1)
      world.aws.queues.get(QUEUE).send(foreignEvent(event), {}, 0, 'events');
    await world.whenFinal(RUNS, 180_000);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const counts = Object.entries(world.aws.callCounts()).filter(([name]) =>
      /^sqs:.*(Message|Attributes|Url)/.test(name),
    );
    const calls = counts.reduce((sum, [, { total }]) => sum + total, 0);
    await world.stopWorkers();
    const left = foreignLeft(world.aws);
    const named = counts.map(([name, { total }]) => `${name.slice(4)} ${total}`).join(', ');
    return [
      { name: `SQS calls a run, ${how} (${named})`, value: calls / RUNS, unit: 'calls', limit: 10 },
      {
        name: `messages in the dead letter queue, ${how}`,
        value: depth(world.aws, DEAD_LETTERS),
        unit: 'messages',
        limit: 0,
      },
      { name: `messages left, ${how}`, value: depth(world.aws, QUEUE), unit: 'messages', limit: null },
      { name: `foreign events left, ${how}`, value: left.length, unit: 'messages', limit: foreign, isLeast: true },
      {
        name: `most receives of a foreign event, ${how}`,
        value: Math.max(0, ...left),
        unit: 'receives',
        limit: MAX_RECEIVES - 1,
      },
    ];
  } finally {
    await world.end();
  }
}

async function prepareQueues(aws: LocalAws): Promise<void> {
  await aws.call('sqs:CreateQueue', { QueueName: DEAD_LETTERS });
  const deadLetterTargetArn = aws.queues.get(DEAD_LETTERS).arn;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVES });
  await aws.call('sqs:CreateQueue', { QueueName: QUEUE, Attributes: { RedrivePolicy, VisibilityTimeout: '300' } });
  aws.connectEventsToQueue(QUEUE);
}

/** The event of a task that a service launched. */
function foreignEvent(number: number): string {
  const taskArn = `arn:aws:ecs:us-east-1:123456789012:task/default/${FOREIGN}${number}`;
  const detail = { taskArn, startedBy: 'ecs-svc/0123456789', lastStatus: 'STOPPED', version: 3 };
  return JSON.stringify({ version: '0', 'detail-type': 'ECS Task State Change', source: 'aws.ecs', detail });
}

/** How often each foreign event that is still in the queue was received. */
function foreignLeft(aws: LocalAws): readonly number[] {
  const messages = aws.queues.get(QUEUE).messages();
  return messages.filter(({ body }) => body.includes(FOREIGN)).map(({ receiveCount }) => receiveCount);
}

function depth(aws: LocalAws, queue: string): number {
  return aws.queues.get(queue).messages().length;
}
