import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  BaseJobConfiguration,
  BaseVariables,
  BaseWorker,
  definePlugin,
  OrchestratorUnavailableError,
  TOKENS,
  type WorkerExtension,
  WorkerResult,
} from '@worker-host/core';
import { FakeClock, FakePool, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createWorkerHost } from 'worker-host';
import { extension as statsd } from '../src/metrics-sink.js';
import { extension as impatient } from '../src/retry-policy.js';
import { Opened } from './support.js';

class IdleWorker extends BaseWorker {
  readonly type = 'idle';

  async run(): Promise<WorkerResult> {
    return new WorkerResult('idle', 0);
  }
}

const plugin = definePlugin({
  type: 'idle',
  displayName: 'Idle',
  description: 'Does nothing.',
  configuration: BaseJobConfiguration,
  variables: BaseVariables,
  register: (container) => container.registerInstance(TOKENS.Worker, new IdleWorker()),
});

function aHost(extensions: readonly WorkerExtension[]) {
  const clock = new FakeClock();
  const orchestrator = new FakePool({ clock, workPool: null }).createClient();
  const host = createWorkerHost({ orchestrator, plugin, extensions, clock, settings: { workPoolName: 'p' } });
  return { clock, orchestrator, host };
}

describe('an extension of the host in fifteen lines', () => {
  const opened = new Opened();
  afterEach(() => opened.closeAll());

  for (const [title, extensions, tries] of [
    ['sets how long the host waits between tries', [impatient], 4],
    ['is what makes it try so often', [], 2],
  ] as const) {
    it(title, async () => {
      const { clock, orchestrator, host } = aHost(extensions);
      let tried = 0;
      orchestrator.open = () => {
        tried += 1;
        return Promise.reject(new OrchestratorUnavailableError('GET /', 'no answer'));
      };

      const ended = host.run();
      await clock.advance(1_900);
      host.stop();
      await ended;

      expect(tried).to.equal(tries);
    });
  }

  it('receives the metrics', async () => {
    const server = opened.add(createSocket('udp4'), (socket) => socket.close());
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.STATSD_PORT = String(server.address().port);
    const { host } = aHost([statsd]);

    const first = once(server, 'message');
    const ended = host.run();
    await settle();
    host.stop();
    await ended;

    expect(String((await first)[0])).to.match(/^\w+:\d+\|[cgh]$/);
  });
});
