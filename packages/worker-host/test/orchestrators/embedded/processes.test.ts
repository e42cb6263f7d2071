import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { checkDatabase } from '../../../src/orchestrators/embedded/backup/database-check.js';
import { dataFilesOf } from '../../../src/orchestrators/embedded/database/data-directory.js';
import { newRun, PoolBench, rowOf } from './support/pool-bench.js';

interface ClaimReport {
  readonly instanceId: string;
  readonly claimed: readonly string[];
}
interface WriteReport {
  readonly id: string;
  readonly stage: 'created' | 'completed';
}

describe('processes on one file', () => {
  let bench: PoolBench;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await bench.dispose();
  });

  const start = (script: string): ChildProcess => {
    const child = fork(fileURLToPath(new URL(`fixtures/${script}.js`, import.meta.url)), [bench.home]);
    children.push(child);
    return child;
  };

  it('claim each run once', async () => {
    const pool = bench.openWithPool();
    const ids = pool.database.write(() => Array.from({ length: 200 }, () => pool.runs.create(newRun()).id));
    const workers = [start('claiming-process'), start('claiming-process')];
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const worker of workers) worker.send('go');

    const answers = await Promise.all(workers.map((worker) => once(worker, 'message')));
    const reports = answers.map(([report]) => report as ClaimReport);

    expect(reports.flatMap(({ claimed }) => claimed).sort()).to.deep.equal([...ids].sort());
    for (const { instanceId, claimed } of reports) {
      const owned = pool.database.all('SELECT id FROM flow_runs WHERE owner = ?', instanceId).map((row) => row.id);
      expect([...claimed].sort()).to.deep.equal(owned.sort());
    }
    const attempts = pool.database.all('SELECT DISTINCT attempt FROM flow_runs').map((row) => row.attempt);
    expect(attempts).to.deep.equal([1]);
    for (const id of ids) expect(pool.runs.states(id).map(({ type }) => type)).to.deep.equal(['SCHEDULED', 'PENDING']);
  });

  it('keep their runs while they are paused, and leave them to others when they are killed', async () => {
    const pool = bench.openWithPool();
    const { id } = pool.runs.create(newRun());
    const owner = start('owning-process');
    const [claimed] = await once(owner, 'message');
    expect(claimed).to.deep.equal({ claimed: true });
    const other = bench.worker();
    owner.kill('SIGSTOP');
    // Longer than three heartbeat intervals: only its process shows that it is alive.
    await bench.clock.advance(Date.now() - bench.nowMs + 60_000);
    expect(other.takeOver()).to.deep.equal([]);
    expect(other.workers.namesakes(pool.pools.read('mine').id, 'owner')).to.have.length(1);
    owner.kill('SIGCONT');
    owner.send('write');
    expect((await once(owner, 'message'))[0]).to.equal('written');

    owner.kill('SIGKILL');
    await once(owner, 'close');

    expect(other.takeOver().map(({ flowRun }) => flowRun.id)).to.deep.equal([id]);
    expect(pool.runs.read(id).labels).to.deep.equal({ still: 'owned' });
  });

  for (const killAt of [1, 8, 21])
    it(`lose nothing and leave nothing incomplete when one is killed at its message ${killAt}`, async () => {
      bench.openWithPool().close();
      const writer = start('writing-process');
      const told: WriteReport[] = [];
      writer.on('message', (report) => {
        told.push(report as WriteReport);
        if (told.length === killAt) writer.kill('SIGKILL');
      });
      const [, signal] = (await once(writer, 'close')) as readonly unknown[];
      expect(signal).to.equal('SIGKILL');

      const pool = bench.open();

      expect(pool.database.get('PRAGMA integrity_check')?.integrity_check).to.equal('ok');
      expect(pool.database.all('PRAGMA foreign_key_check')).to.deep.equal([]);
      for (const { id, stage } of told) {
        const { stateType } = pool.runs.read(id);
        if (stage === 'completed') expect(stateType).to.equal('COMPLETED');
      }
      const runs = pool.runLists.list({ limit: 1000 }).runs;
      expect(runs.length).to.be.within(1, told.length + 1);
      for (const run of runs) {
        const states = pool.runs.states(run.id);
        const way = ['SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED'].slice(0, states.length);
        expect(states.map(({ type }) => type)).to.deep.equal(way);
        expect(run.state?.id).to.equal(states.at(-1)?.id);
        expect(rowOf(pool, run.id).attempt).to.equal(states.length > 1 ? 1 : 0);
      }
      expect(pool.runs.create(newRun()).stateType).to.equal('SCHEDULED');
    });

  for (const killAt of [1, 21, 50])
    it(`lose and repeat nothing of a batch when one is killed at its message ${killAt} and another continues`, async () => {
      const pool = bench.openWithPool();
      const ids = pool.runs.createAll(Array.from({ length: 200 }, () => newRun())).map(({ id }) => id);
      const workers = [start('batching-process'), start('batching-process')] as const;
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      const told = workers.map(() => ({ claimed: [] as string[], ended: [] as string[] }));
      for (const [index, worker] of workers.entries())
        worker.on('message', ({ id, stage }: { readonly id: string; readonly stage: 'claimed' | 'ended' }) => {
          const messages = told[index];
          messages?.[stage].push(id);
          const count = (messages?.claimed.length ?? 0) + (messages?.ended.length ?? 0);
          if (index === 0 && count === killAt) worker.kill('SIGKILL');
        });
      const closed = workers.map((worker) => once(worker, 'close'));
      for (const worker of workers) worker.send('go');
      await Promise.all(closed);

      expect(checkDatabase(dataFilesOf(bench.home), null).problems).to.deep.equal([]);
      const claimed = told.flatMap((each) => each.claimed);
      expect(new Set(claimed).size).to.equal(claimed.length);
      for (const id of told.flatMap(({ ended }) => ended)) expect(pool.runs.read(id).stateType).to.equal('COMPLETED');
      for (const id of ids) {
        const types = pool.runs.states(id).map(({ type }) => type);
        expect(types).to.deep.equal(['SCHEDULED', 'PENDING', 'COMPLETED'].slice(0, types.length));
        expect(rowOf(pool, id)).to.include({ attempt: 1, state_type: types.at(-1) });
      }
      const left = ids.filter((id) => pool.runs.read(id).stateType !== 'COMPLETED');
      const taken = bench.worker().takeOver(1000);
      expect(taken.map(({ flowRun }) => flowRun.id)).to.have.members(left);
      expect(left.filter((id) => told[1]?.claimed.includes(id))).to.deep.equal([]);
    });

  for (const killAt of [1, 2, 7])
    it(`leave no array partly created, run or cancelled when one is killed at its message ${killAt}`, async () => {
      bench.openWithPool().close();
      const writer = start('array-process');
      const told: { readonly id: string; readonly stage: string }[] = [];
      writer.on('message', (report) => {
        told.push(report as (typeof told)[number]);
        if (told.length === killAt) writer.kill('SIGKILL');
      });
      await once(writer, 'close');

      const pool = bench.open();
      const arrays = pool.runLists.list({ limit: 1000 }).runs;

      expect(checkDatabase(dataFilesOf(bench.home), null).problems).to.deep.equal([]);
      for (const { id, stage } of told)
        if (stage === 'cancelled') expect(pool.runs.read(id).stateType).to.equal('CANCELLED');
      expect(arrays.length).to.be.within(1, told.length + 1);
      for (const { arrayCounts } of arrays) {
        const { COMPLETED = 0, PENDING = 0, CANCELLED = 0, SCHEDULED = 0 } = arrayCounts ?? {};
        expect(COMPLETED + PENDING + CANCELLED + SCHEDULED).to.equal(40);
        expect([CANCELLED, SCHEDULED]).to.include(0);
      }
    });
});
