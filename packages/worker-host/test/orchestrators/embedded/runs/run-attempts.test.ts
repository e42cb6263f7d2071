import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { Ownership } from '../../../../src/orchestrators/embedded/leases/ownership.js';
import { newRun, PoolBench, type TestWorker } from '../support/pool-bench.js';

describe('the attempts of a run', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const begin = (id: string = pool.runs.create(newRun()).id): string => {
    expect(worker.claim(id).refusal).to.equal(null);
    return id;
  };
  const attemptsOf = (id: string) => pool.runs.view(id).attempts;

  it('are none before its claim, nor of a state that was forced on it', () => {
    const { id } = pool.runs.create(newRun());
    expect(attemptsOf(id)).to.deep.equal([]);
    pool.runs.propose(id, { type: 'RUNNING', force: true });
    expect(attemptsOf(id)).to.deep.equal([]);
    pool.runs.propose(id, { type: 'SCHEDULED' });

    expect(attemptsOf(id)).to.deep.equal([]);
  });

  it('are kept with how each ended, and what the latest one is in', async () => {
    const id = begin();
    const startedMs = bench.nowMs;
    expect(attemptsOf(id)).to.deep.equal([
      {
        number: 1,
        startedAt: new Date(startedMs).toISOString(),
        endedAt: null,
        stateType: 'PENDING',
        stateName: 'Pending',
        message: null,
        infrastructurePid: null,
        result: null,
      },
    ]);
    pool.runs.storeInfrastructurePid(id, 'task-1');
    pool.runs.storeResult(id, { exitCode: 1 });
    await bench.clock.advance(1000);
    pool.runs.propose(id, { type: 'FAILED', message: 'exit 1' });
    const [failed] = attemptsOf(id);
    await bench.clock.advance(1000);
    pool.runs.propose(id, { type: 'SCHEDULED', force: true });
    expect(attemptsOf(id)).to.deep.equal([failed]);
    begin(id);

    const [first, second, ...others] = attemptsOf(id);

    expect(others).to.deep.equal([]);
    expect(first).to.deep.equal({
      number: 1,
      startedAt: new Date(startedMs).toISOString(),
      endedAt: new Date(startedMs + 1000).toISOString(),
      stateType: 'FAILED',
      stateName: 'Failed',
      message: 'exit 1',
      infrastructurePid: 'task-1',
      result: { exitCode: 1 },
    });
    expect(second).to.deep.include({ number: 2, stateType: 'PENDING', infrastructurePid: null, result: null });
  });

  it('stay as they ended where the run is scheduled once more before its claim', () => {
    const id = begin();
    pool.runs.propose(id, { type: 'FAILED' });
    pool.runs.propose(id, { type: 'SCHEDULED', name: 'AwaitingRetry', force: true });
    pool.runs.propose(id, { type: 'SCHEDULED', name: 'Late' });

    expect(attemptsOf(id).map(({ stateName }) => stateName)).to.deep.equal(['Failed']);
  });

  it('are those of this run alone', () => {
    const [first, second] = [begin(), begin()];
    pool.runs.storeResult(second, { exitCode: 0 });
    pool.runs.propose(first, { type: 'SCHEDULED' });
    begin(first);

    expect(attemptsOf(first).map(({ number }) => number)).to.deep.equal([1, 2]);
    expect(attemptsOf(second).map(({ number, result }) => [number, result])).to.deep.equal([[1, { exitCode: 0 }]]);
    expect(pool.database.get('SELECT count(*) AS n FROM flow_run_attempts')?.n).to.equal(1);
  });

  for (const type of ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const)
    it(`tell the end ${type} of an ownership, also when another attempt follows, and where a policy made another end of it`, () => {
      const ownership = new Ownership(pool.database);
      for (const policy of [null, { rules: [{ exitCodes: '9', action: 'fail' }] }] as const) {
        const { id } = pool.runs.create(newRun({ policy }));
        const fencingToken = worker.claim(id).granted?.fencingToken ?? '';
        const holding = { flowRunId: id, attempt: 1, fencingToken };
        expect(ownership.endedIn(holding, type)).to.equal(null);
        pool.runs.propose(id, { type, force: true });
        const endId = pool.runs.read(id).state?.id;
        const another = type === 'FAILED' ? 'COMPLETED' : 'FAILED';

        expect([ownership.endedIn(holding, type), ownership.endedIn(holding, another)]).to.deep.equal([
          endId,
          policy === null ? null : endId,
        ]);
        pool.runs.propose(id, { type: 'SCHEDULED', force: true });
        expect(ownership.endedIn(holding, type)).to.equal(endId);
        expect(ownership.endedIn({ ...holding, attempt: 2 }, type)).to.equal(null);
        expect(ownership.endedIn({ ...holding, fencingToken: 'another' }, type)).to.equal(null);
      }
    });
});
