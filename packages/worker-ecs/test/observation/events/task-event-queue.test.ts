import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import type { SqsApi, SqsMessage, VisibilityChange } from '../../../src/aws/sqs-api.js';
import { EventsPulse } from '../../../src/observation/events/events-pulse.js';
import { TaskEventQueue } from '../../../src/observation/events/task-event-queue.js';
import { TaskEventReceiver } from '../../../src/observation/events/task-event-receiver.js';
import { TaskPools } from '../../../src/observation/events/task-pools.js';
import type { TaskEventFacts } from '../../../src/observation/watch/watched-task.js';
import { startedBy } from '../../../src/task-run/launch-token.js';
import { FakeClock } from '../../support/fake-clock.js';
import { awsError, FakeEcs } from '../../support/fake-ecs.js';
import { RecordingMeter } from '../../support/recording-meter.js';

const OURS = startedBy({ flowRunId: 'run', attemptId: '1', relaunch: 0 });
const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/c';

function arn(id: string): string {
  return `arn:aws:ecs:us-east-1:123456789012:task/c/${id}`;
}

function anEvent(id: string, detail: EcsTask = {}, more: object = {}): string {
  return JSON.stringify({
    version: '0',
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    ...more,
    detail: { taskArn: arn(id), clusterArn: CLUSTER, startedBy: OURS, ...detail },
  });
}

/** A queue that delivers each message once, and records what happens to it. */
class FakeSqs implements SqsApi {
  readonly deleted: string[] = [];
  readonly hidden: [string, number][] = [];
  readonly waiting: SqsMessage[] = [];
  readonly calls: string[] = [];
  readonly urlFailures: Error[] = [];
  readonly asked: unknown[] = [];
  readonly refused = new Set<string>();
  attributes: Readonly<Record<string, string>> | Error = {};
  deleteFailure: Error | null = null;

  constructor(private readonly clock: FakeClock) {}

  add(body: string, receiveCount = 1, ageMs = 0): void {
    const id = `m${this.waiting.length}`;
    const sentAtMs = this.clock.nowMs() - ageMs;
    this.waiting.push({ MessageId: id, ReceiptHandle: id, Body: body, receiveCount, sentAtMs });
  }

  async getQueueUrl(input: unknown): Promise<{ readonly QueueUrl: string }> {
    this.calls.push('url');
    this.asked.push(input);
    const failure = this.urlFailures.shift();
    if (failure) throw failure;
    return { QueueUrl: 'http://queue' };
  }

  async getQueueAttributes(): Promise<Readonly<Record<string, string>>> {
    this.calls.push('attributes');
    if (this.attributes instanceof Error) throw this.attributes;
    return this.attributes;
  }

  async receiveMessages(
    input: { readonly WaitTimeSeconds: number; readonly MaxNumberOfMessages: number },
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly SqsMessage[]> {
    this.calls.push(`receive ${input.MaxNumberOfMessages}`);
    if (this.waiting.length === 0) await this.clock.sleep(input.WaitTimeSeconds * 1000, options?.signal);
    return this.waiting.splice(0, input.MaxNumberOfMessages);
  }

  async deleteMessages({ receiptHandles }: { readonly receiptHandles: readonly string[] }) {
    this.calls.push(`delete ${receiptHandles.length}`);
    if (this.deleteFailure) throw this.deleteFailure;
    const failedReceiptHandles = receiptHandles.filter((handle) => this.refused.delete(handle));
    this.deleted.push(...receiptHandles.filter((handle) => !failedReceiptHandles.includes(handle)));
    return { failedReceiptHandles };
  }

  async changeMessageVisibilities({ changes }: { readonly changes: readonly VisibilityChange[] }) {
    this.calls.push(`hide ${changes.length}`);
    for (const { ReceiptHandle, VisibilityTimeout } of changes) this.hidden.push([ReceiptHandle, VisibilityTimeout]);
    return { failedReceiptHandles: [] };
  }
}

function createSubject(options: { isNamed?: boolean; max?: number; address?: object } = {}) {
  const clock = new FakeClock();
  const sqs = new FakeSqs(clock);
  const logger = new RecordingLogger();
  const meter = new RecordingMeter();
  const pulse = new EventsPulse();
  const ecs = new FakeEcs();
  const applied: EcsTask[] = [];
  const events: TaskEventFacts[] = [];
  const early: EcsTask[] = [];
  const stop = new AbortController();
  if (options.max !== undefined) {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:dlq', maxReceiveCount: options.max });
    sqs.attributes = { RedrivePolicy, KmsMasterKeyId: 'alias/events' };
  }
  const watcher = {
    isWatched: (taskArn: string) => taskArn.includes('/own'),
    knows: (taskArn: string) => taskArn.includes('/own') || taskArn.includes('/ended'),
    apply: async (task: EcsTask, event: TaskEventFacts): Promise<void> => {
      applied.push(task);
      events.push(event);
    },
    keepEarly: (task: EcsTask) => void early.push(task),
  };
  for (const [id, pool] of [
    ['sibling', 'etl'],
    ['other', 'another'],
  ] as const) {
    const tags = [{ key: 'prefect.io/work-pool-name', value: pool }];
    ecs.tasks.set(arn(id), { taskArn: arn(id), lastStatus: 'RUNNING', desiredStatus: 'RUNNING', version: 1, tags });
  }
  const queue = new TaskEventQueue({
    sqs: async () => sqs,
    address: { url: null, name: 'events', account: null, region: null, ...options.address },
    isNamed: options.isNamed ?? true,
    watcher,
    receiver: new TaskEventReceiver(watcher, pulse, clock, logger),
    pools: new TaskPools(ecs, 'etl', logger),
    pulse,
    clock,
    meter,
    logger,
  });
  const read = async (ms = 19_000) => {
    const running = queue.run(stop.signal);
    await clock.advance(ms);
    stop.abort();
    await clock.run(running);
  };
  return { clock, sqs, ecs, logger, meter, pulse, applied, events, early, watcher, queue, read, stop };
}

describe('TaskEventQueue', () => {
  it('applies events in the order of the versions of each task, and deletes them in one batch', async () => {
    const { sqs, applied, read } = createSubject();
    sqs.add(anEvent('own0', { version: 1 }));
    sqs.add(anEvent('own1', { version: 3, lastStatus: 'STOPPED' }));
    sqs.add(anEvent('own1', { version: 2, lastStatus: 'RUNNING' }));

    await read();

    expect(applied.map(({ version }) => version)).to.deep.equal([1, 2, 3]);
    expect(sqs.deleted).to.deep.equal(['m0', 'm1', 'm2']);
    expect(sqs.calls.filter((call) => call.startsWith('delete'))).to.deep.equal(['delete 3']);
  });

  it('deletes an event of a task that ended while watched, without describing it', async () => {
    const { sqs, ecs, applied, read } = createSubject();
    sqs.add(anEvent('ended', { lastStatus: 'STOPPED' }), 2);

    await read();

    expect([sqs.deleted, applied, ecs.calls]).to.deep.equal([['m0'], [], []]);
  });

  it('deletes events of a sibling and offers its end again, describing the task once', async () => {
    const { clock, sqs, ecs, pulse, early, read } = createSubject({ max: 3 });
    for (const lastStatus of ['PENDING', 'RUNNING', 'STOPPED']) sqs.add(anEvent('sibling', { lastStatus }));

    await read();

    expect(sqs.deleted).to.deep.equal(['m0', 'm1']);
    expect(sqs.hidden).to.deep.equal([['m2', 1]]);
    expect(ecs.count('describeTasks')).to.equal(1);
    expect(early).to.have.length(3);
    pulse.received(clock.monotonicMs());
    expect(pulse.provesAlive(clock.monotonicMs())).to.equal(false);
  });

  it('returns a foreign event, and stops reading a fragile queue', async () => {
    const { sqs, logger, applied, meter, read } = createSubject({ max: 3 });
    sqs.add(anEvent('service', { startedBy: 'ecs-svc/1' }));
    for (let index = 0; index < 20; index += 1) sqs.add(anEvent(`own${index}`));

    await read(30 * 60_000);

    expect(sqs.deleted).to.deep.equal([]);
    expect(sqs.hidden).to.deep.equal([['m0', 0]]);
    expect(sqs.calls).to.deep.equal(['url', 'attributes', 'receive 1', 'hide 1']);
    expect(applied).to.deep.equal([]);
    expect(logger.messages('warn')).to.have.length(1);
    expect(meter.of('ecs_task_events_foreign_total')).to.have.length(1);
  });

  it('reads a queue again if it is empty an hour later', async () => {
    const { sqs, applied, read } = createSubject({ max: 3 });
    sqs.add(anEvent('service', { startedBy: 'ecs-svc/1' }));
    sqs.add(anEvent('own1'));

    await read(61 * 60_000);

    expect(applied).to.have.length(1);
  });

  it('does not read a queue that is not empty an hour later', async () => {
    const { sqs, applied, read } = createSubject({ max: 3 });
    sqs.attributes = { ...(sqs.attributes as object), ApproximateNumberOfMessagesNotVisible: '1' };
    sqs.add(anEvent('service', { startedBy: 'ecs-svc/1' }));
    sqs.add(anEvent('own1'));

    await read(5 * 60 * 60_000);

    expect(applied).to.deep.equal([]);
    expect(sqs.calls.filter((call) => call.startsWith('receive'))).to.have.length(1);
  });

  for (const [what, body] of [
    ['no event', 'not JSON'],
    ['an event of another kind', JSON.stringify({ 'detail-type': 'ECS Service Action' })],
    ['an event of a task of another pool', anEvent('other')],
    ['an event of another account than its task', anEvent('own1', {}, { account: '999999999999' })],
    ['an event of another region than its task', anEvent('own1', {}, { region: 'eu-west-1' })],
    ['an event of another cluster than its task', anEvent('own1', { clusterArn: `${CLUSTER}2` })],
  ] as const) {
    it(`treats ${what} as foreign: it stays in the queue and has no effect`, async () => {
      const { sqs, applied, read } = createSubject({ max: 3 });
      sqs.add(body, 2);

      await read();

      expect([sqs.deleted, sqs.hidden, applied]).to.deep.equal([[], [['m0', 43_200]], []]);
    });
  }

  it('continues to read a queue without a dead-letter queue, with pauses', async () => {
    const { sqs, applied, logger, read } = createSubject();
    sqs.add(anEvent('service', { startedBy: 'ecs-svc/1' }));
    sqs.add(anEvent('own1'));

    await read();

    expect(applied).to.have.length(1);
    expect(logger.messages('warn')).to.deep.equal([]);
  });

  it('keeps the event of an unknown pool while it can be useful', async () => {
    const { sqs, read } = createSubject({ max: 3 });
    sqs.add(anEvent('gone', { lastStatus: 'STOPPED' }), 2, 60_000);
    sqs.add(anEvent('gone', { lastStatus: 'STOPPED' }), 3, 601_000);

    await read();

    expect(sqs.hidden).to.deep.equal([['m0', 540]]);
    expect(sqs.deleted).to.deep.equal(['m1']);
  });

  it('logs at start what it found', async () => {
    const { logger, read } = createSubject({ max: 3 });

    await read();

    expect(logger.lines.map(({ message, fields }) => ({ message, fields }))).to.deep.equal([
      {
        message: 'Reading task events',
        fields: { queue: 'events', redrive: 'after 3 receives to arn:dlq', encryption: 'KMS alias/events', fifo: 'no' },
      },
    ]);
  });

  it('does not read a queue with a single receive', async () => {
    const { sqs, logger, read } = createSubject({ max: 1 });

    await read(5 * 60 * 60_000);

    expect(sqs.calls.some((call) => call.startsWith('receive'))).to.equal(false);
    expect(logger.messages('warn')).to.have.length(1);
  });

  it('assumes three receives if it may not read the attributes', async () => {
    const { sqs, logger, read } = createSubject();
    sqs.attributes = awsError('AccessDenied', 'no');
    sqs.add(anEvent('service', { startedBy: 'ecs-svc/1' }), 2);

    await read();

    expect(sqs.hidden).to.deep.equal([['m0', 43_200]]);
    expect(JSON.stringify(logger.lines[0])).to.include('sqs:GetQueueAttributes');
  });

  it('looks up a queue of another account by its owner, and none whose URL it has', async () => {
    const owned = createSubject({ address: { account: '210987654321' } });
    await owned.read();
    expect(owned.sqs.asked).to.deep.equal([{ QueueName: 'events', QueueOwnerAWSAccountId: '210987654321' }]);

    const located = createSubject({ address: { url: 'http://host/1/events' } });
    await located.read();
    expect(located.sqs.asked).to.deep.equal([]);
  });

  it('deletes again what a batch did not delete', async () => {
    const { sqs, read } = createSubject();
    sqs.refused.add('m0');
    for (let index = 0; index < 3; index += 1) sqs.add(anEvent('own1'));

    await read(60_000);

    expect(sqs.deleted.sort()).to.deep.equal(['m0', 'm1', 'm2']);
  });

  it('continues if messages cannot be deleted', async () => {
    const { sqs, logger, applied, read } = createSubject();
    sqs.deleteFailure = awsError('ServerException', 'x');
    for (let index = 0; index < 30; index += 1) sqs.add(anEvent('own1'));

    await read(60_000);

    expect(applied).to.have.length(30);
    expect(logger.messages('warn')).to.deep.equal([]);
  });

  it('requests more messages when the queue contains only its own', async () => {
    const { clock, sqs, queue, stop } = createSubject();
    const running = queue.run(stop.signal);
    for (let index = 0; index < 16; index += 1) sqs.add(anEvent('own1'));
    await clock.advance(10);
    stop.abort();
    await clock.run(running);

    const receives = sqs.calls.filter((call) => call.startsWith('receive'));
    expect(receives).to.deep.equal(['receive 1', 'receive 2', 'receive 4', 'receive 8', 'receive 10']);
  });

  it('lets events gather between receives, for longer while they come one by one, and not after a quiet time', async () => {
    const { clock, sqs, queue, stop } = createSubject();
    const receivedAtMs: number[] = [];
    const receive = sqs.receiveMessages.bind(sqs);
    sqs.receiveMessages = async (input, options) => {
      receivedAtMs.push(clock.monotonicMs());
      if (receivedAtMs.length < 12) sqs.add(anEvent('own1'));
      return await receive(input, options);
    };
    const running = queue.run(stop.signal);
    await clock.advance(25_000);
    sqs.add(anEvent('own1'));
    await clock.advance(20_000);
    stop.abort();
    await clock.run(running);

    const pausesMs = receivedAtMs.slice(1).map((atMs, index) => atMs - (receivedAtMs[index] ?? 0));
    const growing = [20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000];
    expect(pausesMs).to.deep.equal([0, ...growing, 20_020]);
  });

  it('reports an event that could not be applied, and deletes it', async () => {
    const { sqs, logger, watcher, read } = createSubject();
    watcher.apply = () => Promise.reject(new Error('no'));
    sqs.add(anEvent('own1'));

    await read();

    expect(logger.messages('warn')).to.deep.equal(['Handling a task event failed']);
    expect(sqs.deleted).to.deep.equal(['m0']);
  });

  it('uses polling alone if the default queue does not exist', async () => {
    const { sqs, logger, queue, read } = createSubject({ isNamed: false });
    sqs.urlFailures.push(...Array.from({ length: 10 }, () => awsError('QueueDoesNotExist', 'x')));

    await read(30 * 60_000);

    expect(queue.problem).to.equal(null);
    expect(sqs.calls.length).to.be.at.most(4);
    expect(logger.lines.map(({ level }) => level)).to.deep.equal(['info']);
  });

  it('retries a configured queue forever, and reports a problem meanwhile', async () => {
    const { clock, sqs, queue, stop } = createSubject();
    sqs.urlFailures.push(...Array.from({ length: 9 }, () => awsError('AccessDenied', 'not allowed')));
    const running = queue.run(stop.signal);

    await clock.advance(180_000);
    const blind = queue.problem;
    await clock.advance(600_000);
    const seeing = queue.problem;
    stop.abort();
    await clock.run(running);

    expect(blind).to.include('not allowed');
    expect(seeing).to.equal(null);
  });
});
