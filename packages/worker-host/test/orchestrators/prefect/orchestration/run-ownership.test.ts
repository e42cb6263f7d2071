import { expect } from 'chai';
import { settle } from '../support/manual-clock.js';
import { OwnershipBench } from '../support/ownership-bench.js';

const SCAN = 'POST /flow_runs/filter';
const WORKERS = 'POST /work_pools/p/workers/filter';

describe('RunOwnership', () => {
  let bench: OwnershipBench;
  beforeEach(async () => {
    bench = new OwnershipBench();
    await bench.presence.beat();
  });
  const move = (flowRunId: string, changes: object = {}) =>
    bench.ownership.onMoved({
      flowRunId,
      stateId: 'another',
      isClaim: true,
      occurredMs: bench.clock.nowMs() + 1,
      ...changes,
    });
  /** Makes a claim of the run fail without a response, although the server has stored it. */
  const loseClaim = async (id: string): Promise<void> => {
    bench.connection.losesAnswer = (place) => place.endsWith('set_state');
    await bench.claim(id).catch(() => {});
    bench.connection.losesAnswer = () => false;
  };

  describe('a claim', () => {
    it('makes the worker hold the run, and starts its heartbeats', async () => {
      bench.server.addRun('r1');
      bench.presence.start();
      await bench.clock.advance(7000);
      const requests = await bench.requestsOf(async () => {
        await bench.claim('r1');
        await bench.clock.advance(0);
      });

      expect(requests).to.deep.equal(['POST /flow_runs/r1/set_state', 'POST /work_pools/p/workers/heartbeat']);
      expect([bench.ownership.holdsAny, bench.ownership.heldIds]).to.deep.equal([true, ['r1']]);
      await bench.presence.stop();
    });

    it('without a response is searched for with the next call, unless the run was claimed by then', async () => {
      bench.server.addRun('r1');
      bench.server.addRun('r2');
      await bench.look();
      await loseClaim('r1');
      await loseClaim('r2');
      await bench.claim('r2');

      const requests = await bench.look();

      expect(requests[0]).to.equal('GET /flow_runs/r1');
      expect(requests.some((path) => path.includes('r2'))).to.equal(false);
      expect(bench.ownership.heldIds).to.have.members(['r1', 'r2']);
    });

    it('in progress prevents a take-over of the run, also if another claim of it has failed', async () => {
      bench.server.addRun('r1');
      await loseClaim('r1');
      let reads = 0;
      bench.connection.onRequest = async (place) => {
        if (place === SCAN && reads === 0) throw new Error('away');
        if (place !== 'GET /flow_runs/r1') return;
        reads += 1;
        if (reads === 1) throw new Error('away');
        if (reads === 2) await bench.clock.sleep(5000);
      };
      const outcomes = Promise.allSettled([bench.claim('r1'), bench.claim('r1')]);
      await settle();
      expect(reads).to.equal(2);
      expect(await bench.ownership.ownerOf(bench.flowRun('r1'))).to.equal('us');

      expect(await bench.takenIds()).to.deep.equal([]);
      await bench.clock.advance(5000);

      const [, claimed] = await outcomes;
      expect((await outcomes).map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled']);
      expect(bench.ownership.heldIds).to.deep.equal(['r1']);
      if (claimed?.status === 'fulfilled') await claimed.value.release('failed');
      expect(await bench.takenIds()).to.deep.equal(['r1']);
    });

    it('that waits for its turn makes optional states be omitted', async () => {
      for (let run = 0; run < 18; run += 1) bench.server.addRun(`r${run}`);
      const lease = await bench.claim('r17');
      const propose = () => lease.proposeState({ type: 'PENDING', name: 'Submitting', isOptional: true });
      bench.connection.onRequest = (place) =>
        place.endsWith('set_state') && !place.includes('r17') ? bench.clock.sleep(100) : undefined;
      const claims = Promise.all(Array.from({ length: 17 }, (_, run) => bench.claim(`r${run}`)));
      await settle();

      expect(await propose()).to.include({ status: 'ABORT' });
      await bench.clock.run(claims);
      expect(await propose()).to.include({ status: 'ACCEPT' });
    });
  });

  describe('a lease', () => {
    it('writes the output of its run to the log that is sent', async () => {
      bench.server.addRun('r1');
      const lease = await bench.claim('r1');

      lease.output([{ message: 'hello', timestampMs: 7 }]);

      expect(bench.logged).to.deep.equal([
        { name: 'worker-host.output', level: 20, message: 'hello', timestampMs: 7, flowRunId: 'r1' },
      ]);
    });

    it('reads its run once after it has changed, before the next write', async () => {
      bench.server.addRun('r1');
      const lease = await bench.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      move('r1');

      const requests = await bench.requestsOf(async () => {
        for (const pid of ['task-1', 'task-2']) await lease.storeInfrastructurePid(pid);
      });

      expect(requests).to.deep.equal(['GET /flow_runs/r1', 'PATCH /flow_runs/r1', 'PATCH /flow_runs/r1']);
    });

    it('that is released is offered with the next call, one that was lost is not', async () => {
      for (const id of ['r1', 'r2']) bench.server.addRun(id);
      const leases = [await bench.claim('r1'), await bench.claim('r2')];
      for (const lease of leases) await lease.storeLaunch({ relaunch: 0, place: {} });
      await bench.look();
      bench.ownership.note('r1', { run: null, atMs: 0 });
      expect(leases[0]?.isHeld).to.equal(false);
      expect(await bench.look()).to.deep.equal([]);

      await leases[1]?.release('failed');

      expect((await bench.look())[0]).to.equal('GET /flow_runs/r2');
    });

    it('is released with all others', async () => {
      for (const id of ['r1', 'r2']) bench.server.addRun(id);
      const leases = [await bench.claim('r1'), await bench.claim('r2')];

      await bench.ownership.releaseAll();

      expect(leases.map(({ isHeld }) => isHeld)).to.deep.equal([false, false]);
      for (const id of ['r1', 'r2'])
        expect(bench.server.run(id).labels).to.include({ 'worker-host.lease': 'released' });
    });
  });

  describe('a heartbeat', () => {
    it('extends the leases if the server has stored it', async () => {
      bench.server.addRun('r1');
      const lease = await bench.claim('r1');
      const { expiresAtMs } = lease;
      await bench.clock.advance(5000);
      bench.connection.losesAnswer = (place) => place.endsWith('/heartbeat');
      await bench.presence.beat().catch(() => {});
      expect(lease.expiresAtMs).to.equal(expiresAtMs);
      bench.connection.losesAnswer = () => false;

      await bench.presence.beat();

      expect(lease.expiresAtMs).to.equal(expiresAtMs + 5000);
    });

    it('is recognised as the worker’s own, and one of another process of its name as that', async () => {
      const { clock, ownership, server } = bench;
      bench.addRun('r1', 'other');
      const isOpen = async (): Promise<boolean> => {
        await ownership.ownerOf(bench.flowRun('r1'));
        return ownership.nameWatch.isOpen(clock.monotonicMs());
      };
      expect(await isOpen()).to.equal(false);
      await clock.advance(3000);

      server.heartbeat('w1');

      expect(await isOpen()).to.equal(true);
    });
  });

  describe('ownerOf', () => {
    it('uses what the run shows, and shares a list of workers for two seconds', async () => {
      bench.server.heartbeat('other');
      bench.addRun('r1', 'other');
      const ask = () => bench.ownership.ownerOf(bench.flowRun('r1'));
      const requests = async () => bench.requestsOf(async () => expect(await ask()).to.equal('another'));

      expect(await requests()).to.deep.equal([WORKERS]);
      await bench.clock.advance(1999);
      expect(await requests()).to.deep.equal([]);
      await bench.clock.advance(1);

      expect(await requests()).to.deep.equal([WORKERS]);
    });

    it('returns none for a run that was never claimed', async () => {
      bench.server.addRun('r1');
      bench.server.put('r1', 'CANCELLING');

      expect(await bench.ownership.ownerOf(bench.flowRun('r1'))).to.equal('nobody');
    });
  });

  describe('a reported claim of another worker', () => {
    it('is followed by a scan ten seconds later', async () => {
      await bench.look();

      move('r1');

      expect(bench.ownership.hasOtherRuns).to.equal(true);
      expect(await bench.nextLook()).to.deep.equal([10, [SCAN]]);
    });

    it('is ignored if the run is this worker’s, is being claimed by it, or only changed', async () => {
      for (const id of ['r1', 'r2']) bench.server.addRun(id);
      await bench.claim('r1');
      await bench.look();
      bench.connection.onRequest = () => bench.clock.sleep(100);
      const claiming = bench.claim('r2');

      move('r1');
      move('r2');
      move('r3', { isClaim: false });

      expect(bench.ownership.hasOtherRuns).to.equal(false);
      await bench.clock.run(claiming);
    });
  });

  it('requests a run that is being cancelled unless it is this worker’s', async () => {
    bench.server.addRun('r1');
    await bench.claim('r1');
    await bench.look();

    bench.ownership.onCancelling('r1');
    expect(await bench.look()).to.deep.equal([]);
    bench.ownership.onCancelling('r2');

    expect(await bench.look()).to.deep.equal(['GET /flow_runs/r2']);
  });

  it('ignores a cancellation of an attempt before its own, however late it arrives', async () => {
    bench.server.addRun('r1');
    const lease = await bench.claim('r1');
    const { startedAtMs } = lease.attempt;

    expect(bench.ownership.onCancelling('r1', startedAtMs - 1)).to.equal(false);
    expect(bench.ownership.onCancelling('r1', startedAtMs)).to.equal(false);
    expect(bench.ownership.onCancelling('r1', startedAtMs + 1)).to.equal(true);
    expect(bench.ownership.onCancelling('r1', Number.NaN)).to.equal(true);
    expect(bench.ownership.onCancelling('r1')).to.equal(true);
  });

  it('ignores a cancellation before the claim in progress', async () => {
    bench.server.addRun('r1');
    bench.connection.onRequest = () => bench.clock.sleep(100);
    const nowMs = bench.clock.nowMs();
    const claiming = bench.claim('r1');

    expect(bench.ownership.onCancelling('r1', nowMs - 5000)).to.equal(false);
    expect(bench.ownership.onCancelling('r1', nowMs)).to.equal(true);
    expect(bench.ownership.onCancelling('r1')).to.equal(true);

    await bench.clock.run(claiming);
  });

  it('reads the heartbeat of its name while another process may have it', async () => {
    const { clock, ownership } = bench;
    const { signal } = new AbortController();
    const look = () => bench.requestsOf(() => ownership.lookAtName(signal));
    expect(await look()).to.deep.equal([]);

    ownership.nameWatch.begin({ serverMs: clock.nowMs(), atMs: clock.monotonicMs() }, clock.monotonicMs());
    await clock.advance(21_000);
    expect(await look()).to.deep.equal([WORKERS]);
    await clock.advance(1);

    expect(await look()).to.deep.equal([]);
  });
});
