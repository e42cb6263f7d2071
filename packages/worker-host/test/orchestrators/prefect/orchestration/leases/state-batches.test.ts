import { LeaseLostError, OrchestratorUnavailableError, type RunLease } from '@worker-host/core';
import { expect } from 'chai';
import { PrefectWorld, type WorldWorker } from '../../support/prefect-world.js';

const BULK = 'POST /flow_runs/bulk_set_state';
const CRASHED = { type: 'CRASHED', message: 'The container exited with code 1' } as const;

describe('StateBatches', () => {
  let world: PrefectWorld;
  let worker: WorldWorker;
  beforeEach(async () => {
    world = new PrefectWorld();
    worker = await world.worker('w1');
  });
  afterEach(() => world.close());

  /** Leases of runs that run. */
  const leasesOf = async (count: number): Promise<readonly RunLease[]> => {
    const leases: RunLease[] = [];
    for (let each = 0; each < count; each += 1) {
      world.server.addRun(`r${each}`);
      leases.push(await worker.claim(`r${each}`));
      world.server.put(`r${each}`, 'RUNNING');
    }
    await world.clock.advance(2000);
    worker.connection.requests.length = 0;
    return leases;
  };
  const crash = (leases: readonly RunLease[]) =>
    Promise.allSettled(leases.map((lease) => lease.proposeState(CRASHED))).then((outcomes) =>
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.status : outcome.reason)),
    );
  const paths = () => worker.connection.paths.filter((path) => path.includes('/flow_runs/'));
  const typesOf = (count: number) =>
    Array.from({ length: count }, (_, each) => world.server.run(`r${each}`).state_type);

  it('sets the states of runs that crash at the same time by one read and one request', async () => {
    const leases = await leasesOf(4);

    expect(await crash(leases)).to.deep.equal(['ACCEPT', 'ACCEPT', 'ACCEPT', 'ACCEPT']);

    expect(paths()).to.deep.equal(['POST /flow_runs/filter', BULK]);
    expect(typesOf(4)).to.deep.equal(['CRASHED', 'CRASHED', 'CRASHED', 'CRASHED']);
    expect(world.server.run('r2').state?.message).to.equal(CRASHED.message);
    expect(leases.map(({ isHeld }) => isHeld)).to.deep.equal([false, false, false, false]);
  });

  it('sets the state of a single run by a request of its own', async () => {
    await crash(await leasesOf(1));

    expect(paths()).to.deep.equal(['GET /flow_runs/r0', 'POST /flow_runs/r0/set_state']);
  });

  it('sends at most two requests of sixteen runs at the same time, and confirms the others when it is their turn', async () => {
    const leases = await leasesOf(50);
    let most = 0;
    let underWay = 0;
    worker.connection.onRequest = async (place) => {
      if (place !== BULK) return;
      underWay += 1;
      most = Math.max(most, underWay);
      await world.clock.sleep(1500);
      underWay -= 1;
    };

    const outcomes = crash(leases);
    await world.clock.advance(20_000);

    expect(new Set(await outcomes)).to.deep.equal(new Set(['ACCEPT']));
    expect(most).to.equal(2);
    const sizes = worker.connection.requests
      .filter(({ url }) => url.endsWith('bulk_set_state'))
      .map(({ body }) => JSON.parse(body ?? '').flow_runs.id.any_.length);
    expect(sizes).to.deep.equal([16, 16, 16, 2]);
    // The last ones were confirmed more than a second before.
    expect(paths().lastIndexOf('POST /flow_runs/filter')).to.be.greaterThan(paths().indexOf(BULK));
  });

  for (const [what, proposal] of [
    ['a state of another type', { type: 'RUNNING' }],
    ['a state that is forced', { ...CRASHED, force: true }],
    ['a state with details of its own', { ...CRASHED, stateDetails: { retriable: true } }],
  ] as const)
    it(`sets ${what} by a request for each run`, async () => {
      await Promise.all((await leasesOf(2)).map((lease) => lease.proposeState(proposal)));

      expect(paths().filter((path) => path.startsWith('POST') && path.endsWith('set_state'))).to.deep.equal([
        'POST /flow_runs/r0/set_state',
        'POST /flow_runs/r1/set_state',
      ]);
    });

  it('does not mix different messages', async () => {
    const [one, two, three] = await leasesOf(3);
    const states = [one, two, three].map((lease, index) =>
      lease?.proposeState({ ...CRASHED, message: index === 1 ? 'Out of memory' : CRASHED.message }),
    );
    await Promise.all(states);

    expect(world.server.run('r1').state?.message).to.equal('Out of memory');
    expect(world.server.run('r2').state?.message).to.equal(CRASHED.message);
    expect(paths().filter((path) => path.startsWith('POST'))).to.include.members([
      BULK,
      'POST /flow_runs/r1/set_state',
    ]);
  });

  it('leaves a run alone that ends or is cancelled before the server handles the request', async () => {
    const leases = await leasesOf(4);
    worker.connection.onRequest = (place) => {
      if (place !== BULK) return;
      world.server.put('r1', 'COMPLETED');
      world.server.put('r2', 'CANCELLING');
    };

    const outcomes = await crash(leases);

    expect(outcomes[0]).to.equal('ACCEPT');
    expect(outcomes[1]).to.be.instanceOf(LeaseLostError);
    expect(outcomes[2]).to.equal('REJECT');
    expect(typesOf(4)).to.deep.equal(['CRASHED', 'COMPLETED', 'CANCELLING', 'CRASHED']);
  });

  it('excludes a run that another worker owns', async () => {
    const leases = await leasesOf(3);
    world.server.label('r1', {
      'prefect.worker.name': 'w2',
      'worker-host.attempt': leases[1]?.attempt.id,
      'worker-host.lease': 'of-another',
      'worker-host.heartbeat': '{"worker":"w2","silenceSeconds":18}',
    });

    const outcomes = await crash(leases);

    expect(outcomes[1]).to.be.instanceOf(LeaseLostError);
    expect(typesOf(3)).to.deep.equal(['CRASHED', 'RUNNING', 'CRASHED']);
  });

  it('recognises the states of a request whose response was lost', async () => {
    const leases = await leasesOf(2);
    worker.connection.losesAnswer = (place) => place === BULK;
    const [first] = await crash(leases);
    expect(first).to.be.instanceOf(OrchestratorUnavailableError);
    worker.connection.losesAnswer = () => false;
    worker.connection.requests.length = 0;

    expect(await crash(leases)).to.deep.equal(['ACCEPT', 'ACCEPT']);

    expect(paths()).to.deep.equal(['POST /flow_runs/filter']);
    expect(leases.map(({ isHeld }) => isHeld)).to.deep.equal([false, false]);
  });

  it('proposes again for a run for which the server failed', async () => {
    const leases = await leasesOf(2);
    worker.connection.proxyAnswer = (place) => {
      if (place !== BULK) return null;
      const aborted = { status: 'ABORT', state: null, details: { reason: 'database is locked' } };
      return { body: JSON.stringify({ results: ['r0', 'r1'].map((id) => ({ flow_run_id: id, ...aborted })) }) };
    };

    expect(await crash(leases)).to.deep.equal(['ACCEPT', 'ACCEPT']);

    expect(typesOf(2)).to.deep.equal(['CRASHED', 'CRASHED']);
  });

  it('proposes one by one from then on where the server does not know the request', async () => {
    world.server.hasBulkStates = false;
    const leases = await leasesOf(4);

    expect(await crash(leases.slice(0, 2))).to.deep.equal(['ACCEPT', 'ACCEPT']);
    expect(await crash(leases.slice(2))).to.deep.equal(['ACCEPT', 'ACCEPT']);

    expect(paths().filter((path) => path === BULK)).to.have.length(1);
    expect(typesOf(4)).to.deep.equal(['CRASHED', 'CRASHED', 'CRASHED', 'CRASHED']);
  });

  it('proposes by itself for a run that holds a place of its deployment, because the server would copy it to others', async () => {
    const leases = await leasesOf(2);
    world.server.addRun('r2');
    worker.connection.proxyAnswer = (place) => {
      if (place !== 'POST /flow_runs/r2/set_state') return null;
      const details = { deployment_concurrency_lease_id: '8d6f0b8e-54a5-4d1c-bd43-9a2b34a4a001' };
      world.server.put('r2', 'PENDING');
      const state = { ...world.server.run('r2').state, state_details: details };
      return { body: JSON.stringify({ status: 'ACCEPT', state, details: {} }) };
    };
    const limited = await worker.claim('r2');
    worker.connection.proxyAnswer = () => null;
    worker.connection.requests.length = 0;

    await crash([...leases, limited]);

    const bulk = worker.connection.requests.find(({ url }) => url.endsWith('bulk_set_state'));
    expect(JSON.parse(bulk?.body ?? '').flow_runs.id.any_).to.deep.equal(['r0', 'r1']);
    expect(paths()).to.include('POST /flow_runs/r2/set_state');
  });
});
