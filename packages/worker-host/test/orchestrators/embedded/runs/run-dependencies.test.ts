import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import type { FollowCondition } from '../../../../src/orchestrators/embedded/runs/run-dependencies.js';
import { openOrchestrator } from '../support/open-orchestrator.js';
import { newRun, PoolBench, type TestWorker, thrownBy } from '../support/pool-bench.js';

describe('runs that follow others', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    worker = bench.worker();
  });
  afterEach(() => bench.dispose());

  const add = (name: string, runIds: readonly string[] = [], condition?: FollowCondition): string =>
    pool.runs.create(
      newRun({
        name,
        ...(runIds.length === 0 ? {} : { after: { runIds, ...(condition === undefined ? {} : { condition }) } }),
      }),
    ).id;
  const due = (): readonly string[] => {
    worker.pool.upkeep.apply();
    return worker.pool.due.list('mine', [], bench.nowMs, null).map(({ name }) => name);
  };
  const end = (id: string, type: StateType): void => void pool.runs.propose(id, { type, force: true });
  const stateOf = (id: string) => pool.runs.read(id).stateName;

  it('are due once all of them have completed', () => {
    const [a, b] = [add('a'), add('b')];
    const last = add('last', [a, b, a]);
    expect(due()).to.deep.equal(['a', 'b']);
    expect(worker.claim(last).refusal).to.equal('the run waits for other runs');
    end(a, 'COMPLETED');
    expect(due()).to.deep.equal(['b']);
    end(b, 'COMPLETED');
    expect(due()).to.deep.equal(['last']);
    expect(worker.claim(last).refusal).to.equal(null);
  });

  const conditions: readonly (readonly [FollowCondition, StateType, string])[] = [
    ['completed', 'COMPLETED', 'Scheduled'],
    ['completed', 'FAILED', 'Skipped'],
    ['completed', 'CANCELLED', 'Skipped'],
    ['ended', 'CRASHED', 'Scheduled'],
    ['ended', 'CANCELLED', 'Scheduled'],
    ['failed', 'CRASHED', 'Scheduled'],
    ['failed', 'FAILED', 'Scheduled'],
    ['failed', 'COMPLETED', 'Skipped'],
  ];
  for (const [condition, type, state] of conditions)
    it(`are ${state} after a run that ended ${type}, where it has to be ${condition}`, () => {
      const first = add('first');
      const then = add('then', [first], condition);
      end(first, type);
      due();
      expect(stateOf(then)).to.equal(state);
    });

  it('are skipped one after another, down to the last', () => {
    const first = add('first');
    const second = add('second', [first]);
    const third = add('third', [second]);
    end(first, 'FAILED');
    for (let round = 0; round < 2; round += 1) due();
    expect([second, third].map(stateOf)).to.deep.equal(['Skipped', 'Skipped']);
    expect(pool.database.all('SELECT * FROM flow_run_dependencies')).to.deep.equal([]);
  });

  it('follow the end of all attempts, not of one', async () => {
    const { orchestrator } = await openOrchestrator(bench, { heartbeatIntervalSeconds: 3600 });
    const first = pool.runs.create(newRun({ policy: { retries: { attempts: 2, delaySeconds: 1, jitter: 0 } } }));
    const then = add('then', [first.id], 'failed');
    const fail = async (): Promise<void> => {
      const answer = await orchestrator.claim(first);
      if (!answer.claimed) throw new Error(answer.reason);
      await answer.lease.storeResult({ exitCode: 1 });
      await answer.lease.proposeState({ type: 'FAILED' });
    };
    await fail();
    expect(due()).to.deep.equal([]);
    await fail();
    expect(due()).to.deep.equal(['then']);
    expect(stateOf(then)).to.equal('Scheduled');
  });

  it('are skipped where a run that they follow was deleted before its end', () => {
    const first = add('first');
    const then = add('then', [first], 'ended');
    pool.database.run('DELETE FROM flow_runs WHERE id = ?', first);
    due();
    expect(stateOf(then)).to.equal('Skipped');
  });

  it('are not skipped for a limit before they are due', () => {
    const first = add('first');
    const concurrency = { key: 'db', rule: { most: 1, onLimit: 'skip' } } as const;
    const busy = pool.runs.create(newRun({ name: 'busy', concurrency })).id;
    worker.claim(busy);
    const then = pool.runs.create(newRun({ name: 'then', concurrency, after: { runIds: [first] } })).id;
    due();
    expect(stateOf(then)).to.equal('Scheduled');
    end(busy, 'COMPLETED');
    end(first, 'COMPLETED');
    expect(due()).to.deep.equal(['then']);
  });

  it('may follow what has ended already, and nothing that does not exist', () => {
    const first = add('first');
    end(first, 'COMPLETED');
    add('then', [first]);
    expect(due()).to.deep.equal(['then']);
    expect(thrownBy(() => add('lost', ['nothing']))).to.include({ code: 'NOT_FOUND' });
    expect(pool.runLists.list({ limit: 10 }).runs).to.have.length(2);
  });
});
