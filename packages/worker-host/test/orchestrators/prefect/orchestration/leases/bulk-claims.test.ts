import { type ClaimAnswer, OrchestratorUnavailableError } from '@worker-host/core';
import { expect } from 'chai';
import { PrefectWorld, type WorldWorker } from '../../support/prefect-world.js';

const BULK = 'POST /flow_runs/bulk_set_state';

describe('claims of many runs', () => {
  let world: PrefectWorld;
  let worker: WorldWorker;
  beforeEach(async () => {
    world = new PrefectWorld();
    worker = await world.worker('w1');
  });
  afterEach(() => world.close());

  const add = (id: string, deployment: string | null = 'd', dueInMs = -1000): void =>
    world.server.addRun(id, {
      deployment_id: deployment,
      next_scheduled_start_time: new Date(world.clock.nowMs() + dueInMs).toISOString(),
    });
  const addMany = (count: number) => {
    for (let each = 0; each < count; each += 1) add(`r${each}`);
  };
  const poll = async () => {
    const before = new Date(world.clock.nowMs() + 60_000).getTime();
    const runs = await worker.orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: before, limit: null });
    worker.connection.requests.length = 0;
    return runs;
  };
  const claim = async (): Promise<readonly (ClaimAnswer | Error)[]> => {
    const runs = await poll();
    const claims = await Promise.allSettled(runs.map((run) => worker.orchestrator.claim(run)));
    return claims.map((each) => (each.status === 'fulfilled' ? each.value : each.reason));
  };
  const paths = () => worker.connection.paths.filter((path) => path.includes('/flow_runs'));
  const sets = () =>
    worker.connection.requests
      .filter(({ url }) => url.endsWith('bulk_set_state'))
      .map(({ body }) => JSON.parse(body ?? '').flow_runs.id.any_ as readonly string[]);

  it('are one for the first run, and one for each eight others', async () => {
    addMany(18);

    const answers = await claim();

    expect(answers.map((answer) => 'claimed' in answer && answer.claimed)).to.deep.equal(Array(18).fill(true));
    expect(sets().map(({ length }) => length)).to.deep.equal([8, 8]);
    expect(paths().filter((path) => path.endsWith('/set_state'))).to.have.length(2);
    expect(world.server.run('r7').state_type).to.equal('PENDING');
  });

  it('are one for the first run again only after two quiet seconds', async () => {
    addMany(4);
    await claim();
    expect(sets().map(({ length }) => length)).to.deep.equal([3]);

    await world.clock.advance(1999);
    for (const id of ['a', 'b', 'c']) add(id);
    await claim();
    expect(sets().map(({ length }) => length)).to.deep.equal([3]);

    await world.clock.advance(2000);
    for (const id of ['x', 'y', 'z']) add(id);
    await claim();
    expect(sets().map(({ length }) => length)).to.deep.equal([2]);
  });

  it('give each run a lease that is confirmed by its state', async () => {
    addMany(3);

    const leases = (await claim()).flatMap((answer) => ('lease' in answer ? [answer.lease] : []));

    expect(leases.map(({ attempt }) => attempt.id)).to.deep.equal(
      ['r0', 'r1', 'r2'].map((id) => world.server.run(id).state?.id),
    );
    for (const lease of leases) await lease.renew();
    expect(leases.map(({ isHeld }) => isHeld)).to.deep.equal([true, true, true]);
  });

  it('do not mix deployments, because the server would copy the place of one to the other', async () => {
    for (const [id, deployment] of [
      ['r0', 'a'],
      ['r1', 'a'],
      ['r2', 'a'],
      ['r3', 'b'],
      ['r4', 'b'],
      ['r5', 'c'],
      ['r6', null],
      ['r7', null],
    ] as const)
      add(id, deployment);

    await claim();

    expect(sets()).to.deep.equal([
      ['r1', 'r2'],
      ['r3', 'r4'],
      ['r6', 'r7'],
    ]);
    expect(paths().filter((path) => path.endsWith('/set_state'))).to.have.members([
      'POST /flow_runs/r0/set_state',
      'POST /flow_runs/r5/set_state',
    ]);
  });

  it('share a request with those of their deployment that wait behind others', async () => {
    for (let each = 0; each < 12; each += 1) add(`r${each}`, `d${each % 3}`);

    await claim();

    expect(sets()).to.deep.equal([
      ['r1', 'r4', 'r7', 'r10'],
      ['r2', 'r5', 'r8', 'r11'],
      ['r3', 'r6', 'r9'],
    ]);
  });

  it('set each run that is due at another time in the future by itself, because the server would copy its time', async () => {
    addMany(3);
    add('later', 'd', 5000);
    add('soon', 'd', 1000);
    add('one', 'd', 3000);
    add('other', 'd', 3000);

    await claim();

    expect(sets()).to.have.deep.members([
      ['r1', 'r2'],
      ['one', 'other'],
    ]);
    expect(paths()).to.include.members(['POST /flow_runs/later/set_state', 'POST /flow_runs/soon/set_state']);
  });

  it('are not granted for runs that another worker has claimed since, or that have ended or are gone', async () => {
    addMany(6);
    worker.connection.onRequest = (place) => {
      if (place !== BULK) return;
      world.server.put('r1', 'PENDING');
      world.server.put('r2', 'FAILED');
      world.server.removeRun('r3');
    };

    const answers = await claim();

    expect(answers.map((answer) => 'claimed' in answer && answer.claimed)).to.deep.equal([
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(world.server.run('r2').state_type).to.equal('FAILED');
    expect(answers[2]).to.have.property('reason', 'the run is not scheduled any more [state=FAILED]');
    expect(answers[3]).to.have.property('reason', 'the run is not scheduled any more [state=deleted]');
  });

  it('that were stored without a response are granted when the runs are claimed again', async () => {
    addMany(3);
    worker.connection.losesAnswer = (place) => place === BULK;
    const runs = await poll();
    const first = await Promise.allSettled(runs.map((run) => worker.orchestrator.claim(run)));
    expect(first.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'rejected']);
    expect(first[1]).to.have.property('reason').that.is.instanceOf(OrchestratorUnavailableError);
    worker.connection.losesAnswer = () => false;

    const again = await Promise.all(runs.slice(1).map((run) => worker.orchestrator.claim(run)));

    expect(again.map((answer) => answer.claimed && answer.lease.attempt.id)).to.deep.equal(
      ['r1', 'r2'].map((id) => world.server.run(id).state?.id),
    );
  });

  it('are granted when the request was repeated after a lost response', async () => {
    const other = await world.worker('w2', { maxRetries: 1 });
    addMany(3);
    let losses = 1;
    other.connection.proxyAnswer = (place) => {
      const request = other.connection.requests.at(-1);
      if (place !== BULK || losses === 0 || request === undefined) return null;
      losses -= 1;
      world.server.answer(request);
      return { status: 503, body: '{}' };
    };
    const runs = await other.orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: world.clock.nowMs(), limit: null });

    const claims = Promise.all(runs.map((run) => other.orchestrator.claim(run)));
    await world.clock.advance(10_000);

    expect((await claims).map(({ claimed }) => claimed)).to.deep.equal([true, true, true]);
    expect(world.server.states('r2').filter(({ type }) => type === 'PENDING')).to.have.length(1);
  });

  it('that are answered late are given back for a run that has run meanwhile', async () => {
    addMany(3);
    worker.connection.onRequest = async (place) => {
      if (place !== BULK) return;
      await world.clock.sleep(1000);
      world.server.change('r1', { run_count: 1 });
    };

    const claims = claim();
    await world.clock.advance(2000);

    const answers = await claims;
    expect(answers.map((answer) => 'claimed' in answer && answer.claimed)).to.deep.equal([true, false, true]);
    expect(answers[1]).to.have.property('reason').that.includes('has ended meanwhile');
  });

  it('are sent one by one for ten minutes after the server failed to handle the request', async () => {
    addMany(3);
    worker.connection.proxyAnswer = (place) => (place === BULK ? { status: 500, body: '{}' } : null);
    const codes = (await claim()).map((answer) => ('code' in answer ? answer.code : null));
    expect(codes).to.deep.equal([null, 'ORCHESTRATOR_UNAVAILABLE', 'ORCHESTRATOR_UNAVAILABLE']);
    expect((await claim()).map((answer) => 'claimed' in answer && answer.claimed)).to.deep.equal([true, true]);
    expect(sets()).to.deep.equal([]);
    worker.connection.proxyAnswer = () => null;

    await world.clock.advance(10 * 60_000);
    for (const id of ['r5', 'r6', 'r7']) add(id);
    await claim();

    expect(sets()).to.deep.equal([['r6', 'r7']]);
  });

  it('are sent one by one where the server does not know the request', async () => {
    world.server.hasBulkStates = false;
    addMany(12);

    const answers = await claim();

    expect(answers.map((answer) => 'claimed' in answer && answer.claimed)).to.deep.equal(Array(12).fill(true));
    expect(paths().filter((path) => path === BULK)).to.have.length(1);
  });

  for (const [what, detail] of [
    ['permission', 'Forbidden'],
    ['plan', 'Your plan does not support this feature'],
  ] as const)
    it(`are sent one by one where the ${what} does not allow the request`, async () => {
      worker.connection.proxyAnswer = (place) =>
        place === BULK ? { status: 403, body: JSON.stringify({ detail }) } : null;
      addMany(12);

      const answers = await claim();

      expect(answers.map((answer) => 'claimed' in answer && answer.claimed)).to.deep.equal(Array(12).fill(true));
      expect(paths().filter((path) => path === BULK)).to.have.length(1);
    });
});
