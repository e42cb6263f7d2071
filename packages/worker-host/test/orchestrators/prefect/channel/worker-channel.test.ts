import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import type { ChannelListener } from '../../../../src/orchestrators/prefect/channel/worker-channel.js';
import { WorkerChannel } from '../../../../src/orchestrators/prefect/channel/worker-channel.js';
import {
  type SocketOpening,
  SocketRefusedError,
} from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';
import { aConnection } from '../support/a-connection.js';
import { type FakeSocket, FakeSockets } from '../support/fake-socket.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const HELLO = {
  consumer_id: 'c1',
  worker_name: 'w1',
  worker_type: 'some-type',
  heartbeat_interval_seconds: 30,
  supported_channel_versions: ['work_pool_worker_channel.v1'],
  requested_capabilities: ['worker_heartbeat.v1', 'work_pool_snapshot.v1', 'cleanup_delivery.v1'],
  work_queue_names: [],
  handled_cleanup_kinds: ['cancelling_timeout_teardown.v1'],
  max_cleanup_concurrency: 1,
  create_pool_if_not_found: true,
  default_base_job_template: {},
  worker_metadata: { a: 1 },
};

const frame = (type: string, payload: object) => ({ type, id: 'f', sent_at: '2027-01-01T00:00:00Z', payload });
const ready = (changes: object = {}) =>
  frame('worker.ready.v1', {
    consumer_id: 'c1',
    worker_id: null,
    selected_channel_version: 'work_pool_worker_channel.v1',
    effective_heartbeat_interval_seconds: 30,
    accepted_capabilities: HELLO.requested_capabilities,
    rejected_capabilities: [],
    effective_max_cleanup_concurrency: 1,
    resolved_work_queues: [],
    initial_snapshot: { snapshot_sequence: 1, reason: 'initial', work_pool: { name: 'p' } },
    ...changes,
  });

describe('WorkerChannel', () => {
  const createSubject = (refuse?: (opening: SocketOpening, index: number) => Error | null) => {
    const clock = new ManualClock();
    const sockets = new FakeSockets(refuse);
    const told: string[] = [];
    const helloed: number[] = [];
    const listener: ChannelListener = {
      onHello: (sentAtMs) => helloed.push(sentAtMs),
      onReady: (_ready, sentAtMs) => {
        told.push('ready');
        expect(helloed.at(-1)).to.equal(sentAtMs);
      },
      onSnapshot: ({ sequence }) => told.push(`snapshot ${sequence}`),
      onCleanup: ({ messageId, leaseMs }) => told.push(`cleanup ${messageId} ${leaseMs}`),
      onOperationResult: ({ status }) => told.push(`result ${status}`),
      onCleanupLost: () => told.push('cleanup lost'),
    };
    const channel = new WorkerChannel(
      {
        connection: aConnection({ authString: 'a:b', apiKey: 'key' }),
        environment: {},
        clock,
        logger: silentLogger,
        openSocket: sockets.open,
      },
      'my pool/1',
      HELLO,
      listener,
    );
    return { clock, sockets, told, channel };
  };
  const types = (socket: FakeSocket) => socket.sent.map((sent) => sent.type);

  it('sends the hello, becomes healthy and sends a heartbeat on request', async () => {
    const { clock, sockets, told, channel } = createSubject();
    const started = channel.start();
    await settle();

    sockets.last.receive(ready({ effective_heartbeat_interval_seconds: 10 }));
    await started;
    await clock.advance(25_000);
    const beating = channel.beat(new AbortController().signal);
    await clock.advance(500);
    await beating;

    expect(channel.state).to.equal('healthy');
    expect(told).to.deep.equal(['ready']);
    expect(sockets.last.opening).to.include({ path: '/work_pools/my%20pool%2F1/workers/connect', token: 'a:b' });
    expect(types(sockets.last)).to.deep.equal(['worker.hello.v1', 'worker.heartbeat.v1']);
    expect(sockets.last.sent[1]?.payload).to.deep.equal({
      consumer_id: 'c1',
      worker_name: 'w1',
      heartbeat_interval_seconds: 30,
    });
    expect(sockets.last.pings).to.equal(1);
    await channel.stop();
  });

  describe('a heartbeat', () => {
    const beat = (channel: WorkerChannel, signal = new AbortController().signal) =>
      channel.beat(signal).then(
        () => 'taken',
        (error: unknown) => String(error),
      );

    it('fails before the channel is healthy', async () => {
      const { channel } = createSubject();

      expect(await beat(channel)).to.match(/not open/);
    });

    it('that the server cannot store fails: it closes the channel', async () => {
      const { clock, sockets, channel } = createSubject();
      void channel.start();
      await settle();
      sockets.last.receive(ready());
      const beating = beat(channel);
      await clock.advance(100);

      sockets.last.close(1011, 'heartbeat_persistence_failed');

      expect(await beating).to.match(/heartbeat_persistence_failed/);
      await channel.stop();
    });

    it('without a response of the server until its deadline makes the channel reconnect', async () => {
      const { clock, sockets, channel } = createSubject();
      void channel.start();
      await settle();
      sockets.last.receive(ready());
      sockets.last.isDeaf = true;
      const deadline = new AbortController();
      const beating = beat(channel, deadline.signal);
      await clock.advance(100_000);

      deadline.abort(new Error('too late'));
      expect(await beating).to.match(/closed/);
      await clock.advance(1000);

      expect(sockets.sockets).to.have.length(2);
      await channel.stop();
    });
  });

  it('applies a snapshot only if it is newer', async () => {
    const { sockets, told, channel } = createSubject();
    void channel.start();
    await settle();
    sockets.last.receive(ready());

    for (const sequence of [2, 2, 1, 3]) {
      sockets.last.receive(
        frame('work_pool.snapshot.v1', {
          snapshot_sequence: sequence,
          reason: 'work_pool_updated',
          work_pool: { name: 'p' },
        }),
      );
    }

    expect(told).to.deep.equal(['ready', 'snapshot 2', 'snapshot 3']);
    await channel.stop();
  });

  it('reconnects after a disconnection, with increasing delays, and sends metadata once', async () => {
    const { clock, sockets, channel } = createSubject();
    void channel.start();
    await settle();
    sockets.last.receive(ready());

    sockets.last.close(1006);
    await clock.advance(1000);
    sockets.last.close(1011, 'transient_server_error');
    await clock.advance(1999);
    expect(sockets.sockets).to.have.length(2);
    await clock.advance(1);
    expect(channel.state).to.equal('retrying');
    sockets.last.receive(ready());

    expect(sockets.sockets).to.have.length(3);
    expect(channel.state).to.equal('healthy');
    expect(
      sockets.sockets.map(
        ({ sent }) => (sent[0]?.payload as { worker_metadata?: unknown } | undefined)?.worker_metadata,
      ),
    ).to.deep.equal([{ a: 1 }, null, null]);
    await channel.stop();
  });

  it('is permanently disabled if the upgrade is refused', async () => {
    const { clock, sockets, told, channel } = createSubject(() => new SocketRefusedError('upgrade', 403, null, 'no'));

    await channel.start();
    await clock.advance(3_600_000);

    expect(channel.state).to.equal('disabled');
    expect(sockets.openings).to.equal(1);
    expect(told).to.deep.equal(['cleanup lost']);
  });

  it('does not block the start while the server is unavailable, and connects later', async () => {
    const { clock, sockets, channel } = createSubject((_opening, index) =>
      index < 12 ? new SocketRefusedError('network', null, null, 'refused') : null,
    );

    await channel.start();
    expect(channel.state).to.equal('retrying');
    await clock.advance(5 * 60_000);
    sockets.last.receive(ready());

    expect(channel.state).to.equal('healthy');
    await channel.stop();
  });

  it('retries if the set-up takes longer than ten seconds', async () => {
    const { clock, sockets, channel } = createSubject();
    void channel.start();

    await clock.advance(11_000);
    await clock.advance(1000);

    expect(sockets.sockets).to.have.length(2);
    await channel.stop();
  });

  for (const [title, bad] of [
    ['no JSON', '{'],
    ['an unknown type', frame('worker.surprise.v1', {})],
    ['an answer for another consumer', ready({ consumer_id: 'c2' })],
    ['an answer without a needed capability', ready({ accepted_capabilities: ['worker_heartbeat.v1'] })],
    [
      'a first snapshot that is not the first',
      ready({ initial_snapshot: { snapshot_sequence: 2, reason: 'initial', work_pool: { name: 'p' } } }),
    ],
  ] as const) {
    it(`closes with 1002 and stays closed after ${title}`, async () => {
      const { clock, sockets, channel } = createSubject();
      const started = channel.start();
      await settle();

      sockets.last.receive(bad);
      await started;
      await clock.advance(600_000);

      expect(await sockets.last.closed).to.include({ code: 1002 });
      expect(channel.state).to.equal('disabled');
      expect(sockets.openings).to.equal(1);
    });
  }

  it('accepts unknown members', async () => {
    const { sockets, told, channel } = createSubject();
    void channel.start();
    await settle();

    sockets.last.receive(ready({ something_new: 1 }));

    expect(told).to.deep.equal(['ready']);
    await channel.stop();
  });

  it('measures a lease from the time of sending, whatever the system clock', async () => {
    const { sockets, told, channel } = createSubject();
    void channel.start();
    await settle();
    sockets.last.receive(ready());

    sockets.last.receive({
      type: 'cleanup.message.v1',
      id: 'f',
      sent_at: '2031-05-05T00:00:00Z',
      payload: {
        message_id: 'm1',
        kind: 'cancelling_timeout_teardown.v1',
        reservation_token: 't',
        lease_expires_at: '2031-05-05T00:00:30Z',
        delivery_count: 1,
        work_queue_id: null,
        target: { flow_run_id: 'r', infrastructure_pid: null, more: 1 },
        data: {},
      },
    });

    expect(told).to.deep.equal(['ready', 'cleanup m1 30000']);
    await channel.stop();
  });

  it('keeps an operation until a connection delivers cleanup messages', async () => {
    const { clock, sockets, channel } = createSubject();
    void channel.start();
    await settle();
    sockets.last.receive(ready());
    sockets.last.close(1006);
    await settle();

    const sent = channel.sendOperation('cleanup.ack.v1', { message_id: 'm' }, new AbortController().signal);
    await clock.advance(1000);
    sockets.last.receive(ready());
    await sent;

    expect(types(sockets.last)).to.deep.equal(['worker.hello.v1', 'cleanup.ack.v1']);
    await channel.stop();
  });

  it('closes with 1000 when it is stopped', async () => {
    const { sockets, channel } = createSubject();
    void channel.start();
    await settle();
    sockets.last.receive(ready());

    await channel.stop();

    expect(await sockets.last.closed).to.include({ code: 1000 });
    expect(sockets.openings).to.equal(1);
  });
});
