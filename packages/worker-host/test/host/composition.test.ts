import { FakeClock, FakePool, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createWorkerHost } from '../../src/host/composition.js';
import { FakeWorker, fakePlugin } from './support/fake-worker.js';

const OWN = { job_configuration: { command: 'own' }, variables: {} };

function create(options: { readonly baseJobTemplate?: typeof OWN } = {}) {
  const clock = new FakeClock();
  const pool = new FakePool({ clock, workPool: null });
  const host = createWorkerHost({
    orchestrator: pool.createClient(),
    plugin: fakePlugin(new FakeWorker()),
    clock,
    settings: { workPoolName: 'p' },
    ...options,
  });
  return { pool, host };
}

describe('the composition of a worker host', () => {
  it('creates a pool with the given template, otherwise with that of the plugin', async () => {
    for (const [options, command] of [
      [{ baseJobTemplate: OWN }, 'own'],
      [{}, '{{ command }}'],
    ] as const) {
      const { host, pool } = create(options);
      const ended = host.run();
      await settle();

      expect(pool.workPool?.baseJobTemplate).to.have.nested.property('job_configuration.command', command);
      host.stop();
      await ended;
    }
  });

  it('generates a name of the worker if none is given', () => {
    const [{ workerName }, other] = [create().host.settings, create().host.settings];

    expect(workerName).to.match(/^fake [0-9a-f-]{36}$/);
    expect(other.workerName).not.to.equal(workerName);
  });
});
