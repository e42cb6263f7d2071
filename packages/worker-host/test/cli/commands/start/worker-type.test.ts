import { expect } from 'chai';
import { renderBanner } from '../../../../src/cli/commands/start/banner.js';
import {
  typeNamedOrOfPool,
  typeOfOnlyPlugin,
  WorkerTypeMismatchError,
  WorkerTypeUndecidedError,
} from '../../../../src/cli/commands/start/worker-type.js';

describe('the type of a worker', () => {
  it('is the configured one, with its setting', () => {
    expect(typeNamedOrOfPool('p', { type: 'a', source: '--type' }, null)).to.deep.equal({
      type: 'a',
      reason: '--type',
    });
    expect(typeNamedOrOfPool('p', { type: 'a', source: '--type' }, 'a')?.type).to.equal('a');
  });

  it('is otherwise that of the pool', () => {
    expect(typeNamedOrOfPool('p', null, 'b')).to.deep.equal({ type: 'b', reason: 'the type of the pool' });
    expect(typeNamedOrOfPool('p', null, null)).to.equal(null);
  });

  it('is otherwise that of the only plugin', () => {
    expect(typeOfOnlyPlugin('p', ['c']).type).to.equal('c');
  });

  it('cannot differ from that of the pool', () => {
    expect(() => typeNamedOrOfPool('p', { type: 'a', source: 'WORKER_HOST_TYPE' }, 'b'))
      .to.throw(WorkerTypeMismatchError, 'type=b, wanted=a, by=WORKER_HOST_TYPE')
      .with.property('code', 'WORKER_TYPE_MISMATCH');
  });

  it('cannot be determined with several plugins, or without any', () => {
    expect(() => typeOfOnlyPlugin('p', ['a', 'b'])).to.throw(WorkerTypeUndecidedError, '--type, one of: a, b');
    expect(() => typeOfOnlyPlugin('p', [])).to.throw(WorkerTypeUndecidedError, 'No plugin was found');
  });
});

describe('the banner of a worker', () => {
  const facts = {
    workerName: 'w',
    workPoolName: 'p',
    workQueueNames: ['a', 'b'],
    type: 't',
    typeReason: '--type',
    plugin: 'plugin-t 1.0.0',
    extensions: [],
    controlPlane: 'embedded pool (no server)',
    dataFile: '/data/pool.db',
    limit: 3,
    limitVcpus: null,
    limitMemoryMib: null,
    healthUrl: null,
    isRunOnce: false,
    drain: 'leave',
  } as const;

  it('shows pool, type, plugin, control plane, data, limit and how to stop', () => {
    expect(renderBanner(facts).split('\n')).to.deep.equal([
      'worker         w',
      'pool           p, queues a, b',
      'type           t (--type)',
      'plugin         plugin-t 1.0.0',
      'control plane  embedded pool (no server)',
      'data           /data/pool.db',
      'limit          at most 3 active runs',
      'stop           Ctrl-C stops the worker; its jobs keep running, and the next worker resumes them',
      '',
    ]);
  });

  it('omits what does not apply, and shows how this worker ends', () => {
    const text = renderBanner({ ...facts, dataFile: null, limit: null, isRunOnce: true });

    expect(text).not.to.contain('data ');
    expect(text).to.contain('limit          none').and.to.contain('exits when the runs that are due now have ended');
    expect(renderBanner({ ...facts, limitVcpus: 4, limitMemoryMib: 512 })).to.contain(
      'limit          at most 3 active runs, 4 vCPUs, 512 MiB',
    );
    expect(renderBanner({ ...facts, drain: 'await' })).to.contain('Ctrl-C stops the worker after its runs have ended');
  });
});
