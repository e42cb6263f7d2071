import { watch } from 'node:fs';
import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import { createEmbeddedOrchestrator } from '../../../src/orchestrators/embedded/create-embedded-orchestrator.js';
import { HeardListener, TEMPLATE } from './support/open-orchestrator.js';
import { PoolBench } from './support/pool-bench.js';

describe('createEmbeddedOrchestrator', () => {
  let bench: PoolBench;
  beforeEach(() => {
    bench = new PoolBench();
  });
  afterEach(() => bench.dispose());

  it('detects what another process writes before it polls', async () => {
    const { home, clock } = bench;
    const options = { home, clock, logger: silentLogger, reason: 'a test', nowMs: () => clock.nowMs() };
    const { orchestrator, databasePath } = createEmbeddedOrchestrator(options);
    bench.onDispose(() => orchestrator.close());
    const listener = new HeardListener();
    const identity = {
      name: 'w',
      type: 'test',
      workPoolName: 'mine',
      workQueueNames: [],
      limit: null,
      heartbeatIntervalSeconds: 10,
    };
    await orchestrator.open(identity, { createIfNotFound: true, defaultBaseJobTemplate: TEMPLATE }, listener);
    await clock.advance(0);
    const before = listener.work;
    // Notified of a write after the orchestrator, because it began to watch later.
    const written = new Promise<void>((resolve) => {
      const watcher = watch(`${databasePath}-wal`, () => {
        watcher.close();
        resolve();
      });
    });

    bench.open().variables.set('a', 1);
    await written;
    await clock.advance(30);

    expect(listener.work).to.equal(before + 1);
  });
});
