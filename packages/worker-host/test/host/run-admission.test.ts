import type { RunResources } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import type { WorkerHostSettings } from '../../src/host/worker-host-settings.js';
import { createSubject } from './support/subject.js';

/** A worker whose runs request the resources in their names: `big:4x8192`. */
function create(settings: Partial<WorkerHostSettings>) {
  const subject = createSubject({ querySeconds: 1, ...settings }, { announcesWork: false });
  subject.worker.onResources = ({ name }): RunResources | null => {
    const [, vcpus, memoryMib] = /:([\d.]+)x(\d+)$/.exec(String(name)) ?? [];
    return vcpus === undefined ? null : { vcpus: Number(vcpus), memoryMib: Number(memoryMib) };
  };
  const add = (...names: readonly string[]): void => {
    for (const name of names) subject.pool.addRun({ id: name.split(':')[0] ?? '', name });
  };
  const launched = (): readonly string[] => subject.worker.jobs.map(({ flowRun }) => flowRun.id);
  const end = async (id: string): Promise<void> => {
    subject.worker.jobs.find(({ flowRun }) => flowRun.id === id)?.end(0);
    await settle();
  };
  const refusals = () =>
    subject.lines
      .filter(({ level, message }) => level === 'info' && message === 'The run was not claimed')
      .map(({ fields }) => `${fields.flowRunId}: ${fields.reason}`);
  return { ...subject, add, launched, end, refusals };
}

describe('limits of vCPUs and memory', () => {
  it('admit runs while there is room for the requested resources', async () => {
    const { start, add, launched, end, refusals, clock, host } = create({ limitVcpus: 4 });
    add('a:2x1000', 'b:2x1000', 'c:1x1000');
    await start();
    await clock.advance(2000);
    expect(launched()).to.deep.equal(['a', 'b']);
    expect(refusals()).to.deep.equal(['c: the active runs leave too little of the limit: it asks for 1 of 4 vCPUs']);

    await end('a');
    await clock.advance(1000);
    expect(launched()).to.deep.equal(['a', 'b', 'c']);
    host.stop();
  });

  it('of the pool are left to the control plane, which learns what each run asks for', async () => {
    const { start, add, launched, end, refusals, clock, host, pool } = create({});
    pool.setWorkPool({ vcpuLimit: 4 });
    add('a:3x1000', 'b:2x1000', 'c:1x1000');
    await start();
    await clock.advance(2000);
    expect(launched()).to.deep.equal(['a', 'c']);
    expect(refusals()).to.deep.equal(['b: the active runs leave too little room in the pool']);

    await end('a');
    await clock.advance(1000);
    expect(launched()).to.deep.equal(['a', 'c', 'b']);
    host.stop();
  });

  it('count memory in addition to vCPUs', async () => {
    const { start, add, launched, refusals, clock, host } = create({ limitVcpus: 100, limitMemoryMib: 3000 });
    add('a:1x2000', 'b:1x2000', 'c:1x1000');
    await start();
    await clock.advance(2000);
    expect(launched()).to.deep.equal(['a', 'c']);
    expect(refusals()).to.deep.equal([
      'b: the active runs leave too little of the limit: it asks for 2000 of 3000 MiB',
    ]);
    host.stop();
  });

  it('let smaller runs overtake for a minute, and then wait for the large one', async () => {
    const { start, add, launched, end, clock, host } = create({ limitVcpus: 4 });
    add('a:2x1', 'b:2x1');
    await start();
    await clock.advance(1000);
    add('big:4x1', 'c:2x1', 'd:2x1', 'e:2x1');
    await clock.advance(1000);
    await end('a');
    await clock.advance(1000);
    expect(launched()).to.deep.equal(['a', 'b', 'c']);

    await clock.advance(60_000);
    await end('b');
    await clock.advance(5000);
    expect(launched()).to.deep.equal(['a', 'b', 'c']);
    await end('c');
    await clock.advance(1000);
    expect(launched()).to.deep.equal(['a', 'b', 'c', 'big']);
    await end('big');
    await clock.advance(1000);
    expect(launched()).to.deep.equal(['a', 'b', 'c', 'big', 'd', 'e']);
    host.stop();
  });

  it('skip runs that are larger than the limit, however many there are', async () => {
    const { start, add, launched, refusals, clock, host } = create({ limitVcpus: 4, limit: 1 });
    add('x:8x1', 'y:8x1', 'z:8x1', 'a:1x1');
    await start();
    await clock.advance(10_000);
    expect(launched()).to.deep.equal(['a']);
    expect(refusals()[0]).to.equal('x: it asks for more than the limit: 8 of 4 vCPUs');
    host.stop();
  });

  it('count nothing for runs of unknown size, or if the plugin throws', async () => {
    const { start, add, launched, clock, worker, host } = create({ limitVcpus: 1 });
    add('a:1x1', 'b', 'c');
    await start();
    await clock.advance(2000);
    expect(launched()).to.deep.equal(['a', 'b', 'c']);
    worker.onResources = () => {
      throw new Error('no');
    };
    add('d');
    await clock.advance(2000);
    expect(launched()).to.include('d');
    host.stop();
  });

  it('count resumed runs', async () => {
    const first = create({ limitVcpus: 4 });
    first.add('a:3x1');
    await first.start();
    await first.clock.advance(1000);
    first.host.stop();
    await first.ended();

    const second = createSubject({ querySeconds: 1, limitVcpus: 4, workerName: 'w2' }, { others: first });
    second.worker.onResources = first.worker.onResources;
    first.add('b:2x1');
    await second.start();
    await second.clock.advance(10_000);
    expect(second.worker.jobs.map(({ flowRun, how }) => [flowRun.id, how])).to.deep.equal([['a', 'resume']]);
    second.host.stop();
  });
});
