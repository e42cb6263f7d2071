import { expect } from 'chai';
import Libsql from 'libsql';
import { type BatchWrite, GroupCommit } from '../../../../src/orchestrators/embedded/database/group-commit.js';
import { codeOf, loseNextCommit, openOrchestrator } from '../support/open-orchestrator.js';
import { newRun, PoolBench } from '../support/pool-bench.js';

describe('writes that are asked for at the same time', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(() => bench.dispose());

  const subject = () => {
    const pool = bench.openWithPool();
    const group = new GroupCommit(pool.database, bench.clock);
    const set = (name: string) => group.write(() => pool.variables.set(name, 1));
    const names = () =>
      bench
        .open()
        .variables.list()
        .map(({ name }) => name);
    let commits = 0;
    const write = pool.database.write.bind(pool.database);
    let depth = 0;
    pool.database.write = (act, options) => {
      commits += depth === 0 ? 1 : 0;
      depth += 1;
      try {
        return write(act, options);
      } finally {
        depth -= 1;
      }
    };
    return { pool, group, set, names, commits: () => commits };
  };

  it('share one transaction, and are answered once it is stored', async () => {
    const { set, names, commits } = subject();
    const seen: (readonly string[])[] = [];
    const writes = ['a', 'b', 'c'].map(async (name) => {
      await set(name);
      seen.push(names());
    });
    expect(names()).to.deep.equal([]);
    await Promise.all(writes);

    expect(commits()).to.equal(1);
    expect(seen).to.deep.equal([1, 2, 3].map(() => ['a', 'b', 'c']));
    await set('d');
    expect(commits()).to.equal(2);
  });

  it('fail each by itself, and leave nothing of one that fails', async () => {
    const { pool, group, set, names } = subject();
    const broken = group.write(() => {
      pool.variables.set('half', 1);
      throw new Error('no');
    });
    const failed = broken.catch((error: Error) => error.message);
    await Promise.all([set('a'), failed, set('b')]);

    expect(await failed).to.equal('no');
    expect(names()).to.deep.equal(['a', 'b']);
  });

  describe('of one kind', () => {
    const kindOf = (acts: (readonly string[])[]): BatchWrite<string, string> => ({
      keyOf: (request) => request.charAt(0),
      act: (requests) => {
        acts.push(requests);
        if (requests.includes('bad')) throw new Error('no');
        return requests.map((request) => `${request}!`);
      },
    });

    it('are done together, unless they have one key or another write lies between', async () => {
      const { group, set, commits } = subject();
      const acts: (readonly string[])[] = [];
      const kind = kindOf(acts);
      const write = (request: string) => group.writeBatched(kind, request);

      const answers = await Promise.all([write('a1'), write('b1'), write('a2'), set('between'), write('c1')]);

      expect(answers).to.deep.equal(['a1!', 'b1!', 'a2!', undefined, 'c1!']);
      expect(acts).to.deep.equal([['a1', 'b1'], ['a2'], ['c1']]);
      expect(commits()).to.equal(1);
    });

    it('are done one by one where one of them fails', async () => {
      const { group } = subject();
      const acts: (readonly string[])[] = [];
      const kind = kindOf(acts);

      const outcomes = await Promise.allSettled(['a', 'bad', 'c'].map((request) => group.writeBatched(kind, request)));

      expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      expect(acts).to.deep.equal([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
    });
  });

  it('all fail where nobody knows whether their transaction was stored, and are not done again', async () => {
    const { pool, set, names } = subject();
    loseNextCommit(pool);
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(set));

    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(names()).to.deep.equal(['a', 'b', 'c']);
    await set('later');
    expect(names()).to.include('later');
  });

  it('wait for the lock of another process, and are all done then', async () => {
    const { pool, set, names } = subject();
    const holder = new Libsql(pool.database.path);
    holder.exec('BEGIN IMMEDIATE');
    const writes = Promise.all(['a', 'b'].map(set));
    await bench.clock.advance(1000);
    expect(names()).to.deep.equal([]);
    holder.exec('COMMIT');
    holder.close();
    await bench.clock.advance(1000);
    await writes;
    expect(names()).to.deep.equal(['a', 'b']);
  });

  it('keep their order where one waits for the lock and another is asked for meanwhile', async () => {
    const { pool, group } = subject();
    const done: string[] = [];
    const holder = new Libsql(pool.database.path);
    holder.exec('BEGIN IMMEDIATE');
    const first = group.write(() => {
      pool.variables.set('a', 1);
      done.push('first');
    });
    await bench.clock.advance(1000);
    holder.exec('COMMIT');
    holder.close();
    const second = group.write(() => void done.push('second'));
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(done).to.deep.equal([]);
    await bench.clock.advance(1000);
    await Promise.all([first, second]);

    expect(done).to.deep.equal(['first', 'second']);
  });

  it('are not done for a caller that has given up', async () => {
    const { group, pool, names, set } = subject();
    const abort = new AbortController();
    const given = group.write(() => pool.variables.set('given', 1), abort.signal);
    const outcome = given.catch((error: Error) => error.message);
    abort.abort(new Error('stopped'));
    await set('a');
    expect(await outcome).to.equal('stopped');
    expect(names()).to.deep.equal(['a']);
  });

  it('claim each run once, however many processes and calls want it', async () => {
    bench.openWithPool();
    const workers = [await openOrchestrator(bench), await openOrchestrator(bench)];
    const runs = Array.from({ length: 30 }, () => workers[0]?.pool.runs.create(newRun()));
    const claims = workers.flatMap(({ orchestrator }) =>
      runs.map(async (run) => {
        if (run === undefined) throw new Error('no run');
        const answer = await orchestrator.claim(run);
        return answer.claimed ? run.id : null;
      }),
    );
    for (let turn = 0; turn < 20; turn += 1) await bench.clock.advance(50);
    const claimed = (await Promise.all(claims)).filter((id) => id !== null);

    expect(claimed).to.have.length(30);
    expect(new Set(claimed).size).to.equal(30);
  });

  it('of a lease are stored before its release, and none is after it', async () => {
    const first = await openOrchestrator(bench);
    const second = await openOrchestrator(bench);
    const lease = await first.claimNew();
    const stored = lease.storeInfrastructurePid('task');
    const released = lease.release('worker-stopping');
    const late = codeOf(lease.storeInfrastructurePid('late'));
    await Promise.all([stored, released]);

    expect(await late).to.equal('LEASE_LOST');
    const [taken] = await second.orchestrator.takeOverInterruptedRuns({ limit: 1 });
    expect(taken?.infrastructurePid).to.equal('task');
  });

  it('are granted again where the answer of all of them was lost', async () => {
    const { orchestrator, pool } = await openOrchestrator(bench);
    const runs = [pool.runs.create(newRun()), pool.runs.create(newRun())];
    loseNextCommit(pool);
    const lost = await Promise.all(runs.map((run) => codeOf(orchestrator.claim(run))));
    const again = await Promise.all(runs.map((run) => orchestrator.claim(run)));

    expect(lost).to.not.include('none');
    expect(again.map(({ claimed }) => claimed)).to.deep.equal([true, true]);
    expect(runs.map(({ id }) => pool.runs.view(id).attempts.length)).to.deep.equal([1, 1]);
  });
});
