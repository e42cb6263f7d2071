import {
  defineExtension,
  definePlugin,
  type EventSink,
  type Meter,
  TOKENS,
  type WorkerExtension,
} from '@worker-host/core';
import { FakeClock, FakePool, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { Lifecycle } from 'tsyringe';
import { createWorkerHost } from '../../src/host/composition.js';
import { HOST_TOKENS } from '../../src/host/tokens.js';
import { FakeWorker, fakePlugin } from './support/fake-worker.js';

const closed: string[] = [];

class Sink implements Meter {
  readonly names: string[] = [];

  count(name: string): void {
    this.names.push(name);
  }

  gauge(name: string): void {
    this.names.push(name);
  }

  observe(name: string): void {
    this.names.push(name);
  }

  dispose(): void {
    closed.push('sink');
  }
}

function aHost(extensions: readonly WorkerExtension[], given: { readonly meter?: Meter } = {}) {
  const clock = new FakeClock();
  const pool = new FakePool({ clock });
  const logger = new RecordingLogger();
  const worker = new FakeWorker();
  const plugin = definePlugin({
    type: 'fake',
    extends: fakePlugin(worker),
    register(container) {
      container.register('part', { useFactory: () => ({ dispose: () => closed.push('part of the plugin') }) });
      container.register(TOKENS.Worker, {
        useFactory: (parts) => {
          parts.resolve('part');
          parts.resolve(TOKENS.Meter).count('of_the_plugin_total');
          parts.resolve(TOKENS.Events).emit({ event: 'of-the-plugin', resource: {}, related: [] });
          return worker;
        },
      });
    },
  });
  const host = createWorkerHost({
    ...given,
    orchestrator: pool.createClient(),
    plugin,
    clock,
    logger,
    extensions,
    settings: { workPoolName: 'p' },
  });
  const runToEnd = async (): Promise<void> => {
    const ended = host.run();
    await settle();
    host.stop();
    await ended;
  };
  return { host, pool, worker, clock, logger, runToEnd };
}

describe('an extension of a host', () => {
  beforeEach(() => void closed.splice(0));

  it('adds sinks of metrics, which receive the measurements of host and plugin', async () => {
    const [own, added] = [new Sink(), new Sink()];
    const extension = defineExtension({
      name: 'statsd',
      registerHost: (container) => void container.registerInstance(HOST_TOKENS.MetricsSink, added),
    });

    await aHost([extension], { meter: own }).runToEnd();

    expect(added.names).to.include('of_the_plugin_total').and.to.have.length.above(1);
    expect(added.names).to.deep.equal(own.names);
  });

  it('adds sinks of events, which receive them with the ids of the control plane', async () => {
    const events: (readonly [string, string | undefined])[] = [];
    const sink: EventSink = {
      emit: ({ event, id }) => {
        events.push([event, id]);
        return '';
      },
    };
    const extension = defineExtension({
      name: 'audit',
      registerHost: (container) => void container.registerInstance(HOST_TOKENS.EventSink, sink),
    });
    const { pool, runToEnd } = aHost([extension]);

    await runToEnd();

    expect(pool.events).to.have.length(3);
    expect(events.map(([event]) => event)).to.deep.equal([
      'of-the-plugin',
      'prefect.worker.started',
      'prefect.worker.stopped',
    ]);
    expect(events.map(([, id]) => id)).to.deep.equal(['event-1', 'event-2', 'event-3']);
  });

  it('loses only its own data if its sink throws, which is logged once', async () => {
    const own = new Sink();
    const fail = () => {
      throw new Error('no route to host');
    };
    const extension = defineExtension({
      name: 'broken',
      registerHost: (container) =>
        void container.registerInstance(HOST_TOKENS.MetricsSink, { count: fail, gauge: fail, observe: fail }),
    });
    const { logger, runToEnd } = aHost([extension], { meter: own });

    await runToEnd();

    expect(own.names).to.have.length.above(1);
    expect(logger.messages('warn')).to.deep.equal(['A sink of metrics failed; its data is lost']);
  });

  it('replaces slots, retry policy and clock', async () => {
    const slots = { limit: 0, taken: 0, free: 0, tryTake: () => null, take: () => ({ release() {} }) };
    const clock = new FakeClock();
    const extension = defineExtension({
      name: 'none',
      registerHost: (container) => {
        container.registerInstance(HOST_TOKENS.Slots, slots);
        container.registerInstance(HOST_TOKENS.Clock, clock);
        container.registerInstance(HOST_TOKENS.RetryPolicy, {
          operation: { firstMs: 5, longestMs: 5 },
          longestLoopMs: 5,
        });
      },
    });
    const subject = aHost([extension]);
    subject.pool.addRun({ id: 'a' });
    const ended = subject.host.run();
    await clock.advance(60_000);
    subject.host.stop();
    await ended;

    expect(subject.worker.jobs).to.deep.equal([]);
    expect(subject.clock.nowMs()).to.equal(new FakeClock().nowMs());
  });

  it('has the instances of its classes disposed of at the end, after the parts of the plugin', async () => {
    const extension = defineExtension({
      name: 'statsd',
      registerHost: (container) =>
        void container.register(HOST_TOKENS.MetricsSink, { useClass: Sink }, { lifecycle: Lifecycle.ContainerScoped }),
    });

    await aHost([extension]).runToEnd();

    expect(closed).to.deep.equal(['part of the plugin', 'sink']);
  });

  it('causes a warning if it is for plugins of other types', () => {
    const { logger } = aHost([defineExtension({ name: 'theirs', types: ['esc'] })]);

    expect(logger.lines.map(({ message, fields }) => [message, fields.extension, fields.types])).to.deep.equal([
      ['An extension is for plugins of other types', 'theirs', ['esc']],
    ]);
  });
});
