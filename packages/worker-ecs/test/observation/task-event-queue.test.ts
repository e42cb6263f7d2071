import { expect } from 'chai';
import type { EcsTask } from '../../src/aws/ecs-api.js';
import type { SqsApi, SqsMessage } from '../../src/aws/sqs-api.js';
import { EventsPulse } from '../../src/observation/events-pulse.js';
import { TaskEventQueue } from '../../src/observation/task-event-queue.js';
import type { TaskEventFacts } from '../../src/observation/watched-task.js';
import { startedBy } from '../../src/task-run/launch-token.js';
import { RememberingLogger } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';
import { RecordingMeter } from '../support/recording-meter.js';

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
  readonly receiveFailures: Error[] = [];
  readonly received: unknown[] = [];
  readonly lookedAtMs: number[] = [];
  deleteFailure: Error | null = null;
  deletions = 0;
  looks = 0;

  constructor(private readonly clock: FakeClock) {}

  add(body: string, receiveCount = 1): void {
    const id = `m${this.waiting.length}`;
    this.waiting.push({ MessageId: id, ReceiptHandle: id, Body: body, receiveCount });
  }

  async getQueueUrl(): Promise<{ readonly QueueUrl: string }> {
    this.looks += 1;
    this.lookedAtMs.push(this.clock.monotonicMs());
    const failure = this.failures.shift();
    if (failure) throw failure;
    return { QueueUrl: 'http://queue' };
  }

  async receiveMessages(
    input: { readonly WaitTimeSeconds: number },
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly SqsMessage[]> {
    this.received.push(input);
    const failure = this.receiveFailures.shift();
    if (failure) throw failure;
    if (this.waiting.length === 0) await this.clock.sleep(input.WaitTimeSeconds * 1000, options?.signal);
    return this.waiting.splice(0, 10);
  }

  async deleteMessages(input: { readonly receiptHandles: readonly string[] }): Promise<{ failedReceiptHandles: [] }> {
    this.deletions += 1;
    if (this.deleteFailure) throw this.deleteFailure;
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
  const meter = new RecordingMeter();
  const pulse = new EventsPulse();
  const applied: EcsTask[] = [];
  const events: TaskEventFacts[] = [];
  const early: EcsTask[] = [];
  const stop = new AbortController();
  const watcher = {
    isWatched: (arn: string) => (options.watched ?? ['t1', 't2']).includes(arn),
    apply: async (task: EcsTask, event: TaskEventFacts): Promise<{ done: Promise<unknown> }> => {
      applied.push(task);
      events.push(event);
      return { done: Promise.resolve() };
    },
    keepEarly: (task: EcsTask) => void early.push(task),
  };
  const queue = new TaskEventQueue({
    sqs: async () => sqs,
    queueName: 'events',
    isNamed: options.isNamed ?? true,
    watcher,
    pulse,
    clock,
    meter,
    logger,
  });
  const read = async (ms = 1_000) => {
    const running = queue.run(stop.signal);
    await clock.advance(ms);
    stop.abort();
    await clock.run(running);
  };
  return { clock, sqs, logger, meter, pulse, applied, events, early, watcher, queue, read, stop };
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

  it('asks for ten messages at a time, for twenty seconds, and hides them for a minute', async () => {
    const { sqs, meter, read } = createSubject();

    await read(41_000);

    const asked = { QueueUrl: 'http://queue', MaxNumberOfMessages: 10, WaitTimeSeconds: 20, VisibilityTimeout: 60 };
    expect(sqs.received).to.deep.equal([asked, asked, asked]);
    expect(sqs.looks).to.equal(1);
    expect(sqs.deletions).to.equal(0);
    expect(meter.measured).to.deep.equal([]);
  });

  it('passes on id and time of an event, and takes its arrival for a sign that events arrive', async () => {
    const { clock, sqs, pulse, events, meter, read } = createSubject();
    const id = 'b5c3a1f0-7d2e-4f6a-9c8b-0e1d2c3b4a59';
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'RUNNING' }, id));
    sqs.add(anEvent({ taskArn: 't2', lastStatus: 'RUNNING' }, 'no uuid'));

    await read();

    expect(events).to.deep.equal([
      { id, time: null },
      { id: '', time: null },
    ]);
    expect(pulse.provesAlive(clock.monotonicMs())).to.equal(true);
    expect(meter.of('ecs_task_events_total')).to.deep.equal(['ecs_task_events_total 2']);
  });

  it('does not count events of tasks that are not watched as a sign', async () => {
    const { clock, sqs, pulse, read } = createSubject();
    sqs.add(anEvent({ taskArn: 'x1', startedBy: OURS, lastStatus: 'RUNNING' }));

    await read();

    expect(pulse.provesAlive(clock.monotonicMs())).to.equal(false);
  });

  it('deletes an event that is not about a task, and passes it to nobody', async () => {
    const { sqs, applied, early, read } = createSubject();
    sqs.add(anEvent({ lastStatus: 'RUNNING', startedBy: OURS }));

    await read();

    expect(sqs.deleted).to.deep.equal(['m0']);
    expect([...applied, ...early]).to.deep.equal([]);
  });

  it('deletes an event of a running task at once, although its end is not acted upon', async () => {
    const { sqs, watcher, read } = createSubject();
    watcher.apply = async () => ({ done: new Promise(() => {}) });
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'RUNNING' }));

    await read();

    expect(sqs.deleted).to.deep.equal(['m0']);
  });

  it('leaves a message in the queue when its deed fails', async () => {
    const { sqs, logger, watcher, read } = createSubject();
    watcher.apply = async () => ({ done: Promise.reject(new Error('the host lets go')) });
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'STOPPED' }));

    await read();

    expect(sqs.deleted).to.deep.equal([]);
    expect(logger.lines.map(({ level }) => level)).to.deep.equal(['debug']);
  });

  it('takes events without a version for older than all others', async () => {
    const { sqs, applied, read } = createSubject();
    sqs.add(anEvent({ taskArn: 't1', version: 1, lastStatus: 'RUNNING' }));
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'PENDING' }));

    await read();

    expect(applied.map(({ lastStatus }) => lastStatus)).to.deep.equal(['PENDING', 'RUNNING']);
  });

  it('deals with the events of one task one after another, with those of several together', async () => {
    const { clock, sqs, watcher, queue, stop } = createSubject();
    const underWay: string[] = [];
    const release: (() => void)[] = [];
    watcher.apply = async (task) => {
      underWay.push(`${task.taskArn} ${task.version}`);
      await new Promise<void>((resolve) => release.push(resolve));
      return { done: Promise.resolve() };
    };
    for (const version of [1, 2]) {
      for (const taskArn of ['t1', 't2']) sqs.add(anEvent({ taskArn, version, lastStatus: 'RUNNING' }));
    }
    const running = queue.run(stop.signal);

    await clock.advance(1);
    expect(underWay).to.deep.equal(['t1 1', 't2 1']);
    release[0]?.();
    await clock.advance(1);
    expect(underWay).to.deep.equal(['t1 1', 't2 1', 't1 2']);

    stop.abort();
    for (let turn = 0; turn < 4; turn += 1) {
      for (const each of release) each();
      await clock.advance(1);
    }
    await running;
  });

  it('deals with ten batches at once at most', async () => {
    const { clock, sqs, watcher, queue, stop } = createSubject();
    const release: (() => void)[] = [];
    watcher.apply = async () => {
      await new Promise<void>((resolve) => release.push(resolve));
      return { done: Promise.resolve() };
    };
    for (let index = 0; index < 120; index += 1) sqs.add(anEvent({ taskArn: 't1', version: index, lastStatus: 'X' }));
    const running = queue.run(stop.signal);

    await clock.advance(1);
    expect(sqs.received).to.have.length(10);
    for (let turn = 0; turn < 200 && sqs.received.length < 12; turn += 1) {
      release.shift()?.();
      await clock.advance(0);
    }
    expect(sqs.received.length).to.be.at.least(11);

    stop.abort();
    let isDone = false;
    void running.then(() => {
      isDone = true;
    });
    while (!isDone) {
      release.shift()?.();
      await clock.advance(0);
    }
  });

  it('ends only when what it has begun is done', async () => {
    const { clock, sqs, watcher, queue, stop } = createSubject();
    let release: () => void = () => {};
    watcher.apply = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { done: Promise.resolve() };
    };
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'RUNNING' }));
    let isDone = false;
    const running = queue.run(stop.signal).then(() => {
      isDone = true;
    });
    await clock.advance(1_000);

    stop.abort();
    await clock.advance(1);
    expect(isDone).to.equal(false);
    release();
    await running;

    expect(sqs.deleted).to.deep.equal(['m0']);
  });

  it('warns about an event that could not be dealt with', async () => {
    const { sqs, logger, watcher, read } = createSubject();
    const error = new Error('no');
    watcher.apply = () => Promise.reject(error);
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'STOPPED' }));

    await read();

    expect(logger.lines).to.deep.equal([
      { level: 'warn', message: 'A task event could not be dealt with', fields: { taskArn: 't1', error } },
    ]);
  });

  it('quotes what is no event, shortened, and counts it', async () => {
    const { sqs, logger, meter, read } = createSubject();
    sqs.add('x'.repeat(300));
    sqs.add('y'.repeat(301));

    await read();

    const quoted = logger.lines.map(({ fields }) => (fields as { quoted: string }).quoted);
    expect(quoted).to.deep.equal(['x'.repeat(300), `${'y'.repeat(300)}…`]);
    expect(meter.of('ecs_task_events_set_aside_total')).to.have.length(2);
  });

  it('goes on when messages cannot be deleted', async () => {
    const { clock, sqs, logger, queue, stop } = createSubject();
    sqs.deleteFailure = awsError('ServerException', 'x');
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'RUNNING' }));
    sqs.add(anEvent({ taskArn: 't2', lastStatus: 'STOPPED' }));
    const running = queue.run(stop.signal);
    await clock.advance(1_000);
    expect(logger.lines.map(({ level }) => level)).to.deep.equal(['debug', 'debug']);

    sqs.deleteFailure = null;
    sqs.add(anEvent({ taskArn: 't1', lastStatus: 'RUNNING' }));
    await clock.advance(20_000);
    stop.abort();
    await clock.run(running);

    expect(sqs.deleted).to.deep.equal(['m0']);
  });

  it('does not call SQS for a message without a handle', async () => {
    const { sqs, read } = createSubject();
    for (const [taskArn, lastStatus] of [
      ['t1', 'RUNNING'],
      ['t2', 'STOPPED'],
      ['x1', 'RUNNING'],
    ] as const) {
      sqs.waiting.push({ MessageId: taskArn, Body: anEvent({ taskArn, lastStatus }), receiveCount: 1 });
    }

    await read();

    expect(sqs.deletions).to.equal(0);
    expect(sqs.released).to.deep.equal([]);
  });

  it('spreads later offers up to five minutes', async () => {
    const { sqs, read } = createSubject();
    for (const receiveCount of [5, 6, 7, 11]) {
      sqs.add(anEvent({ taskArn: `x${receiveCount}`, startedBy: OURS, lastStatus: 'PENDING' }), receiveCount);
    }

    await read();

    expect(sqs.released.map(([, seconds]) => seconds)).to.deep.equal([3, 6, 12, 192]);
  });

  describe('while a named queue cannot be read', () => {
    const denied = () => awsError('AccessDenied', 'not allowed');

    it('doubles its pauses from one second to a minute, half of each by chance', async () => {
      const { sqs, read } = createSubject();
      sqs.failures.push(...Array.from({ length: 40 }, denied));

      await read(300_000);

      const pauses = sqs.lookedAtMs.map((ms, index) => ms - (sqs.lookedAtMs[index - 1] ?? 0)).slice(1, 10);
      expect(pauses).to.deep.equal([750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000, 45_000]);
    });

    it('warns once, and is a problem after two minutes', async () => {
      const { clock, sqs, logger, meter, queue, stop } = createSubject();
      await clock.advance(5_000);
      sqs.failures.push(...Array.from({ length: 40 }, denied));
      const running = queue.run(stop.signal);
      await clock.advance(119_400);
      expect(queue.problem).to.equal(null);
      await clock.advance(600);

      expect(queue.problem).to.equal(
        'Task events of queue events could not be read for 120 s: AccessDenied not allowed',
      );
      expect(logger.lines.map(({ level }) => level)).to.deep.equal(['warn']);
      expect(logger.lines[0]?.fields).to.have.property('queue', 'events');
      expect(meter.of('ecs_task_events_blind')[0]).to.equal('ecs_task_events_blind 1');
      stop.abort();
      await clock.run(running);
    });

    it('reports when it reads again, and begins with short pauses the next time', async () => {
      const { clock, sqs, logger, meter, queue, stop } = createSubject();
      sqs.failures.push(...Array.from({ length: 6 }, denied));
      const running = queue.run(stop.signal);
      await clock.advance(70_000);

      expect(queue.problem).to.equal(null);
      expect(logger.lines.map(({ level }) => level)).to.deep.equal(['warn', 'info']);
      expect(logger.lines[1]?.fields).to.deep.equal({ queue: 'events' });
      expect(meter.of('ecs_task_events_blind').at(-1)).to.equal('ecs_task_events_blind 0');

      await clock.advance(10_000);
      const before = sqs.received.length;
      sqs.receiveFailures.push(...Array.from({ length: 3 }, denied));
      await clock.advance(26_000);
      expect(sqs.received.length - before).to.be.at.least(4);
      stop.abort();
      await clock.run(running);
    });

    it('does not count a call that was broken off as a failure', async () => {
      const { logger, meter, read } = createSubject();

      await read(5_000);

      expect(logger.lines).to.deep.equal([]);
      expect(meter.measured).to.deep.equal([]);
    });
  });

  for (const name of ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue']) {
    it(`looks a queue up again that was deleted (${name})`, async () => {
      const { sqs, read } = createSubject();
      sqs.receiveFailures.push(awsError(name, 'gone'));

      await read(5_000);

      expect(sqs.looks).to.equal(2);
    });
  }

  it('does not look a queue up again after another failure', async () => {
    const { sqs, read } = createSubject();
    sqs.receiveFailures.push(awsError('ServerException', 'x'));

    await read(5_000);

    expect(sqs.looks).to.equal(1);
  });

  describe('when nobody named the queue', () => {
    it('looks for it every ten minutes, and says so once until it was read', async () => {
      const { clock, sqs, logger, queue, stop } = createSubject({ isNamed: false });
      sqs.failures.push(awsError('QueueDoesNotExist', 'none'), awsError('QueueDoesNotExist', 'none'));
      const running = queue.run(stop.signal);
      await clock.advance(20 * 60_000 - 1);
      expect(sqs.looks).to.equal(2);
      expect(logger.lines.map(({ fields }) => fields)).to.deep.equal([
        { queue: 'events', why: 'QueueDoesNotExist none' },
      ]);
      await clock.advance(1);
      expect(sqs.looks).to.equal(3);
      stop.abort();
      await clock.run(running);
    });

    it('misses it when it goes after it was read', async () => {
      const { clock, sqs, logger, queue, stop } = createSubject({ isNamed: false });
      const running = queue.run(stop.signal);
      await clock.advance(25_000);
      sqs.receiveFailures.push(awsError('QueueDoesNotExist', 'gone'));
      sqs.failures.push(...Array.from({ length: 40 }, () => awsError('QueueDoesNotExist', 'gone')));
      await clock.advance(180_000);

      expect(queue.problem).to.include('QueueDoesNotExist gone');
      expect(logger.lines.map(({ level }) => level)).to.deep.equal(['warn']);
      stop.abort();
      await clock.run(running);
    });
  });
});
