import {
  type JsonObject,
  OrchestratorUnavailableError,
  silentLogger,
  silentMeter,
  type WorkerEvent,
} from '@worker-host/core';
import { expect } from 'chai';
import type { PrefectConnection } from '../../../../src/orchestrators/prefect/connection.js';
import { EventShipper } from '../../../../src/orchestrators/prefect/events/event-shipper.js';
import {
  type SocketOpening,
  SocketRefusedError,
} from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';
import { aConnection } from '../support/a-connection.js';
import { FakeSockets } from '../support/fake-socket.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const anEvent = (changes: Partial<WorkerEvent> = {}): WorkerEvent => ({
  event: 'prefect.worker.started',
  resource: { 'prefect.resource.id': 'prefect.worker.t.w' },
  related: [],
  ...changes,
});

describe('EventShipper', () => {
  const createSubject = (
    options: {
      refuse?: (opening: SocketOpening, index: number) => Error | null;
      connection?: Partial<PrefectConnection>;
      post?: (events: readonly JsonObject[]) => Promise<void>;
    } = {},
  ) => {
    const clock = new ManualClock();
    const sockets = new FakeSockets(options.refuse);
    const posted: (readonly JsonObject[])[] = [];
    const shipper = new EventShipper({
      connection: aConnection(options.connection),
      environment: {},
      clock,
      logger: silentLogger,
      meter: silentMeter,
      openSocket: sockets.open,
      post: async (events) => {
        posted.push(events);
        await options.post?.(events);
      },
    });
    return { clock, sockets, posted, shipper };
  };

  it('sends all events over one socket, opened with the first', async () => {
    const { sockets, shipper } = createSubject({ connection: { authString: 'a:b', authorization: 'Basic YTpi' } });

    const id = shipper.emit(anEvent());
    await settle();
    shipper.emit(anEvent({ event: 'two', follows: id }));
    await settle();

    expect(sockets.openings).to.equal(1);
    expect(sockets.last.opening).to.deep.include({
      path: '/events/in',
      token: 'a:b',
      headers: { Authorization: 'Basic YTpi' },
    });
    expect(sockets.last.sent.map((sent) => [sent.event, sent.follows])).to.deep.equal([
      ['prefect.worker.started', null],
      ['two', id],
    ]);
    expect(sockets.last.sent[0]).to.include({ id, occurred: '2027-01-01T00:00:00.000Z' });
    await shipper.close();
  });

  it('uses only a header with Prefect Cloud', async () => {
    const { sockets, shipper } = createSubject({ connection: { isCloud: true, apiKey: 'k' } });

    shipper.emit(anEvent());
    await settle();

    expect(sockets.last.opening.headers).to.deep.equal({ Authorization: 'bearer k' });
    expect(sockets.last.opening.token).to.equal(undefined);
    await shipper.close();
  });

  it('sends events again that no ping has confirmed, with the same ids', async () => {
    const { clock, sockets, shipper } = createSubject();
    const first = shipper.emit(anEvent());
    await clock.advance(31_000);
    expect(sockets.last.pings).to.equal(1);
    const second = shipper.emit(anEvent());
    await settle();

    sockets.last.close(1006);
    await clock.advance(2000);

    expect(sockets.sockets[0]?.sent.map((sent) => sent.id)).to.deep.equal([first, second]);
    expect(sockets.sockets[1]?.sent.map((sent) => sent.id)).to.deep.equal([second]);
    await shipper.close();
  });

  it('confirms after seven hundred events', async () => {
    const { sockets, shipper } = createSubject();

    for (let index = 0; index < 701; index += 1) shipper.emit(anEvent());
    await settle();

    expect(sockets.last.pings).to.equal(1);
    await shipper.close();
    expect(sockets.last.sent).to.have.length(701);
  });

  it('keeps events while the server is unavailable for an hour', async () => {
    let isAway = true;
    const { clock, sockets, shipper } = createSubject({
      refuse: () => (isAway ? new SocketRefusedError('network', null, null, 'refused') : null),
    });
    const id = shipper.emit(anEvent());
    await clock.advance(3_600_000);

    isAway = false;
    await clock.advance(31_000);

    expect(sockets.last.sent.map((sent) => sent.id)).to.deep.equal([id]);
    await shipper.close();
  });

  it('uses REST if the socket is refused', async () => {
    const { clock, sockets, posted, shipper } = createSubject({
      refuse: () => new SocketRefusedError('upgrade', 403, null, 'no'),
    });

    const id = shipper.emit(anEvent());
    await clock.advance(1000);
    shipper.emit(anEvent());
    await clock.advance(1000);

    expect(sockets.openings).to.equal(1);
    expect(posted.map((events) => events.map((event) => event.id))[0]).to.deep.equal([id]);
    expect(posted).to.have.length(2);
    await shipper.close();
  });

  it('retries REST while the server is unavailable there too', async () => {
    let tries = 0;
    const { clock, posted, shipper } = createSubject({
      refuse: () => new SocketRefusedError('upgrade', 403, null, 'no'),
      post: async () => {
        tries += 1;
        if (tries < 3) throw new OrchestratorUnavailableError('x', 'y');
      },
    });

    shipper.emit(anEvent());
    await clock.advance(60_000);

    expect(posted).to.have.length(3);
    await shipper.close();
  });

  for (const [title, bad] of [
    ['no resource id', { resource: {} }],
    ['a related resource without a role', { related: [{ 'prefect.resource.id': 'x' }] }],
    [
      'too many related resources',
      { related: Array.from({ length: 101 }, () => ({ 'prefect.resource.id': 'x', 'prefect.resource.role': 'y' })) },
    ],
    ['a label that is no text', { resource: { 'prefect.resource.id': 'x', n: 1 as unknown as string } }],
    ['too many bytes', { payload: { text: 'x'.repeat(1_500_001) } }],
    ['an empty name', { event: '' }],
  ] as const) {
    it(`never sends an event with ${title}, and others continue`, async () => {
      const { sockets, shipper } = createSubject();

      shipper.emit(anEvent(bad));
      const good = shipper.emit(anEvent());
      await settle();

      expect(sockets.last.sent.map((sent) => sent.id)).to.deep.equal([good]);
      await shipper.close();
    });
  }

  it('does not refer to an event more than five minutes earlier', async () => {
    const { clock, sockets, shipper } = createSubject();
    const first = shipper.emit(anEvent());
    await clock.advance(5 * 60_000 + 1);

    shipper.emit(anEvent({ follows: first }));
    await settle();

    expect(sockets.last.sent.at(-1)).to.include({ follows: null });
    await shipper.close();
  });

  it('sends the remaining events when it closes, and confirms them', async () => {
    const { sockets, shipper } = createSubject();
    shipper.emit(anEvent());

    await shipper.close();
    await shipper.close();

    expect(sockets.last.sent).to.have.length(1);
    expect(sockets.last.pings).to.equal(1);
    expect(await sockets.last.closed).to.include({ code: 1000 });
  });

  it('closes within five seconds if the server is unavailable', async () => {
    const { clock, shipper } = createSubject({
      refuse: () => new SocketRefusedError('network', null, null, 'refused'),
    });
    shipper.emit(anEvent());
    let isClosed = false;

    void shipper.close().then(() => {
      isClosed = true;
    });
    await clock.advance(5001);

    expect(isClosed).to.equal(true);
  });

  for (let ticks = 0; ticks < 10; ticks += 1) {
    it(`sends an event that arrives ${ticks} microtasks after the others were confirmed`, async () => {
      const { clock, sockets, shipper } = createSubject();
      shipper.emit(anEvent());
      await settle();
      const socket = sockets.last;
      const { ping } = socket;
      socket.ping = async () => {
        await ping.call(socket);
        socket.ping = ping;
        let left = ticks;
        const step = (): void => {
          left -= 1;
          if (left < 0) shipper.emit(anEvent({ event: 'late' }));
          else queueMicrotask(step);
        };
        queueMicrotask(step);
      };

      await clock.advance(30_000);
      await settle();

      expect(socket.sent.map(({ event }) => event)).to.include('late');
    });
  }

  it('closes within five seconds if the other side of the socket has gone', async () => {
    const { clock, sockets, shipper } = createSubject();
    shipper.emit(anEvent());
    await settle();
    sockets.last.isDeaf = true;
    let isClosed = false;

    void shipper.close().then(() => {
      isClosed = true;
    });
    await clock.advance(5000);

    expect(isClosed).to.equal(true);
    expect(sockets.last.isOpen).to.equal(false);
  });
});
