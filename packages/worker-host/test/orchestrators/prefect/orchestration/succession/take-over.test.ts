import { expect } from 'chai';
import { OwnershipBench } from '../../support/ownership-bench.js';

const SCAN = 'POST /flow_runs/filter';
const WORKERS = 'POST /work_pools/p/workers/filter';
const statesOf = (id: string) => `GET /flow_run_states/?flow_run_id=${id}`;
const count = (requests: readonly string[], part: string) => requests.filter((path) => path.includes(part)).length;

describe('taking runs over', () => {
  let bench: OwnershipBench;
  beforeEach(async () => {
    bench = new OwnershipBench();
    await bench.presence.beat();
  });
  /** Runs of a dead worker. */
  const addDead = (amount: number): readonly string[] => {
    const ids = Array.from({ length: amount }, (_, index) => `r${index}`);
    for (const id of ids) bench.addRun(id, 'dead');
    return ids;
  };

  describe('a scan', () => {
    it('of a pool without active runs is one request, repeated after 130 s if claims are reported, otherwise after 20 s', async () => {
      for (const [hearsClaims, seconds] of [
        [true, 130],
        [false, 20],
      ] as const) {
        const quiet = new OwnershipBench();
        quiet.hearsClaims = hearsClaims;

        expect(await quiet.look()).to.deep.equal([SCAN]);
        expect(await quiet.nextLook()).to.deep.equal([seconds, [SCAN]]);
      }
    });

    it('does not touch runs of a live worker, and is repeated after 15 s', async () => {
      bench.server.heartbeat('other');
      bench.addRun('r1', 'other');
      bench.addRun('r2', 'other');

      expect(await bench.look()).to.deep.equal([SCAN, WORKERS]);
      bench.server.heartbeat('other');
      expect((await bench.nextLook())[0]).to.equal(15);
      expect(bench.ownership.hasOtherRuns).to.equal(true);
    });

    it('reads the states of a run that is being cancelled, and leaves it to a live worker', async () => {
      bench.server.heartbeat('other');
      bench.addRun('r1', 'other');
      bench.server.put('r1', 'CANCELLING');

      expect(await bench.look()).to.deep.equal([SCAN, WORKERS, statesOf('r1')]);
      expect((await bench.nextLook())[0]).to.equal(15);
    });

    it('does not wait for a worker’s death if another kind of worker is online, which specifies no limit', async () => {
      bench.server.heartbeat('py', 600);
      bench.server.addRun('r1');
      bench.server.put('r1', 'PENDING', 'Pending');
      bench.server.label('r1', { 'prefect.worker.name': 'py' });
      bench.server.put('r1', 'RUNNING');
      await bench.look();

      expect((await bench.nextLook())[0]).to.equal(15);
    });

    it('is repeated after 15 s if the states of a run contain no attempt, or cannot be read', async () => {
      bench.server.addRun('never-claimed');
      bench.server.put('never-claimed', 'CANCELLING');
      expect(await bench.takenIds()).to.deep.equal([]);
      expect((await bench.nextLook())[0]).to.equal(15);

      bench = new OwnershipBench();
      addDead(1);
      bench.connection.onRequest = (place) => {
        if (place === statesOf('r0')) throw new Error('500');
      };
      expect(await bench.takenIds()).to.deep.equal([]);
      expect((await bench.nextLook())[0]).to.equal(15);
    });

    it('rejects when it is aborted while states are read', async () => {
      addDead(1);
      const stopping = new AbortController();
      bench.connection.onRequest = (place) => {
        if (place === statesOf('r0')) stopping.abort(new Error('stopping'));
      };

      const failure = await bench.takeOver(50, stopping.signal).catch((error: unknown) => error);

      expect(failure).to.have.property('message', 'stopping');
    });

    it('reads only a run that is requested by its id', async () => {
      await bench.look();
      bench.server.addRun('over');
      bench.addRun('r1', 'dead');
      bench.server.put('r1', 'COMPLETED');
      bench.ownership.onCancelling('r1');

      expect(await bench.look()).to.deep.equal(['GET /flow_runs/r1']);
      expect(await bench.look()).to.deep.equal([]);
    });

    it('judges a run once that is requested and also found by the scan', async () => {
      bench.server.heartbeat('other');
      bench.addRun('r1', 'dead');
      bench.addRun('r2', 'other');
      bench.ownership.onCancelling('r1');

      const requests = await bench.look();

      expect(count(requests, '/flow_run_states/')).to.equal(1);
      expect(count(requests, '/labels')).to.equal(1);
      expect(count(requests, '/workers/filter')).to.equal(2);
    });

    it('of many runs is repeated five seconds later per page', async () => {
      bench.server.heartbeat('other', 600);
      for (let run = 0; run < 650; run += 1) bench.addRun(`r${run}`, 'other');

      expect(count(await bench.look(), 'flow_runs/filter')).to.equal(4);
      const [seconds, requests] = await bench.nextLook();

      expect([seconds, requests[0]]).to.deep.equal([20, SCAN]);
    });

    it('reads only as many pages as needed for the limit, and continues immediately', async () => {
      for (let run = 0; run < 250; run += 1) {
        const expected_start_time = new Date(bench.clock.nowMs() + run).toISOString();
        bench.addRun(`r${run}`, run < 20 ? 'dead' : 'other', { expected_start_time });
      }
      for (let run = 240; run < 250; run += 1) bench.server.put(`r${run}`, 'CANCELLING');
      bench.server.heartbeat('other');

      const [pages, readsOfContest] = [2, 2];
      expect(count(await bench.look(3), '/flow_runs/filter')).to.equal(pages + readsOfContest);
      expect(await bench.takenIds(3)).to.have.length(3);
      bench.server.heartbeat('other');
      for (let run = 240; run < 250; run += 1) bench.addRun(`s${run}`, 'dead');
      const requests = await bench.look(3);

      expect(count(requests, '/flow_runs/filter')).to.equal(1 + readsOfContest);
      expect(count(requests, '/flow_run_states/')).to.equal(8);
    });

    it('reads eight histories concurrently, and at most as many as the limit needs', async () => {
      addDead(20);
      let [now, most] = [0, 0];
      bench.connection.onRequest = async (place) => {
        if (!place.includes('/flow_run_states/')) return;
        now += 1;
        most = Math.max(most, now);
        await bench.clock.sleep(10);
        now -= 1;
      };

      const requests = await bench.look(8);
      expect(count(requests, '/flow_run_states/')).to.equal(8);
      expect(count(await bench.look(50), '/flow_run_states/')).to.equal(12);
      expect(most).to.equal(8);
    });

    it('that found as many as the limit is repeated immediately', async () => {
      addDead(2);

      expect(await bench.takenIds(2)).to.have.length(2);
      expect(await bench.look(2)).to.deep.equal([SCAN]);
    });
  });

  describe('the death of a worker', () => {
    /** Enough runs that a scan is due only every 25 s. */
    const begin = async (): Promise<void> => {
      bench.server.heartbeat('other');
      for (let run = 0; run < 850; run += 1) bench.addRun(`r${run}`, 'other');
      await bench.look();
    };

    it('is detected by its last heartbeat, between two scans', async () => {
      await begin();
      bench.ownership.onCancelling('unknown');
      expect(await bench.look()).to.deep.equal(['GET /flow_runs/unknown']);

      await bench.clock.advance(21_000);
      expect(await bench.look()).to.deep.equal([WORKERS]);
      await bench.clock.advance(2000);

      expect(await bench.takenIds(1)).to.have.length(1);
    });

    it('is expected later if a heartbeat was sent since, without another scan', async () => {
      await begin();
      await bench.clock.advance(1000);
      bench.server.heartbeat('other');

      await bench.clock.advance(20_001);
      expect(await bench.look()).to.deep.equal([WORKERS]);
      expect(await bench.look()).to.deep.equal([]);
      await bench.clock.advance(3000);

      expect(await bench.takenIds(1)).to.have.length(1);
    });
  });

  describe('with this worker’s name', () => {
    it('is immediate if the claim names an earlier process and no process has the name', async () => {
      bench = new OwnershipBench();
      bench.server.addRun('r1');
      const message = 'Claimed by worker "w1" [lease=token-of-w1, silenceSeconds=18]';
      bench.server.put('r1', 'PENDING', 'Pending', message);
      await bench.clock.advance(1000);
      bench.ownership.nameWatch.begin(null, bench.clock.monotonicMs());
      await bench.presence.beat();

      expect(await bench.takenIds()).to.deep.equal(['r1']);
      expect((await bench.nextLook())[0]).to.equal(128);
    });

    it('waits if it is unknown when the run was claimed, and checks again every five seconds', async () => {
      bench.addRun('r1', 'other');
      bench.addRun('r2', 'w1');
      bench.addRun('r3', 'other');
      for (const id of ['r1', 'r2', 'r3']) bench.server.put(id, 'CANCELLING');
      bench.server.label('r2', { 'worker-host.lease': 'token-of-a-successor' });
      bench.server.heartbeat('other');

      expect(await bench.takenIds()).to.deep.equal([]);
      expect((await bench.nextLook())[0]).to.equal(5);
    });

    it('reads the workers with every call while another process may have the name', async () => {
      const { clock, ownership } = bench;
      await bench.look();
      expect(await bench.look()).to.deep.equal([]);
      ownership.nameWatch.begin({ serverMs: clock.nowMs(), atMs: clock.monotonicMs() }, clock.monotonicMs());

      expect(await bench.look()).to.deep.equal([WORKERS]);
      await clock.advance(21_000);
      expect(await bench.look()).to.deep.equal([WORKERS]);
      await clock.advance(1);
      expect(await bench.look()).to.deep.equal([]);
    });
  });

  describe('calls', () => {
    it('are executed one after the other', async () => {
      addDead(1);
      const both = Promise.all([bench.ownership.takeOver(50), bench.ownership.takeOver(50)]);

      const requests = await bench.requestsOf(() => bench.clock.run(both));

      expect((await both).map(({ length }) => length)).to.deep.equal([1, 0]);
      expect(count(requests, '/labels')).to.equal(1);
    });

    it('scan again immediately after a failed contest', async () => {
      addDead(1);
      bench.connection.onRequest = (place) => {
        if (place.endsWith('/workers/filter') && bench.connection.paths.includes(statesOf('r0')))
          throw new Error('away');
      };
      expect(await bench.takeOver().catch(() => 'failed')).to.equal('failed');
      bench.connection.onRequest = () => {};

      expect(await bench.takenIds()).to.deep.equal(['r0']);
    });
  });

  describe('a contest', () => {
    it('is preceded by a heartbeat if less than half of the lease is left', async () => {
      for (const [elapsedMs, beats] of [
        [0, 0],
        [9000, 0],
        [9001, 1],
        [13_400, 1],
      ] as const) {
        bench = new OwnershipBench();
        await bench.presence.beat();
        addDead(1);
        await bench.clock.advance(elapsedMs);

        expect(count(await bench.look(), '/workers/heartbeat'), `${elapsedMs}`).to.equal(beats);
      }
    });

    it('wins nothing if the worker itself may count as dead by its end', async () => {
      for (const [extraMs, ids] of [
        [-1, ['r0']],
        [0, []],
      ] as const) {
        bench = new OwnershipBench();
        await bench.presence.beat();
        addDead(1);
        let reads = 0;
        bench.connection.onRequest = async (place) => {
          if (place !== 'GET /flow_runs/r0') return;
          reads += 1;
          if (reads === 2) await bench.clock.sleep(16_000 + extraMs);
        };

        expect(await bench.takenIds(), `${extraMs}`).to.deep.equal(ids);
        bench.connection.onRequest = () => {};
        expect((await bench.nextLook())[0], `${extraMs}`).to.equal(ids.length > 0 ? 113 : 5);
      }
    });

    it('that another worker wins is followed by a scan soon', async () => {
      addDead(2);
      const taking = bench.ownership.takeOver(50);
      await bench.clock.advance(1000);
      bench.server.label('r0', { 'prefect.worker.name': 'sibling', 'worker-host.lease': 'token-of-sibling' });
      bench.server.heartbeat('sibling');

      expect((await bench.clock.run(taking)).map(({ flowRun }) => flowRun.id)).to.deep.equal(['r1']);
      expect((await bench.nextLook())[0]).to.be.lessThan(6);
    });

    it('does not touch a run whose labels had no response, until every other worker has seen them', async () => {
      for (const [ms, ids] of [
        [20_999, []],
        [21_000, ['r0']],
      ] as const) {
        bench = new OwnershipBench();
        await bench.presence.beat();
        addDead(2);
        bench.connection.losesAnswer = (place) => place.endsWith('r0/labels');
        expect(count(await bench.look(), '/labels')).to.equal(2);
        expect(bench.ownership.heldIds).to.deep.equal(['r1']);
        bench.connection.losesAnswer = () => false;
        bench.server.put('r0', 'CANCELLING');
        expect(bench.ownership.hasOtherRuns).to.equal(true);

        await bench.clock.advance(ms);

        expect(await bench.takenIds(), `${ms}`).to.deep.equal(ids);
      }
    });

    it('returns the only run it has won when the server becomes unavailable, and scans for the rest immediately', async () => {
      const [, second] = addDead(2);
      bench.connection.onRequest = (place) => {
        if (place === `PATCH /flow_runs/${second}/labels`) {
          throw new Error('away');
        }
        const labels = count(bench.connection.paths, '/labels');
        if (labels >= 2 && place.endsWith('/workers/filter')) throw new Error('away');
      };
      expect(await bench.takenIds()).to.deep.equal(['r0']);
      bench.connection.onRequest = () => {};

      expect(await bench.takenIds()).to.deep.equal(['r1']);
    });
  });

  describe('a run that was taken over', () => {
    it('has its labels, its infrastructure and its concurrency lease', async () => {
      for (const [pid, earlierPid] of [
        ['task-1', 'task-1'],
        ['', null],
      ] as const) {
        bench = new OwnershipBench();
        await bench.presence.beat();
        bench.addRun('r1', 'dead', { infrastructure_pid: pid });
        const { state } = bench.server.run('r1');
        const state_details = { ...state?.state_details, deployment_concurrency_lease_id: 'lease-1' };
        if (state) bench.server.change('r1', { state: { ...state, state_details } });
        const [taken] = await bench.takeOver();

        const requests = await bench.requestsOf(() => bench.clock.advance(16_000));
        await bench.presence.beat();
        await taken?.lease.renew();
        await taken?.lease.storeLaunch({ relaunch: 1, place: {} });
        await taken?.lease.proposeState({ type: 'RUNNING' });

        expect(count(requests, '/labels')).to.equal(0);
        const label = bench.server.run('r1').labels?.['worker-host.launch'];
        expect(JSON.parse(String(label))).to.include({ relaunch: 1, earlierPid });
        expect(bench.server.run('r1').state?.state_details).to.include({ deployment_concurrency_lease_id: 'lease-1' });
      }
    });

    it('can be one whose state the server does not show', async () => {
      bench.addRun('r1', 'dead');
      bench.server.change('r1', { state: null });

      expect(await bench.takenIds()).to.deep.equal(['r1']);
    });

    it('is logged with its previous worker', async () => {
      bench.addRun('r1', 'dead');
      bench.server.label('r1', { 'prefect.worker.name': 'gone' });
      bench.server.addRun('r2');
      bench.server.put('r2', 'PENDING', 'Pending', 'Claimed by worker "w9" [lease=token-of-w9, silenceSeconds=18]');
      for (let round = 0; round < 14; round += 1) {
        await bench.clock.advance(30_000);
        await bench.presence.beat();
      }

      await bench.takeOver();

      const lines = bench.logger.lines.filter(({ level }) => level === 'info');
      expect(
        lines.map(({ message, fields }) => [message, fields?.flowRunId, fields?.earlierWorker]),
      ).to.have.deep.members([
        ['Took over a run without a live owner', 'r1', 'gone'],
        ['Took over a run without a live owner', 'r2', 'w9'],
      ]);
    });

    it('counts as ours, not as a waiting run of others', async () => {
      bench.server.addRun('r1');
      const lease = await bench.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      bench.server.put('r1', 'CANCELLING');
      await lease.release('unreported');
      bench.ownership.onCancelling('r1');

      expect(await bench.takenIds()).to.deep.equal(['r1']);
      await bench.clock.advance(15_000);
      await bench.look();

      expect(bench.ownership.hasOtherRuns).to.equal(false);
    });
  });
});
