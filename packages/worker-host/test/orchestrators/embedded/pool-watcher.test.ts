import type { WorkPool } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../src/orchestrators/embedded/embedded-pool.js';
import { PoolWatcher } from '../../../src/orchestrators/embedded/pool-watcher.js';
import { HeardListener } from './support/open-orchestrator.js';
import { PoolBench } from './support/pool-bench.js';

describe('a watcher of the pool', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let other: EmbeddedPool;
  let listener: HeardListener;
  let logger: RecordingLogger;
  let cancelling: readonly string[];
  let upkeep: () => boolean;
  let watcher: PoolWatcher;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    other = bench.open();
    listener = new HeardListener();
    logger = new RecordingLogger();
    cancelling = [];
    upkeep = () => false;
    const watched = {
      upkeep: () => upkeep(),
      cancelling: () => cancelling,
      workPool: (): WorkPool | null => pool.pools.find('mine'),
    };
    watcher = new PoolWatcher(pool.database, watched, bench.clock, logger);
    watcher.notePool(pool.pools.find('mine'));
    bench.onDispose(() => watcher.stop());
  });
  afterEach(() => bench.dispose());

  const write = (): void => other.variables.set('a', bench.nowMs);
  const heard = () => ({ work: listener.work, cancelling: listener.cancelling.length, pools: listener.pools.length });

  it('reports everything at the start, and then only what another process has written', async () => {
    cancelling = ['a', 'b'];
    watcher.start(listener);
    await bench.clock.advance(0);
    expect(heard()).to.deep.equal({ work: 1, cancelling: 2, pools: 0 });
    await bench.clock.advance(10_000);
    expect(heard()).to.deep.equal({ work: 1, cancelling: 2, pools: 0 });
    write();
    await bench.clock.advance(499);
    expect(heard()).to.deep.equal({ work: 1, cancelling: 2, pools: 0 });
    await bench.clock.advance(1);

    expect(heard()).to.deep.equal({ work: 2, cancelling: 4, pools: 0 });
    expect(listener.cancelling).to.deep.equal(['a', 'b', 'a', 'b']);
  });

  it('reads what another process has committed soon after the file was written', async () => {
    let onChange: (() => void) | undefined;
    const ended: string[] = [];
    const watched = { upkeep: () => false, cancelling: () => [], workPool: () => pool.pools.find('mine') };
    watcher = new PoolWatcher(pool.database, watched, bench.clock, logger, (noteWrite) => {
      onChange = noteWrite;
      return () => ended.push('ended');
    });
    watcher.start(listener);
    await bench.clock.advance(100);
    expect(listener.work).to.equal(1);
    onChange?.();
    await bench.clock.advance(9);
    write();
    await bench.clock.advance(1);
    expect(listener.work).to.equal(2);
    onChange?.();
    await bench.clock.advance(60);
    write();
    await bench.clock.advance(90);
    expect(listener.work).to.equal(3);
    await watcher.stop();

    expect(ended).to.deep.equal(['ended']);
  });

  it('applies time-based rules as often as without writes to the file', async () => {
    let onChange: (() => void) | undefined;
    let upkeeps = 0;
    const watched = { upkeep: () => ++upkeeps < 0, cancelling: () => [], workPool: () => null };
    watcher = new PoolWatcher(pool.database, watched, bench.clock, logger, (noteWrite) => {
      onChange = noteWrite;
      return () => {};
    });
    watcher.start(listener);
    for (let write = 0; write < 20; write += 1) {
      onChange?.();
      await bench.clock.advance(50);
    }

    expect(upkeeps).to.be.within(2, 3);
  });

  it('reports each change of the pool once, and its deletion', async () => {
    watcher.start(listener);
    for (const isPaused of [true, true, false]) {
      other.pools.update('mine', { isPaused });
      write();
      await bench.clock.advance(500);
    }
    expect(listener.pools.map((workPool) => workPool?.isPaused)).to.deep.equal([true, false]);
    other.pools.delete('mine');
    await bench.clock.advance(1000);
    write();
    await bench.clock.advance(500);

    expect(listener.pools.slice(2)).to.deep.equal([null]);
  });

  it('reports no change that the worker already knows', async () => {
    watcher.start(listener);
    await bench.clock.advance(0);
    watcher.notePool(other.pools.update('mine', { isPaused: true }));
    await bench.clock.advance(500);

    expect(heard()).to.deep.equal({ work: 2, cancelling: 0, pools: 0 });
  });

  it('reports again what this process itself has changed', async () => {
    watcher.start(listener);
    await bench.clock.advance(0);
    let rounds = 2;
    upkeep = () => {
      rounds -= 1;
      return rounds === 0;
    };
    await bench.clock.advance(500);
    expect(heard().work).to.equal(1);
    await bench.clock.advance(500);
    expect(heard().work).to.equal(2);
    watcher.lookAgain();
    await bench.clock.advance(500);

    expect(heard().work).to.equal(3);
  });

  it('retries failures, and reports once that they occurred and that they are over', async () => {
    const failure = new Error('disk I/O error');
    upkeep = () => {
      throw failure;
    };
    watcher.start(listener);
    await bench.clock.advance(1500);
    expect(heard().work).to.equal(0);
    upkeep = () => false;
    await bench.clock.advance(500);
    await bench.clock.advance(500);

    expect(heard().work).to.equal(1);
    expect(logger.lines.map(({ level, message, fields }) => ({ level, message, fields }))).to.deep.equal([
      { level: 'warn', message: 'Watching the database failed; retrying', fields: { everyMs: 500, error: failure } },
      { level: 'info', message: 'Watching the database resumed', fields: {} },
    ]);
  });

  it('ends when it is stopped, and leaves no sleep behind', async () => {
    watcher.start(listener);
    await bench.clock.advance(0);
    await watcher.stop();
    write();
    await bench.clock.advance(1000);

    expect(heard().work).to.equal(1);
    expect(bench.clock.pendingSleeps).to.deep.equal([]);
  });
});
