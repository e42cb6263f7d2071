import { expect } from 'chai';
import { openOrchestrator } from '../support/open-orchestrator.js';
import { PoolBench } from '../support/pool-bench.js';

describe('the launch requests of a run', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
    bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  it('are kept by attempt and relaunch, the last of each, and deleted with the run', async () => {
    const { claimNew, orchestrator, pool } = await openOrchestrator(bench);
    const lease = await claimNew();
    const { flowRunId: id } = lease.attempt;
    const place = { cluster: 'c' };
    await lease.storeLaunch({ relaunch: 0, place });
    expect(pool.runs.view(id).launches).to.deep.equal([]);

    await lease.storeLaunch({ relaunch: 0, place }, () => ({ count: 1 }));
    await lease.storeLaunch({ relaunch: 0, place }, () => ({ count: 2, text: 'ünïcode' }));
    await lease.storeLaunch({ relaunch: 1, place }, () => ({ count: 3 }));
    await lease.proposeState({ type: 'FAILED' });
    pool.runs.propose(id, { type: 'SCHEDULED', force: true });
    const answer = await orchestrator.claim(pool.runs.read(id));
    if (answer.claimed) await answer.lease.storeLaunch({ relaunch: 0, place }, () => ({ count: 4 }));

    expect(pool.runs.view(id).launches).to.deep.equal([
      { attempt: 1, relaunch: 0, request: { count: 2, text: 'ünïcode' } },
      { attempt: 1, relaunch: 1, request: { count: 3 } },
      { attempt: 2, relaunch: 0, request: { count: 4 } },
    ]);
    pool.database.run('DELETE FROM flow_runs WHERE id = ?', id);
    expect(pool.database.all('SELECT * FROM launch_requests')).to.deep.equal([]);
  });

  it('are not stored by a lease that is lost', async () => {
    const { claimNew, pool } = await openOrchestrator(bench);
    const lease = await claimNew();
    const { flowRunId: id } = lease.attempt;
    pool.runs.propose(id, { type: 'CANCELLED', force: true });

    const error = await lease
      .storeLaunch({ relaunch: 0, place: {} }, () => ({ count: 1 }))
      .catch((each: unknown) => each);

    expect(error).to.include({ code: 'LEASE_LOST' });
    expect(pool.runs.view(id).launches).to.deep.equal([]);
  });
});
