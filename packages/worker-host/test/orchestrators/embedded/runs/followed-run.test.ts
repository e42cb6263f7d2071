import { expect } from 'chai';
import { openAdministration } from '../../../../src/orchestrators/embedded/administration.js';
import type { Administration } from '../../../../src/orchestrators/embedded/administration-types.js';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { followRun } from '../../../../src/orchestrators/embedded/runs/followed-run.js';
import { openOrchestrator } from '../support/open-orchestrator.js';
import { PoolBench } from '../support/pool-bench.js';

describe('a run that a program follows', () => {
  let bench: PoolBench;
  let administration: Administration;
  let pool: EmbeddedPool;
  beforeEach(async () => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    administration = await openAdministration({
      home: bench.home,
      clock: bench.clock,
      nowMs: () => bench.nowMs,
    });
    bench.onDispose(() => administration.close());
  });
  afterEach(() => bench.dispose());

  const follow = async (id: string): Promise<readonly string[]> => {
    const heard: string[] = [];
    for await (const news of administration.followRun(id))
      heard.push(news.kind === 'state' ? news.state.name : news.line.message);
    return heard;
  };

  it('tells its states and lines in order, the end last, and is awaited', async () => {
    const { orchestrator } = await openOrchestrator(bench, { heartbeatIntervalSeconds: 3600 });
    const run = await administration.createFlowRun({ workPoolName: 'mine' });
    const heard = follow(run.id);
    const ended = administration.awaitRun(run.id);

    const answer = await orchestrator.claim(run);
    if (!answer.claimed) throw new Error(answer.reason);
    await bench.clock.advance(1000);
    answer.lease.output([{ message: 'hello', timestampMs: bench.nowMs }]);
    await answer.lease.storeResult({ exitCode: 3 });
    await answer.lease.proposeState({ type: 'FAILED' });
    await bench.clock.advance(1000);

    expect(await heard).to.deep.equal(['Scheduled', 'Pending', 'hello', 'Failed']);
    expect((await ended).flowRun.stateName).to.equal('Failed');
    expect((await ended).result).to.deep.equal({ exitCode: 3 });
  });

  it('is told at once where it has ended before', async () => {
    const run = await administration.createFlowRun({ workPoolName: 'mine', name: 'x' });
    pool.runs.propose(run.id, { type: 'CANCELLING' });
    expect(await follow(run.id)).to.deep.equal(['Scheduled', 'Cancelled']);
  });

  it('is read again when another connection has written, and else once a second', async () => {
    const run = await administration.createFlowRun({ workPoolName: 'mine' });
    let reads = 0;
    const counted = {
      dataVersion: () => administration.dataVersion(),
      readLogs: async () => [],
      readRun: (id: string) => {
        reads += 1;
        return administration.readRun(id);
      },
    };
    const stop = new AbortController();
    const news = followRun(counted, run.id, bench.clock, stop.signal);
    await news.next();
    const waiting = news.next().catch((error: Error) => error.message);
    await bench.clock.advance(900);
    expect(reads).to.equal(1);
    pool.variables.set('any', 1);
    await bench.clock.advance(50);
    expect(reads).to.equal(2);
    await bench.clock.advance(1000);
    expect(reads).to.equal(3);
    stop.abort(new Error('enough'));
    expect(await waiting).to.equal('enough');
  });

  it('is seen to end by this program itself', async () => {
    const run = await administration.createFlowRun({ workPoolName: 'mine' });
    const ended = administration.awaitRun(run.id);
    await administration.cancelFlowRun(run.id);
    await bench.clock.advance(1000);
    expect((await ended).flowRun.stateName).to.equal('Cancelled');
  });

  it('is refused where there is none', async () => {
    expect(await administration.awaitRun('none').catch((error: { code: string }) => error.code)).to.equal('NOT_FOUND');
  });
});
