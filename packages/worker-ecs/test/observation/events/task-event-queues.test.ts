import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { AwsClients, AwsClientsProvider } from '../../../src/aws/aws-clients.js';
import type { SqsApi } from '../../../src/aws/sqs-api.js';
import type { EcsSettings } from '../../../src/ecs-settings.js';
import { EventsPulse } from '../../../src/observation/events/events-pulse.js';
import { TaskEventQueues } from '../../../src/observation/events/task-event-queues.js';
import { TaskEventReceiver } from '../../../src/observation/events/task-event-receiver.js';
import { TaskWatcher } from '../../../src/observation/watch/task-watcher.js';
import { silentMeter, someClients, someSettings } from '../../support/builders.js';
import { awsError } from '../../support/fake-ecs.js';

/** A queue whose reads wait until they are aborted. */
function aQueue(clock: FakeClock, failure: Error | null = null) {
  let receptions = 0;
  let hold: Promise<void> = Promise.resolve();
  const sqs: SqsApi = {
    async getQueueUrl() {
      if (failure) throw failure;
      return { QueueUrl: 'http://queue' };
    },
    async receiveMessages(_input, options) {
      receptions += 1;
      await clock.sleep(20_000, options?.signal).catch(() => {});
      await hold;
      return [];
    },
    deleteMessages: () => Promise.reject(new Error('nothing to delete')),
    getQueueAttributes: async () => ({}),
    changeMessageVisibilities: () => Promise.reject(new Error('nothing to change')),
  };
  return {
    sqs,
    get receptions() {
      return receptions;
    },
    holdUntil(promise: Promise<void>) {
      hold = promise;
    },
  };
}

function createSubject(given: Partial<EcsSettings> = {}, elsewhere: AwsClients | null = null) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const settings = someSettings(given);
  const pulse = new EventsPulse();
  const asked: unknown[] = [];
  const clients = {
    clientsFor: async (...order: unknown[]) => {
      asked.push(order);
      return elsewhere ?? someClients();
    },
  } as unknown as AwsClientsProvider;
  const watcher = new TaskWatcher(settings, clock, silentMeter, logger, pulse);
  return {
    clock,
    queues: new TaskEventQueues(
      clients,
      settings,
      watcher,
      new TaskEventReceiver(watcher, pulse, clock, logger),
      pulse,
      clock,
      silentMeter,
      logger,
      { workPoolName: 'etl' },
    ),
    asked,
  };
}

describe('TaskEventQueues', () => {
  it('reads the queue of each set of credentials once', async () => {
    const { clock, queues, asked } = createSubject();
    const one = aQueue(clock);
    const other = aQueue(clock);

    queues.begin(someClients({ key: 'one', sqs: one.sqs }), null);
    queues.begin(someClients({ key: 'one', sqs: one.sqs }), null);
    queues.begin(someClients({ key: 'other', sqs: other.sqs }), null);
    await settle();

    expect([one.receptions, other.receptions]).to.deep.equal([1, 1]);
    expect(asked).to.deep.equal([]);
    await queues.close();
  });

  it('reads nothing if this is disabled', async () => {
    const { clock, queues } = createSubject({ observerEnabled: false });
    const queue = aQueue(clock);

    queues.begin(someClients({ sqs: queue.sqs }), null);
    await settle();

    expect(queue.receptions).to.equal(0);
  });

  it('reads in the region of the settings, with the credentials of the tasks', async () => {
    const clockOfQueue = new FakeClock();
    const elsewhere = aQueue(clockOfQueue);
    const { clock, queues, asked } = createSubject(
      { queue: { url: null, name: 'events', account: null, region: 'eu-west-1' } },
      someClients({ key: 'elsewhere', sqs: elsewhere.sqs }),
    );
    const here = aQueue(clock);
    const credentials = { name: 'block' } as never;

    queues.begin(someClients({ sqs: here.sqs }), credentials);
    await settle();

    expect(asked).to.deep.equal([[credentials, 'eu-west-1']]);
    expect([here.receptions, elsewhere.receptions]).to.deep.equal([0, 1]);
    await queues.close();
  });

  it('reports one problem per unreadable queue', async () => {
    const { clock, queues } = createSubject({ isQueueNamed: true });
    queues.begin(someClients({ key: 'a', sqs: aQueue(clock, awsError('AccessDenied', 'no')).sqs }), null);
    queues.begin(someClients({ key: 'b', sqs: aQueue(clock).sqs }), null);
    expect(queues.problems).to.deep.equal([]);

    await clock.advance(180_000);

    expect(queues.problems).to.have.length(1);
    expect(queues.problems[0]).to.include('AccessDenied no');
    await queues.close();
  });

  it('is closed when no operation is in progress, and reads nothing after that', async () => {
    const { clock, queues } = createSubject();
    const queue = aQueue(clock);
    let release: () => void = () => {};
    queue.holdUntil(
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    queues.begin(someClients({ key: 'a', sqs: queue.sqs }), null);
    await settle();

    let isClosed = false;
    const closing = queues.close().then(() => {
      isClosed = true;
    });
    await settle();
    expect(isClosed).to.equal(false);
    release();
    await closing;
    queues.begin(someClients({ key: 'b', sqs: queue.sqs }), null);
    await clock.advance(60_000);

    expect(queue.receptions).to.equal(1);
  });
});
