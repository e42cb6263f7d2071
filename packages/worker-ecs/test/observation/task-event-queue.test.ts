import { expect } from 'chai';
import type { EcsTask } from '../../src/aws/ecs-api.js';
import type { SqsApi, SqsMessage } from '../../src/aws/sqs-api.js';
import { EventsPulse } from '../../src/observation/events-pulse.js';
import { TaskEventQueue } from '../../src/observation/task-event-queue.js';
import { startedBy } from '../../src/task-run/launch-token.js';
import { RememberingLogger, silentMeter } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';

const OURS = startedBy({ flowRunId: 'run', attemptId: '1', relaunch: 0 });

function anEvent(detail: EcsTask, id = 'event'): string {
  return JSON.stringify({ version: '0', id, 'detail-type': 'ECS Task State Change', source: 'aws.ecs', detail });
}

/** A queue that hands out its messages once each, in batches of ten, and remembers what became of them. */
class FakeSqs implements SqsApi {
  readonly deleted: string[] = [];
  readonly released: [string, number][] = [];
  readonly waiting: SqsMessage[] = [];
  readonly failures: Error[] = [];
  looks = 0;

  constructor(private readonly clock: FakeClock) {}

  add(body: string, receiveCount = 1): void {
    const id = `m${this.waiting.length}`;
    this.waiting.push({ MessageId: id, ReceiptHandle: id, Body: body, receiveCount });
  }

  async getQueueUrl(): Promise<{ readonly QueueUrl: string }> {
    this.looks += 1;
    const failure = this.failures.shift();
    if (failure) throw failure;
    return { QueueUrl: 'http://queue' };
  }

  async receiveMessages(
    input: { readonly WaitTimeSeconds: number },
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly SqsMessage[]> {
    if (this.waiting.length === 0) await this.clock.sleep(input.WaitTimeSeconds * 1000, options?.signal);
    return this.waiting.splice(0, 10);
  }

  async deleteMessages(input: { readonly receiptHandles: readonly string[] }): Promise<{ failedReceiptHandles: [] }> {
    this.deleted.push(...input.receiptHandles);
    return { failedReceiptHandles: [] };
  }

  async changeMessageVisibility(input: {
    readonly ReceiptHandle: string;
    readonly VisibilityTimeout: number;
  }): Promise<void> {
    this.released.push([input.ReceiptHandle, input.VisibilityTimeout]);
  }
}

function createSubject(options: { isNamed?: boolean; watched?: readonly string[] } = {}) {
  const clock = new FakeClock();
  const sqs = new FakeSqs(clock);
  const logger = new RememberingLogger();
  const applied: EcsTask[] = [];
  const early: EcsTask[] = [];
  const stop = new AbortController();
  const watcher = {
    isWatched: (arn: string) => (options.watched ?? ['t1', 't2']).includes(arn),
    apply: async (task: EcsTask): Promise<{ done: Promise<unknown> }> => {
      applied.push(task);
      return { done: Promise.resolve() };
    },
    keepEarly: (task: EcsTask) => void early.push(task),
  };
  const queue = new TaskEventQueue({
    sqs: async () => sqs,
    queueName: 'events',
    isNamed: options.isNamed ?? true,
    watcher,
    pulse: new EventsPulse(),
    clock,
    meter: silentMeter,
    logger,
  });
  const read = async (ms = 1_000) => {
    const running = queue.run(stop.signal);
    await clock.advance(ms);
    stop.abort();
    await clock.run(running);
  };
  return { clock, sqs, logger, applied, early, watcher, queue, read, stop };
}

describe('TaskEventQueue', () => {
  it('passes events on in the order of the versions of each task, then deletes them', async () => {
    const { sqs, applied, read } = createSubject();
    sqs.add(anEvent({ taskArn: 't1', version: 3, lastStatus: 'STOPPED' }));
    sqs.add(anEvent({ taskArn: 't2', version: 1, lastStatus: 'PENDING' }));
    sqs.add(anEvent({ taskArn: 't1', version: 2, lastStatus: 'RUNNING' }));

    await read();

    expect(applied.filter(({ taskArn }) => taskArn === 't1').map(({ version }) => version)).to.deep.equal([2, 3]);
    expect(applied).to.have.length(3);
    expect(sqs.deleted.sort()).to.deep.equal(['m0', 'm1', 'm2']);
  });

  it('deletes nothing before its deed is done', async () => {
    const { clock, sqs, watcher, queue, stop } = createSubject();
    let finish: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    watcher.apply = async () => ({ done });
    sqs.add(anEvent({ taskArn: 't1', version: 1, lastStatus: 'STOPPED' }));
    const running = queue.run(stop.signal);

    await clock.advance(5_000);
    const before = [...sqs.deleted];
    finish();
    await clock.advance(1);
    stop.abort();
    await clock.run(running);

    expect(before).to.deep.equal([]);
    expect(sqs.deleted).to.deep.equal(['m0']);
  });

  it('offers an event again when it could not be dealt with, and gives it up in the end', async () => {
    const { sqs, watcher, read } = createSubject();
    watcher.apply = () => Promise.reject(new Error('no'));
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'STOPPED' }), 1);
    sqs.add(anEvent({ taskArn: 't2', lastStatus: 'STOPPED' }), 5);

    await read();

    expect(sqs.released).to.deep.equal([['m0', 3]]);
    expect(sqs.deleted).to.deep.equal(['m1']);
  });

  it('sets aside what is no event, with a line in the log', async () => {
    const { sqs, logger, applied, read } = createSubject();
    for (const body of ['{', '[]', '"x"', JSON.stringify({ 'detail-type': 'ECS Task State Change' })]) sqs.add(body);
    sqs.add(JSON.stringify({ 'detail-type': 'ECS Service Action' }));

    await read();

    expect(sqs.deleted).to.have.length(5);
    expect(applied).to.deep.equal([]);
    expect(logger.lines.filter(({ message }) => message.includes('set aside'))).to.have.length(4);
  });

  it('leaves events of other workers to them for a while, and remembers those of its own project', async () => {
    const { sqs, early, read } = createSubject();
    sqs.add(anEvent({ taskArn: 'x1', startedBy: OURS, lastStatus: 'PENDING' }), 1);
    sqs.add(anEvent({ taskArn: 'x2', startedBy: OURS, lastStatus: 'PENDING' }), 12);
    sqs.add(anEvent({ taskArn: 'x5', startedBy: OURS, lastStatus: 'STOPPED' }), 11);
    sqs.add(anEvent({ taskArn: 'x3', startedBy: 'somebody', lastStatus: 'PENDING' }), 1);
    sqs.add(anEvent({ taskArn: 'x4', lastStatus: 'PENDING' }), 3);

    await read();

    expect(Object.fromEntries(sqs.released)).to.deep.equal({ m0: 3, m2: 192, m3: 3 });
    expect(sqs.deleted.sort()).to.deep.equal(['m1', 'm4']);
    expect(early.map(({ taskArn }) => taskArn)).to.deep.equal(['x1', 'x2', 'x5']);
  });

  it('takes a missing queue that nobody named for polling alone', async () => {
    const { sqs, logger, queue, read } = createSubject({ isNamed: false });
    sqs.failures.push(...Array.from({ length: 10 }, () => awsError('QueueDoesNotExist', 'x')));

    await read(30 * 60_000);

    expect(queue.problem).to.equal(null);
    expect(sqs.looks).to.be.at.most(4);
    expect(logger.lines.map(({ level }) => level)).to.deep.equal(['info']);
  });

  it('tries for ever to read a queue that was named, and is a problem meanwhile', async () => {
    const { clock, sqs, queue, stop } = createSubject();
    sqs.failures.push(...Array.from({ length: 9 }, () => awsError('AccessDenied', 'not allowed')));
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
