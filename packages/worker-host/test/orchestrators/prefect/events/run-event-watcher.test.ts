import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import { RunEventWatcher } from '../../../../src/orchestrators/prefect/events/run-event-watcher.js';
import {
  type SocketOpening,
  SocketRefusedError,
} from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';
import { aConnection } from '../support/a-connection.js';
import { FakeSockets } from '../support/fake-socket.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const stateEvent = (name: string, runId: string, changes: { id?: string; occurred?: string; count?: string } = {}) => ({
  type: 'event',
  event: {
    id: changes.id ?? `e-${runId}-${name}`,
    occurred: changes.occurred ?? '2027-01-01T00:00:01Z',
    event: `prefect.flow-run.${name}`,
    resource: { 'prefect.resource.id': `prefect.flow-run.${runId}`, 'prefect.run-count': changes.count ?? '0' },
    related: [],
  },
});

describe('RunEventWatcher', () => {
  const createSubject = (
    refuse?: (opening: SocketOpening, index: number) => Error | null,
    poll: (index: number) => Promise<void> = async () => {},
  ) => {
    const clock = new ManualClock();
    const sockets = new FakeSockets(refuse);
    const cancelled: string[] = [];
    const polls: number[] = [];
    const scheduled: number[] = [];
    const moved: string[] = [];
    const watcher = new RunEventWatcher({
      connection: aConnection({ authString: 'a:b' }),
      environment: {},
      clock,
      logger: silentLogger,
      openSocket: (opening) => sockets.open(opening),
      pollIntervalMs: 15_000,
      poll: async () => {
        polls.push(clock.nowMs());
        await poll(polls.length - 1);
      },
      onCancelling: (id) => cancelled.push(id),
      onScheduled: () => scheduled.push(clock.nowMs()),
      onMoved: ({ flowRunId, stateId, isClaim, occurredMs }) =>
        moved.push(`${flowRunId} ${stateId} ${isClaim} ${new Date(occurredMs).toISOString()}`),
    });
    return { clock, sockets, cancelled, polls, scheduled, moved, watcher };
  };

  it('requests events of its pool, from a minute ago into the far future', async () => {
    const { sockets, watcher } = createSubject();

    watcher.start('p1');
    await settle();

    expect(sockets.last.opening).to.include({ path: '/events/out', token: 'a:b' });
    expect(sockets.last.sent).to.deep.equal([
      {
        type: 'filter',
        filter: {
          occurred: { since: '2026-12-31T23:59:00.000Z', until: '2028-01-01T00:00:00.000Z' },
          event: {
            name: [
              'prefect.flow-run.Cancelling',
              'prefect.flow-run.Cancelled',
              'prefect.flow-run.Scheduled',
              'prefect.flow-run.Resuming',
              'prefect.flow-run.AwaitingRetry',
              'prefect.flow-run.Pending',
            ],
          },
          any_resource: { id: ['prefect.work-pool.p1'] },
          order: 'DESC',
        },
      },
    ]);
    await watcher.stop();
  });

  it('reports states that start or end an attempt, of any worker', async () => {
    const { sockets, moved, scheduled, watcher } = createSubject();
    watcher.start('p1');
    await settle();

    for (const name of ['Pending', 'AwaitingRetry', 'Scheduled', 'Cancelled']) {
      sockets.last.receive(stateEvent(name, 'r1', { id: `state-${name}` }));
    }

    expect(moved).to.deep.equal([
      'r1 state-Pending true 2027-01-01T00:00:01.000Z',
      'r1 state-AwaitingRetry false 2027-01-01T00:00:01.000Z',
      'r1 state-Scheduled false 2027-01-01T00:00:01.000Z',
    ]);
    expect(scheduled).to.have.length(1);
    await watcher.stop();
  });

  it('reports a run that is being cancelled, once per event', async () => {
    const { sockets, cancelled, watcher } = createSubject();
    watcher.start('p1');
    await settle();

    sockets.last.receive(stateEvent('Cancelling', 'r1'));
    sockets.last.receive(stateEvent('Cancelling', 'r1'));
    sockets.last.receive(stateEvent('Cancelling', 'r2', { count: '1' }));

    expect(cancelled).to.deep.equal(['r1', 'r2']);
    await watcher.stop();
  });

  it('reports a cancelled run only if it never ran', async () => {
    const { sockets, cancelled, watcher } = createSubject();
    watcher.start('p1');
    await settle();

    sockets.last.receive(stateEvent('Cancelled', 'r1', { count: '0' }));
    sockets.last.receive(stateEvent('Cancelled', 'r2', { count: '1' }));

    expect(cancelled).to.deep.equal(['r1']);
    await watcher.stop();
  });

  it('reports immediately that runs are scheduled, and a burst of them once more a second later', async () => {
    const { clock, sockets, scheduled, watcher } = createSubject();
    watcher.start('p1');
    await settle();
    const startMs = clock.nowMs();

    for (let index = 0; index < 300; index += 1) sockets.last.receive(stateEvent('Scheduled', `r${index}`));
    await clock.advance(5000);
    sockets.last.receive(stateEvent('Resuming', 'r1'));

    expect(scheduled.map((atMs) => atMs - startMs)).to.deep.equal([0, 1000, 5000]);
    await watcher.stop();
  });

  it('continues after unknown frames', async () => {
    const { sockets, cancelled, watcher } = createSubject();
    watcher.start('p1');
    await settle();

    for (const odd of ['{', '[]', { type: 'event' }, { type: 'event', event: {} }]) sockets.last.receive(odd);
    sockets.last.receive(stateEvent('Cancelling', 'r1'));

    expect(cancelled).to.deep.equal(['r1']);
    await watcher.stop();
  });

  it('makes no request while it streams, except one poll when the stream opens', async () => {
    const { clock, polls, watcher } = createSubject();

    watcher.start('p1');
    await clock.advance(3_600_000);

    expect(polls).to.have.length(1);
    await watcher.stop();
  });

  it('reopens the stream after every close, from a minute before the newest event', async () => {
    const { clock, sockets, watcher } = createSubject();
    watcher.start('p1');
    await settle();
    sockets.last.receive(stateEvent('Cancelling', 'r1', { occurred: '2027-01-01T00:30:00Z' }));

    for (const code of [1000, 1001, 1006, 1011]) {
      sockets.last.close(code);
      await clock.advance(31_000);
    }

    expect(sockets.sockets).to.have.length(5);
    expect(sockets.last.sent[0]).to.have.nested.property('filter.occurred.since', '2027-01-01T00:29:00.000Z');
    await watcher.stop();
  });

  it('polls while there is no stream, and stops when there is one', async () => {
    let isAway = true;
    const { clock, polls, watcher } = createSubject(() =>
      isAway ? new SocketRefusedError('network', null, null, 'refused') : null,
    );
    watcher.start('p1');
    await clock.advance(150_000);
    expect(polls.length).to.be.within(8, 12);

    isAway = false;
    await clock.advance(31_000);
    const before = polls.length;
    await clock.advance(600_000);

    expect(watcher.isStreaming).to.equal(true);
    expect(polls).to.have.length(before);
    await watcher.stop();
  });

  it('rarely retries a stream that is refused', async () => {
    const { clock, sockets, watcher } = createSubject(() => new SocketRefusedError('upgrade', 403, null, 'no'));

    watcher.start('p1');
    await clock.advance(3_600_000);

    expect(sockets.openings).to.be.within(10, 13);
    await watcher.stop();
  });

  it('repeats the poll after the stream was opened until it succeeds, then stops polling', async () => {
    const { clock, polls, watcher } = createSubject(undefined, async (index) => {
      if (index < 3) throw new Error('503');
    });
    watcher.start('p1');
    for (let second = 0; second < 300; second += 1) await clock.advance(1000);

    expect(polls).to.have.length(4);
    await watcher.stop();
  });

  it('polls again after every reconnect', async () => {
    const { clock, polls, sockets, watcher } = createSubject(undefined, async (index) => {
      if (index === 1) throw new Error('503');
    });
    watcher.start('p1');
    await clock.advance(60_000);
    expect(polls).to.have.length(1);

    sockets.last.close(1012);
    for (let second = 0; second < 120; second += 1) await clock.advance(1000);

    expect(sockets.openings).to.equal(2);
    expect(polls).to.have.length(3);
    await watcher.stop();
  });

  it('does not count a poll for the previous stream for the new one', async () => {
    let finish = (): void => {};
    const { clock, polls, sockets, watcher } = createSubject(undefined, async (index) => {
      if (index === 0)
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      if (index === 1) throw new Error('503');
    });
    watcher.start('p1');
    await settle();
    sockets.last.close(1012);
    await clock.advance(2000);
    expect(polls).to.have.length(2);

    finish();
    for (let second = 0; second < 60; second += 1) await clock.advance(1000);

    expect(polls).to.have.length(3);
    await watcher.stop();
  });

  it('closes a socket on which it cannot request events', async () => {
    const { clock, sockets, watcher } = createSubject();
    const cutFirst = async (opening: SocketOpening) => {
      const socket = await open(opening);
      if (sockets.openings === 1) socket.send = () => Promise.reject(new Error('cut'));
      return socket;
    };
    const { open } = sockets;
    sockets.open = cutFirst;

    watcher.start('p1');
    await clock.advance(5000);

    expect(sockets.sockets.map(({ isOpen }) => isOpen)).to.deep.equal([false, true]);
    await watcher.stop();
  });

  it('remembers no id that is longer than those of the API', async () => {
    const { sockets, cancelled, watcher } = createSubject();
    watcher.start('p1');
    await settle();

    sockets.last.receive(stateEvent('Cancelling', 'r1', { id: 'x'.repeat(37) }));
    sockets.last.receive(stateEvent('Cancelling', 'r2', { id: 'x'.repeat(36) }));

    expect(cancelled).to.deep.equal(['r2']);
    await watcher.stop();
  });

  it('requests missed events from at most an hour ahead, after an event with a time in the far future', async () => {
    const { clock, sockets, watcher } = createSubject();
    watcher.start('p1');
    await settle();
    sockets.last.receive(stateEvent('Cancelling', 'r1', { occurred: '+275760-09-13T00:00:00Z' }));

    sockets.last.close();
    await clock.advance(5000);

    expect(JSON.stringify(sockets.last.sent)).to.contain('"since":"2027-01-01T00:59:00.000Z"');
    await watcher.stop();
  });
});
