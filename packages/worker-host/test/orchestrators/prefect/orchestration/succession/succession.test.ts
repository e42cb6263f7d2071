import { LeaseLostError } from '@worker-host/core';
import { expect } from 'chai';
import { PrefectWorld, type WorldWorker } from '../../support/prefect-world.js';

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('Succession', () => {
  let world: PrefectWorld;
  beforeEach(() => {
    world = new PrefectWorld();
  });
  afterEach(() => world.close());

  const idsOf = async (taking: ReturnType<WorldWorker['takeOver']>): Promise<readonly string[]> =>
    (await taking).map(({ flowRun }) => flowRun.id);
  /** Every five seconds, as the host does. Resolves with the seconds that passed until a run was taken over. */
  const secondsUntilTaken = async (worker: WorldWorker, limitSeconds: number): Promise<number> => {
    const beganAtMs = world.clock.monotonicMs();
    for (;;) {
      const taken = await worker.takeOver();
      const seconds = (world.clock.monotonicMs() - beganAtMs) / 1000;
      if (taken.length > 0) return seconds;
      if (seconds > limitSeconds) return Number.POSITIVE_INFINITY;
      await world.clock.advance(2500);
    }
  };
  const launched = async (worker: WorldWorker, id: string, changes: object = {}) => {
    world.server.addRun(id, changes);
    const lease = await worker.claim(id);
    await lease.storeLaunch({ relaunch: 0, place: { cluster: 'c' } });
    await lease.storeInfrastructurePid(`task-${id}`);
    world.server.put(id, 'RUNNING');
    return lease;
  };
  /** A run of Prefect's own worker, which only writes its name. */
  const foreign = (id: string, worker: string | null, state: 'PENDING' | 'RUNNING' = 'RUNNING'): void => {
    world.server.addRun(id);
    world.server.put(id, 'PENDING', 'Pending');
    if (worker !== null) world.server.label(id, { 'prefect.worker.name': worker });
    if (state === 'RUNNING') world.server.put(id, 'RUNNING');
  };

  describe('after SIGKILL', () => {
    it('takes a launched run over within 35 seconds, and knows where it was launched', async () => {
      const dying = await world.worker('w1');
      await launched(dying, 'r1');
      const successor = await world.worker('w2');
      dying.kill();

      const [taken] = await successor.takeOver();
      expect(taken).to.equal(undefined);
      expect(await secondsUntilTaken(successor, 60)).to.be.within(15, 32);

      expect(world.server.run('r1').labels).to.include({ 'prefect.worker.name': 'w2' });
    });

    it('returns attempt, launch and infrastructure', async () => {
      const dying = await world.worker('w1');
      const lost = await launched(dying, 'r1');
      const successor = await world.worker('w2');
      dying.kill();
      await world.clock.advance(25_000);

      const [taken] = await successor.takeOver();

      expect(taken).to.deep.include({
        infrastructurePid: 'task-r1',
        launch: { relaunch: 0, place: { cluster: 'c' } },
        outputCursor: null,
      });
      expect(taken?.lease.attempt).to.deep.equal(lost.attempt);
      expect(taken?.lease.expiresAtMs).to.be.greaterThan(world.clock.monotonicMs());
      await taken?.lease.storeInfrastructurePid('task-again');
      expect(world.server.run('r1').infrastructure_pid).to.equal('task-again');
    });

    it('takes over a run that was only claimed, and has no label yet', async () => {
      const dying = await world.worker('w1');
      world.server.addRun('r1');
      await dying.claim('r1');
      const successor = await world.worker('w2');
      dying.kill();

      expect(await secondsUntilTaken(successor, 60)).to.be.within(15, 32);
    });

    it('takes it over with a worker that was idle before, by the reported claim or frequent scans', async () => {
      const dying = await world.worker('w1');
      const idle = await world.worker('w2');
      for (let round = 0; round < 3; round += 1) await secondsUntilTaken(idle, 15);
      world.server.addRun('r1');
      await dying.claim('r1');
      dying.kill();

      expect(await secondsUntilTaken(idle, 90)).to.be.within(15, 35);
    });

    it('takes it over within seconds if the dead process was on the same machine', async () => {
      const dying = await world.worker('w1', { machine: 'm' });
      await launched(dying, 'r1');
      const successor = await world.worker('w2', { machine: 'm' });
      expect(await successor.takeOver()).to.have.length(0);
      dying.kill();

      expect(await secondsUntilTaken(successor, 60)).to.be.lessThan(20);
      expect(await idsOf((await world.worker('w3', { machine: 'm' })).takeOver())).to.deep.equal([]);
    });

    it('takes over nothing of a worker that sends heartbeats, however long a run takes', async () => {
      const living = await world.worker('w1');
      const lease = await launched(living, 'r1');
      const other = await world.worker('w2');

      expect(await secondsUntilTaken(other, 300)).to.equal(Number.POSITIVE_INFINITY);
      await lease.storeInfrastructurePid('task-still-ours');
    });

    it('does not touch a run of a worker that resumes in time, while a late one has lost it', async () => {
      const paused = await world.worker('w1');
      const lease = await launched(paused, 'r1');
      const other = await world.worker('w2');
      paused.connection.isCut = true;
      await world.clock.advance(10_000);
      paused.connection.isCut = false;
      expect(await secondsUntilTaken(other, 40)).to.equal(Number.POSITIVE_INFINITY);

      paused.connection.isCut = true;
      expect(await secondsUntilTaken(other, 60)).to.be.lessThan(35);
      paused.connection.isCut = false;

      expect(await errorOf(lease.proposeState({ type: 'CRASHED' }))).to.be.instanceOf(LeaseLostError);
      expect(world.server.run('r1').state_type).to.equal('RUNNING');
    });
  });

  describe('between workers', () => {
    it('grants a run to one of two that want it simultaneously', async () => {
      const dying = await world.worker('w1');
      await launched(dying, 'r1');
      const siblings = [await world.worker('w2'), await world.worker('w3')];
      dying.kill();
      await world.clock.advance(25_000);

      const taken = await Promise.all(siblings.map((sibling) => idsOf(sibling.takeOver())));

      expect(taken.flat()).to.deep.equal(['r1']);
    });

    it('does not own a run that it labelled too late, nor takes it while another may', async () => {
      const dying = await world.worker('w1');
      await launched(dying, 'r1');
      const [slow, quick] = [await world.worker('w2'), await world.worker('w3')];
      dying.kill();
      await world.clock.advance(25_000);
      slow.connection.onRequest = async (place) => {
        if (place.endsWith('/labels')) await world.clock.sleep(1600);
      };

      const slowly = slow.orchestrator.takeOverInterruptedRuns({ limit: 5 });
      await world.clock.advance(10);
      const quickly = idsOf(quick.takeOver());
      await world.clock.advance(5000);

      expect(await idsOf(slowly)).to.deep.equal([]);
      expect(await quickly).to.deep.equal(['r1']);
      slow.connection.onRequest = () => {};
      expect(await secondsUntilTaken(slow, 15)).to.equal(Number.POSITIVE_INFINITY);
    });

    it('takes over at most the limit at once, and the rest with the next calls', async () => {
      const dying = await world.worker('w1');
      for (const id of ['r1', 'r2', 'r3']) await launched(dying, id);
      const successor = await world.worker('w2');
      dying.kill();
      await world.clock.advance(25_000);

      const taken = [await idsOf(successor.takeOver(2)), await idsOf(successor.takeOver(2))];

      expect(taken.map(({ length }) => length)).to.deep.equal([2, 1]);
    });

    it('takes over all of them at once from a slow server, in several contests', async () => {
      const dying = await world.worker('w1');
      const ids = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
      for (const id of ids) await launched(dying, id);
      const successor = await world.worker('w2');
      dying.kill();
      await world.clock.advance(25_000);
      successor.connection.onRequest = async (place) => {
        if (place.endsWith('/labels')) await world.clock.sleep(700);
      };

      const taking = idsOf(successor.orchestrator.takeOverInterruptedRuns({ limit: 50 }));
      await world.clock.advance(10_000);

      expect([...(await taking)].sort()).to.deep.equal(ids);
    });

    it('returns what it has won when the server becomes unavailable before the rest is won', async () => {
      const dying = await world.worker('w1');
      for (const id of ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']) await launched(dying, id);
      const successor = await world.worker('w2');
      dying.kill();
      await world.clock.advance(25_000);
      successor.connection.onRequest = async (place) => {
        if (place.endsWith('/labels')) await world.clock.sleep(700);
      };

      const taking = idsOf(successor.orchestrator.takeOverInterruptedRuns({ limit: 50 }));
      await world.clock.advance(3600);
      successor.connection.isCut = true;
      await world.clock.advance(10_000);

      expect(await taking).to.have.length(4);
    });

    it('respects its queues, except for runs with its own name', async () => {
      const dying = await world.worker('w1');
      await launched(dying, 'r1', { work_queue_name: 'q1' });
      await launched(dying, 'r2', { work_queue_name: 'q2' });
      const successor = await world.worker('w2', { workQueueNames: ['q2'] });
      dying.kill();
      await world.clock.advance(25_000);

      expect(await idsOf(successor.takeOver())).to.deep.equal(['r2']);
      world.server.label('r1', { 'prefect.worker.name': 'w2' });
      await world.clock.advance(130_000);
      expect(await idsOf(successor.takeOver())).to.deep.equal(['r1']);
    });

    it('is not stopped by a run with unreadable states, nor by one that cannot be read at all', async () => {
      const dying = await world.worker('w1');
      for (const id of ['r1', 'r2', 'r3', 'r4']) await launched(dying, id);
      const successor = await world.worker('w2');
      dying.kill();
      await world.clock.advance(25_000);
      world.server.label('r2', { poison: null });
      successor.connection.onRequest = (place) => {
        if (place.includes('flow_run_id=r3')) throw new Error('500');
      };

      expect([...(await idsOf(successor.takeOver()))].sort()).to.deep.equal(['r1', 'r4']);
    });
  });

  describe('with its own name', () => {
    it('takes over runs of an ended process of the same machine immediately', async () => {
      const dying = await world.worker('w1', { machine: 'm' });
      await launched(dying, 'r1');
      dying.kill();

      const successor = await world.worker('w1', { machine: 'm' });

      expect(await idsOf(successor.takeOver())).to.deep.equal(['r1']);
    });

    it('takes over runs of a process of another machine once its heartbeats have stopped for long enough', async () => {
      const dying = await world.worker('w1');
      await launched(dying, 'r1');
      await world.clock.advance(2000);
      dying.kill();

      const successor = await world.worker('w1');

      expect(await secondsUntilTaken(successor, 60)).to.be.within(15, 32);
    });

    it('takes over nothing of a live process with its name, and reports it', async () => {
      const first = await world.worker('w1');
      const lease = await launched(first, 'r1');
      await world.clock.advance(3000);

      const second = await world.worker('w1');
      expect(await secondsUntilTaken(second, 120)).to.equal(Number.POSITIVE_INFINITY);

      expect((await second.orchestrator.heartbeat()).namesakes).to.deep.equal([
        "Another worker named 'w1' sends heartbeats to work pool 'p'. " +
          'Stop one of the two, or start it under another name with --name.',
      ]);
      expect(await second.orchestrator.ownerOf(await readRun(second, 'r1'))).to.equal('another');
      await lease.storeInfrastructurePid('task-still-ours');
    });

    it('reports no other process if there is none, also after a restart and after lost heartbeats', async () => {
      const dying = await world.worker('w1');
      await launched(dying, 'r1');
      dying.kill();
      const successor = await world.worker('w1');
      await secondsUntilTaken(successor, 60);
      successor.connection.losesAnswer = (place) => place.endsWith('/heartbeat');
      await secondsUntilTaken(successor, 60);
      successor.connection.losesAnswer = () => false;
      await secondsUntilTaken(successor, 60);

      expect((await successor.orchestrator.heartbeat()).namesakes).to.deep.equal([]);
    });

    it('takes over a run that this process claimed without receiving a response', async () => {
      const worker = await world.worker('w1');
      await world.worker('w2');
      await worker.takeOver();
      world.server.addRun('r1');
      worker.connection.losesAnswer = (place) => place.endsWith('set_state');
      await worker.claim('r1').catch(() => {});
      worker.connection.losesAnswer = () => false;

      expect(await idsOf(worker.takeOver())).to.deep.equal(['r1']);
    });
  });

  describe('with workers of another kind', () => {
    /** Searches for runs until one is taken over or the time is over; heartbeats are sent as by the host. */
    const watch = async (
      worker: WorldWorker,
      limitSeconds: number,
      { isAlive = false }: { readonly isAlive?: boolean } = {},
    ) => {
      const beganAtMs = world.clock.monotonicMs();
      const secondsNow = (): number => (world.clock.monotonicMs() - beganAtMs) / 1000;
      for (let beatAt = 0; secondsNow() <= limitSeconds; await world.clock.advance(2500)) {
        if (secondsNow() >= beatAt) {
          beatAt += 30;
          if (isAlive && !worker.connection.isCut) world.server.heartbeat('py');
          const beating = worker.orchestrator.heartbeat().catch(() => {});
          await world.clock.advance(worker.connection.isCut ? 9000 : 0);
          await beating;
        }
        const taken = await worker.takeOver().catch(() => []);
        if (taken.length > 0) return { seconds: secondsNow(), taken };
      }
      return { seconds: Number.POSITIVE_INFINITY, taken: [] };
    };

    it('takes over their runs after more than four of their intervals without a heartbeat, not before', async () => {
      const worker = await world.worker('w1');
      foreign('r1', 'py');
      expect((await watch(worker, 300, { isAlive: true })).taken).to.deep.equal([]);

      expect((await watch(worker, 300)).seconds).to.be.within(135 - 35, 135 + 20);
    });

    it('waits as long for those on a busy machine that declare a short interval', async () => {
      const worker = await world.worker('w1');
      foreign('r1', 'py');
      world.server.heartbeat('py', 3);

      expect((await watch(worker, 300)).seconds).to.be.within(135, 135 + 20);
    });

    it('takes over no run of a live one after an outage that has silenced it, however long', async () => {
      for (const outageSeconds of [100, 1200]) {
        world = new PrefectWorld();
        const worker = await world.worker('w1');
        foreign('r1', 'py');
        await watch(worker, 60, { isAlive: true });

        worker.connection.isCut = true;
        await watch(worker, outageSeconds);
        worker.connection.isCut = false;
        // It has backed off meanwhile, and resumes with that delay.
        expect((await watch(worker, 310)).taken).to.deep.equal([]);

        expect((await watch(worker, 300, { isAlive: true })).taken).to.deep.equal([]);
      }
    });

    it('takes over the runs of one that does not resume after an outage', async () => {
      const worker = await world.worker('w1');
      foreign('r1', 'py');
      await watch(worker, 60, { isAlive: true });
      worker.connection.isCut = true;
      await watch(worker, 300);
      worker.connection.isCut = false;

      expect((await watch(worker, 600)).seconds).to.be.within(340, 400);
    });

    it('takes over no run of one that was silent before this worker started, for six minutes', async () => {
      foreign('r1', 'gone');
      const worker = await world.worker('w1');

      expect((await watch(worker, 600)).seconds).to.be.within(355, 385);
    });

    it('gives them ten minutes to label a run they have claimed', async () => {
      const worker = await world.worker('w1');
      foreign('r1', null, 'PENDING');

      expect((await watch(worker, 900, { isAlive: true })).seconds).to.be.within(595, 630);
    });

    it('takes over a run without a label once none of them can be alive', async () => {
      foreign('r1', null, 'PENDING');
      const worker = await world.worker('w1');

      expect((await watch(worker, 600)).seconds).to.be.within(355, 385);
    });

    it('does not treat labels of an earlier attempt as the claim of a later one', async () => {
      world.server.heartbeat('py', 600);
      const first = await world.worker('w1');
      const lease = await launched(first, 'r1');
      await lease.release('failed');
      world.server.put('r1', 'SCHEDULED');
      world.server.put('r1', 'PENDING', 'Pending');

      expect(await idsOf(first.takeOver())).to.deep.equal([]);
    });

    it('trusts the infrastructure of their repeated attempt only once the job runs', async () => {
      foreign('r1', 'gone');
      foreign('r2', 'gone');
      for (const id of ['r1', 'r2']) {
        world.server.change(id, { infrastructure_pid: `task-${id}` });
        world.server.put(id, 'SCHEDULED');
        world.server.put(id, 'PENDING', 'Pending');
      }
      world.server.put('r2', 'RUNNING');
      const worker = await world.worker('w1');

      const { taken } = await watch(worker, 600);

      expect(new Map(taken.map(({ flowRun, infrastructurePid }) => [flowRun.id, infrastructurePid]))).to.deep.equal(
        new Map([
          ['r1', null],
          ['r2', 'task-r2'],
        ]),
      );
    });
  });

  describe('the infrastructure of a run that was taken over', () => {
    it('is not that of an earlier attempt', async () => {
      const worker = await world.worker('w1');
      await launched(worker, 'r1');
      world.server.put('r1', 'SCHEDULED');
      const second = await worker.claim('r1');
      await second.storeLaunch({ relaunch: 0, place: { cluster: 'd' } });
      await second.release('failed');

      const [taken] = await worker.takeOver();

      expect(taken).to.deep.include({ infrastructurePid: null, launch: { relaunch: 0, place: { cluster: 'd' } } });
    });

    it('is not that of an earlier launch of the attempt', async () => {
      const worker = await world.worker('w1');
      const lease = await launched(worker, 'r1');
      await lease.storeLaunch({ relaunch: 1, place: { cluster: 'd' } });
      await lease.release('failed');

      const [taken] = await worker.takeOver();
      expect(taken).to.deep.include({ infrastructurePid: null, launch: { relaunch: 1, place: { cluster: 'd' } } });

      await taken?.lease.storeInfrastructurePid('task-again');
      await taken?.lease.release('failed');
      const [again] = await worker.takeOver();
      expect(again?.infrastructurePid).to.equal('task-again');
    });

    it('is absent if the attempt was claimed and nothing was launched', async () => {
      const worker = await world.worker('w1');
      await launched(worker, 'r1');
      world.server.put('r1', 'SCHEDULED');
      const second = await worker.claim('r1');
      await second.release('worker-not-ready');

      const [taken] = await worker.takeOver();

      expect(taken).to.deep.include({ infrastructurePid: null, launch: null });
      expect(taken?.lease.attempt.id).to.equal(second.attempt.id);
    });
  });

  describe('requests', () => {
    it('are few while nothing of others is active: one scan in two minutes if claims are reported, otherwise three a minute', async () => {
      const worker = await world.worker('w1');
      await launched(worker, 'own');
      await secondsUntilTaken(worker, 30);
      const before = worker.connection.paths.length;

      await secondsUntilTaken(worker, 600);

      const paths = worker.connection.paths.slice(before);
      expect(paths.filter((path) => path === 'POST /flow_runs/filter').length).to.be.lessThan(75);
      expect(paths.filter((path) => path.endsWith('/workers/filter'))).to.have.length(0);
    });

    it('of a take-over are the same for one run and for many, except for histories and labels', async () => {
      const dying = await world.worker('w1');
      for (let run = 0; run < 8; run += 1) await launched(dying, `r${run}`);
      const successor = await world.worker('w2');
      dying.kill();
      await world.clock.advance(25_000);
      const before = successor.connection.paths.length;

      expect(await successor.takeOver()).to.have.length(8);

      const paths = successor.connection.paths.slice(before);
      expect(paths.filter((path) => path === 'POST /flow_runs/filter')).to.have.length(3);
      expect(paths.filter((path) => path.endsWith('/workers/filter'))).to.have.length(2);
    });
  });

  describe('ownerOf', () => {
    it('returns us, a live worker, and none', async () => {
      const [us, other] = [await world.worker('w1'), await world.worker('w2')];
      await launched(us, 'ours');
      await launched(other, 'another');
      const released = await launched(other, 'released');
      await released.release('failed');
      world.server.put('another', 'COMPLETED');
      const owners = await Promise.all(
        ['ours', 'another', 'released'].map(async (id) => us.orchestrator.ownerOf(await readRun(us, id))),
      );

      expect(owners).to.deep.equal(['us', 'another', 'nobody']);
      other.kill();
      await world.clock.advance(25_000);
      expect(await us.orchestrator.ownerOf(await readRun(us, 'another'))).to.equal('nobody');
    });

    it('reads the claim of a run without labels from its history', async () => {
      const [us, other] = [await world.worker('w1'), await world.worker('w2')];
      world.server.addRun('r1');
      await other.claim('r1');
      world.server.put('r1', 'CANCELLING');

      expect(await us.orchestrator.ownerOf(await readRun(us, 'r1'))).to.equal('another');
    });
  });

  it('grants a run that is being cancelled as soon as this is reported, if it has no owner', async () => {
    const worker = await world.worker('w1');
    const lease = await launched(worker, 'r1');
    await worker.takeOver();
    await lease.release('unreported');
    world.server.put('r1', 'CANCELLING');
    await world.clock.advance(16_000);

    expect(worker.told).to.include('cancelling r1');
    expect(await idsOf(worker.takeOver())).to.deep.equal(['r1']);
  });

  it('reports the places of launches, newest first, each once', async () => {
    const worker = await world.worker('w1');
    for (const [id, cluster] of [
      ['r1', 'a'],
      ['r2', 'b'],
      ['r3', 'b'],
      ['r4', 'c'],
    ] as const) {
      world.server.addRun(id);
      await world.clock.advance(1000);
      await (await worker.claim(id)).storeLaunch({ relaunch: 0, place: { cluster } });
    }
    world.server.addRun('r5');

    expect(await worker.orchestrator.launchPlaces()).to.deep.equal([
      { cluster: 'c' },
      { cluster: 'b' },
      { cluster: 'a' },
    ]);
  });
});

async function readRun(worker: WorldWorker, id: string) {
  const run = await worker.orchestrator.readFlowRun(id);
  if (run === null) throw new Error(`no run ${id}`);
  return run;
}
