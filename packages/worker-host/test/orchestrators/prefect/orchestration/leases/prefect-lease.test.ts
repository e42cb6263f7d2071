import { LeaseLostError, OrchestratorUnavailableError } from '@worker-host/core';
import { expect } from 'chai';
import { PrefectWorld } from '../../support/prefect-world.js';

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('PrefectLease', () => {
  let world: PrefectWorld;
  beforeEach(() => {
    world = new PrefectWorld();
    world.server.addRun('r1');
  });
  afterEach(() => world.close());

  const writesOf = (paths: readonly string[]) => paths.filter((path) => / \/flow_runs\//.test(path));

  describe('a claim', () => {
    it('is granted with the accepted Pending as attempt, and names its owner in that state', async () => {
      const worker = await world.worker('w1');

      const lease = await worker.claim('r1');

      expect(lease.attempt).to.include({ flowRunId: 'r1', id: world.server.run('r1').state?.id });
      expect(world.server.run('r1').state?.message).to.equal(
        `Claimed by worker "w1" [lease=${lease.fencingToken}, silenceSeconds=18]`,
      );
      expect(lease.expiresAtMs).to.equal(world.clock.monotonicMs() + 18_000);
      expect(lease.isHeld).to.equal(true);
    });

    it('whose response was lost is the same attempt when it is claimed again', async () => {
      const worker = await world.worker('w1');
      worker.connection.losesAnswer = (place) => place.endsWith('set_state');
      expect(await errorOf(worker.claim('r1'))).to.be.instanceOf(OrchestratorUnavailableError);
      worker.connection.losesAnswer = () => false;
      const [flowRun] = [...(await worker.orchestrator.readFlowRuns(['r1'])).values()];
      if (flowRun === undefined) throw new Error('no run');

      const answer = await worker.orchestrator.claim(flowRun);

      expect(answer.claimed && answer.lease.attempt.id).to.equal(world.server.run('r1').state?.id);
    });

    it('of a later attempt ends the lease of the one before', async () => {
      const worker = await world.worker('w1');
      const first = await worker.claim('r1');
      world.server.put('r1', 'SCHEDULED');

      await worker.claim('r1');

      expect(first.isHeld).to.equal(false);
    });
  });

  describe('a run with an unreadable record', () => {
    it('is due again when it is released, and its claim is freed', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');

      await lease.release('unreadable');

      expect(lease.isHeld).to.equal(false);
      expect(world.server.run('r1').state_type).to.equal('SCHEDULED');
      expect((await worker.claim('r1')).isHeld).to.equal(true);
    });

    it('is polled again when the record can be read', async () => {
      const worker = await world.worker('w1');
      const { connection, orchestrator } = worker;
      const due = async () => {
        const runs = await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: Date.UTC(2100, 0, 1), limit: null });
        return runs.map(({ id }) => id);
      };
      const lease = await worker.claim('r1');
      connection.proxyAnswer = (place) => (place === 'GET /variables/name/v' ? { status: 500, body: '{}' } : null);
      await errorOf(orchestrator.references.readVariable('v'));

      await lease.release('unreadable');

      expect(world.server.run('r1').state_type).to.equal('SCHEDULED');
      expect(await due()).to.not.include('r1');
      connection.proxyAnswer = () => null;
      await world.clock.advance(60_000);
      expect(await due()).to.include('r1');
    });

    it('keeps the state that another tool set meanwhile', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      world.server.put('r1', 'CANCELLED');
      await world.clock.advance(20_000);

      await lease.release('unreadable');

      expect(world.server.run('r1').state_type).to.equal('CANCELLED');
    });
  });

  describe('requests', () => {
    it('for a run are three: the claim, the launch with all labels, the id of its infrastructure', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      const labelled = lease.label({ team: 'a' });
      await lease.storeLaunch({ relaunch: 0, place: { cluster: 'c' } });
      await labelled;
      await lease.storeInfrastructurePid('task-1');

      expect(writesOf(worker.connection.paths)).to.deep.equal([
        'POST /flow_runs/r1/set_state',
        'PATCH /flow_runs/r1/labels',
        'PATCH /flow_runs/r1',
      ]);
      expect(world.server.run('r1').infrastructure_pid).to.equal('task-1');
      expect(world.server.run('r1').labels).to.deep.equal({
        team: 'a',
        'prefect.worker.name': 'w1',
        'prefect.worker.type': 'some-type',
        'prefect.work-pool.name': 'p',
        'prefect.work-pool.id': 'p-id',
        'worker-host.attempt': lease.attempt.id,
        'worker-host.lease': lease.fencingToken,
        'worker-host.heartbeat': '{"worker":"w1","silenceSeconds":18}',
        'worker-host.launch': `{"attempt":"${lease.attempt.id}","relaunch":0,"place":{"cluster":"c"},"earlierPid":null}`,
      });
    });

    it('for labels alone wait fifteen seconds for a launch', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      let isStored = false;
      const stored = lease.label({ team: 'a' }).then(() => {
        isStored = true;
      });

      await world.clock.advance(14_000);
      expect(isStored).to.equal(false);
      await world.clock.advance(2000);
      await stored;

      expect(world.server.run('r1').labels).to.include({ team: 'a', 'prefect.worker.name': 'w1' });
      await lease.label({ team: 'b' });
      expect(world.server.run('r1').labels).to.include({ team: 'b' });
    });

    it('contain only text labels: any other value would make the run unreadable', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });

      await lease.label({ a: 'x', b: null as unknown as string, c: 1 as unknown as string });

      expect(worker.connection.requests.at(-1)?.body).to.equal('{"a":"x"}');
    });

    it('before a launch are repeated by the next attempt if they failed, including labels', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      const labelled = errorOf(lease.label({ team: 'a' }));
      worker.connection.onRequest = (place) => {
        if (place.endsWith('/labels')) worker.connection.isCut = true;
      };
      worker.connection.isCut = true;
      expect(await errorOf(lease.storeLaunch({ relaunch: 0, place: {} }))).to.be.instanceOf(
        OrchestratorUnavailableError,
      );
      expect(await labelled).to.be.instanceOf(OrchestratorUnavailableError);
      worker.connection.isCut = false;
      worker.connection.onRequest = () => {};

      await lease.storeLaunch({ relaunch: 0, place: {} });

      expect(world.server.run('r1').labels).to.include({ team: 'a', 'worker-host.lease': lease.fencingToken });
    });
  });

  describe('of an ended attempt', () => {
    const CASES: readonly (readonly [string, () => void])[] = [
      ['was scheduled again', () => world.server.put('r1', 'SCHEDULED')],
      ['has become final', () => world.server.put('r1', 'FAILED')],
      ['was deleted', () => world.server.removeRun('r1')],
      [
        'is in another attempt of another kind of worker',
        () => {
          world.server.put('r1', 'SCHEDULED');
          world.server.put('r1', 'PENDING', 'Pending');
          world.server.put('r1', 'PENDING', 'Submitting');
        },
      ],
      [
        'runs for another worker that has put its name to it',
        () => {
          world.server.put('r1', 'RUNNING');
          world.server.label('r1', { 'prefect.worker.name': 'another' });
        },
      ],
    ];
    for (const [title, happen] of CASES) {
      it(`rejects every write if the run ${title}`, async () => {
        const worker = await world.worker('w1');
        const lease = await worker.claim('r1');
        await lease.storeLaunch({ relaunch: 0, place: {} });
        await world.clock.advance(19_000);
        happen();
        const before = world.server.states('r1').length;

        const failure = await errorOf(lease.storeInfrastructurePid('zombie'));

        expect(failure).to.be.instanceOf(LeaseLostError);
        expect(lease.isHeld).to.equal(false);
        for (const write of [
          () => lease.proposeState({ type: 'CRASHED' }),
          () => lease.label({ a: 'b' }),
          () => lease.storeLaunch({ relaunch: 1, place: {} }),
          () => lease.storeResult({}),
          () => lease.renew(),
        ]) {
          expect(await errorOf(write())).to.be.instanceOf(LeaseLostError);
        }
        expect(world.server.states('r1')).to.have.length(before);
        if (title !== 'was deleted') expect(world.server.run('r1').infrastructure_pid).to.equal(null);
      });
    }

    it('reads the run before a final state unless it was just read', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      await world.clock.advance(3000);
      const other = await world.worker('w2');
      world.server.put('r1', 'SCHEDULED');
      await (await other.claim('r1')).storeLaunch({ relaunch: 0, place: {} });
      world.server.put('r1', 'RUNNING');

      const failure = await errorOf(lease.proposeState({ type: 'CRASHED' }));

      expect(failure).to.be.instanceOf(LeaseLostError);
      expect(world.server.run('r1').state_type).to.equal('RUNNING');
    });

    it('needs no second read if the host has just read the run', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      world.server.put('r1', 'RUNNING');
      await world.clock.advance(3000);
      await worker.orchestrator.readFlowRun('r1');
      const before = worker.connection.requests.length;

      expect(await lease.proposeState({ type: 'CRASHED' })).to.include({ status: 'ACCEPT' });

      expect(worker.connection.paths.slice(before)).to.deep.equal(['POST /flow_runs/r1/set_state']);
      expect(lease.isHeld).to.equal(false);
    });

    it('ends if the host reads the run and it is another owner’s', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      world.server.label('r1', { 'worker-host.lease': 'another' });

      await worker.orchestrator.readFlowRuns(['r1']);

      expect(lease.isHeld).to.equal(false);
    });

    it('recognises a retry for which its own job waits as its own', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      world.server.put('r1', 'SCHEDULED', 'AwaitingRetry');
      world.server.change('r1', { empirical_policy: { retry_type: 'in_process' } });
      await world.clock.advance(19_000);

      await lease.storeInfrastructurePid('task-1');

      expect(world.server.run('r1').infrastructure_pid).to.equal('task-1');
    });
  });

  describe('time', () => {
    it('is extended by heartbeats while runs are held, every six seconds', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');

      await world.clock.advance(60_000);

      expect(lease.expiresAtMs).to.be.greaterThan(world.clock.monotonicMs() + 10_000);
      const beats = worker.connection.paths.filter((path) => path.endsWith('/heartbeat'));
      expect(beats.length).to.be.within(9, 12);
    });

    it('ends eighteen seconds after the last heartbeat: the lease ends with its next write', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await world.clock.advance(12_000);
      worker.connection.isCut = true;
      await world.clock.advance(19_000);
      worker.connection.isCut = false;
      const before = worker.connection.requests.length;

      expect(await errorOf(lease.storeInfrastructurePid('task-1'))).to.be.instanceOf(LeaseLostError);

      expect(worker.connection.requests).to.have.length(before);
      expect((await worker.takeOver()).map(({ flowRun }) => flowRun.id)).to.deep.equal(['r1']);
    });

    it('that has ended is not extended by a late heartbeat, but by a renewal', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      await world.clock.advance(1000);
      worker.connection.isCut = true;
      await world.clock.advance(40_000);
      worker.connection.isCut = false;
      await worker.orchestrator.heartbeat();
      expect(lease.expiresAtMs).to.be.lessThan(world.clock.monotonicMs());

      const renewing = lease.renew();
      await world.clock.advance(2000);
      await renewing;

      expect(lease.expiresAtMs).to.be.greaterThan(world.clock.monotonicMs() + 10_000);
      await lease.storeInfrastructurePid('task-1');
    });

    it('that has ended is not renewed if another worker has taken the run over, even at that very moment', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      worker.connection.isCut = true;
      await world.clock.advance(40_000);
      worker.connection.isCut = false;

      const failure = errorOf(lease.renew());
      await world.clock.advance(1500);
      world.server.label('r1', { 'worker-host.lease': 'a-sibling', 'prefect.worker.name': 'w2' });
      await world.clock.advance(1000);

      expect(await failure).to.be.instanceOf(LeaseLostError);
    });
  });

  describe('a state', () => {
    it('before the job’s own contains the owner and the attempt', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');

      await lease.proposeState({ type: 'PENDING', name: 'Submitting', isOptional: true });

      expect(world.server.run('r1').state?.message).to.equal(
        `Claimed by worker "w1" [attempt=${lease.attempt.id}, lease=${lease.fencingToken}, silenceSeconds=18]`,
      );
    });

    it('that is final and was accepted without a response counts as accepted when it is proposed again', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      worker.connection.losesAnswer = (place) => place.endsWith('set_state');
      expect(await errorOf(lease.proposeState({ type: 'CRASHED', message: 'x' }))).to.be.instanceOf(
        OrchestratorUnavailableError,
      );
      worker.connection.losesAnswer = () => false;
      await worker.orchestrator.readFlowRun('r1');

      const answer = await lease.proposeState({ type: 'CRASHED', message: 'x' });

      expect(answer).to.include({ status: 'ACCEPT' });
      expect(world.server.states('r1').filter(({ type }) => type === 'CRASHED')).to.have.length(1);
    });

    it('is answered while the run is being cancelled, so that the host can cancel it', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      world.server.put('r1', 'CANCELLING');

      expect(await lease.proposeState({ type: 'CRASHED' })).to.include({ status: 'REJECT' });
      expect(await lease.proposeState({ type: 'CANCELLED' })).to.include({ status: 'ACCEPT' });
      expect(lease.isHeld).to.equal(false);
    });
  });

  describe('a release', () => {
    it('offers the run again immediately, to this process', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: { cluster: 'c' } });
      await lease.storeInfrastructurePid('task-1');
      world.server.put('r1', 'RUNNING');

      await lease.release('failed');

      expect(world.server.run('r1').labels).to.include({ 'worker-host.lease': 'released' });
      const [taken] = await worker.takeOver();
      expect(taken).to.deep.include({ infrastructurePid: 'task-1', launch: { relaunch: 0, place: { cluster: 'c' } } });
      expect(taken?.lease.fencingToken).not.to.equal(lease.fencingToken);
      expect(taken?.lease.attempt).to.deep.equal(lease.attempt);
    });

    it('offers the run again immediately, to another worker', async () => {
      const worker = await world.worker('w1');
      const other = await world.worker('w2');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      await lease.release('worker-stopping');

      expect(await other.takeOver()).to.have.length(1);
    });

    it('as unreported makes no request and waits two minutes, unless the run is cancelled', async () => {
      world.server.addRun('r2');
      const worker = await world.worker('w1');
      const leases = [await worker.claim('r1'), await worker.claim('r2')];
      for (const lease of leases) {
        await lease.storeLaunch({ relaunch: 0, place: {} });
        world.server.put(lease.attempt.flowRunId, 'RUNNING');
      }
      const before = writesOf(worker.connection.paths).length;
      for (const lease of leases) await lease.release('unreported');
      expect(writesOf(worker.connection.paths)).to.have.length(before);
      expect(await worker.takeOver()).to.have.length(0);

      world.server.put('r2', 'CANCELLING');
      await world.clock.advance(15_000);
      expect((await worker.takeOver()).map(({ flowRun }) => flowRun.id)).to.deep.equal(['r2']);
      await world.clock.advance(90_000);
      expect(await worker.takeOver()).to.have.length(0);
      await world.clock.advance(30_000);
      expect((await worker.takeOver()).map(({ flowRun }) => flowRun.id)).to.deep.equal(['r1']);
    });

    it('of a run that another owner has by now writes nothing', async () => {
      const worker = await world.worker('w1');
      const lease = await worker.claim('r1');
      await lease.storeLaunch({ relaunch: 0, place: {} });
      await world.clock.advance(19_000);
      world.server.label('r1', { 'worker-host.lease': 'another', 'prefect.worker.name': 'w2' });

      await lease.release('failed');
      await lease.release('failed');

      expect(world.server.run('r1').labels).to.include({ 'worker-host.lease': 'another' });
    });
  });
});
