import { expect } from 'chai';
import { leaseMsOf } from '../../../../src/orchestrators/embedded/leases/workers.js';
import { elsewhere } from '../support/open-orchestrator.js';
import { PoolBench, type TestWorker } from '../support/pool-bench.js';

describe('the workers of the embedded pool', () => {
  let bench: PoolBench;
  let first: TestWorker;
  let poolId: string;
  beforeEach(() => {
    bench = new PoolBench();
    poolId = bench.openWithPool().pools.read('mine').id;
    first = bench.worker(elsewhere(1));
  });
  afterEach(() => bench.dispose());

  it('hold leases for three heartbeats, of thirty seconds each where nothing is said', () => {
    expect(leaseMsOf(10)).to.equal(30_000);
    expect(leaseMsOf()).to.equal(90_000);
  });

  it('live by their heartbeats where their process cannot be seen', async () => {
    const { instanceId } = first.workers;
    const second = bench.worker(elsewhere(2));
    first.workers.beat(poolId, 'w', 10);
    await bench.clock.advance(29_999);
    expect(second.workers.isLiving(instanceId)).to.equal(true);
    await bench.clock.advance(1);
    expect([second.workers.isLiving(instanceId), second.workers.dead()]).to.deep.equal([false, [instanceId]]);
    first.workers.beat(poolId, 'w', 10);
    expect(second.workers.isLiving(instanceId)).to.equal(true);
  });

  it('live for themselves, also before their first heartbeat and after their last', async () => {
    expect(first.workers.isLiving(first.workers.instanceId)).to.equal(true);
    first.workers.beat(poolId, 'w', 10);
    await bench.clock.advance(3_600_000);
    expect(first.workers.dead()).to.deep.equal([]);
  });

  it('are not known by an id that is nobody', () => {
    expect([first.workers.isLiving(null), first.workers.isLiving('x')]).to.deep.equal([false, false]);
  });

  it('name live namesakes of their pool, where they are and since when they are silent', async () => {
    const others = [2, 3, 4].map((osPid) => bench.worker(elsewhere(osPid)).workers);
    others[0]?.beat(poolId, 'w', 1_000);
    others[1]?.beat(poolId, 'other', 1_000);
    others[2]?.beat(poolId, 'w', 1);
    first.workers.beat(poolId, 'w', 10);
    await bench.clock.advance(7_600);

    expect(first.workers.namesakes(poolId, 'w')).to.deep.equal(['process 2 on host-2, last heartbeat 8 s ago']);
    expect(first.workers.namesakes('another pool', 'w')).to.deep.equal([]);
    bench.clock.set(-60_000);
    expect(first.workers.namesakes(poolId, 'w')[0]).to.include('last heartbeat 0 s ago');
  });
});
