import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkerError } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createSubject } from './support/subject.js';

class IoFailure extends WorkerError {
  readonly code = 'DATABASE_IO_FAILED';
}

describe('a run', () => {
  for (const stateType of ['PENDING', 'RUNNING', 'CANCELLING'] as const)
    it(`that is ${stateType} and cannot be found keeps its state, and is watched when it can be`, async () => {
      const { start, pool, worker, clock, host } = createSubject();
      pool.addRun({ id: 'a', stateType, infrastructurePid: 'alive' });
      const resume = worker.resume.bind(worker);
      worker.resume = async () => Promise.reject(new Error('ThrottlingException'));
      worker.onKill = () => Promise.reject(new Error('ThrottlingException'));
      await start();
      await clock.advance(600_000);

      expect(pool.lastState('a')?.type).to.equal(stateType);
      if (stateType !== 'CANCELLING') expect(worker.kills).to.deep.equal([]);
      worker.resume = resume;
      worker.onKill = async () => {};
      await clock.advance(120_000);

      expect(worker.jobs[0]?.how).to.equal('resume');
      expect(worker.kills.length > 0).to.equal(stateType === 'CANCELLING');
      if (stateType === 'CANCELLING') expect(pool.lastState('a')?.type).to.equal('CANCELLED');
      host.stop();
    });

  it('that was released after a failure of its launch is resumed by the same worker, with a free slot meanwhile', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject({ limit: 1 });
    for (const id of ['a', 'b']) pool.addRun({ id });
    await start();
    const when = ({ flowRunId }: { readonly flowRunId: string | null }) => flowRunId === 'a';
    const fault = orchestrator.faults.fail('readFlowRun', { when, error: new IoFailure('no disk') });

    worker.last.end(0);
    await clock.advance(300_000);
    fault.stop();
    await clock.advance(300_000);
    for (const job of worker.jobs) job.end(0);
    await clock.advance(60_000);
    for (const job of worker.jobs) job.end(0);
    await clock.advance(60_000);

    expect(pool.lastState('a')?.name).to.equal('Completed');
    expect(pool.lastState('b')?.name).to.equal('Completed');
    expect(host.status.slots.taken).to.equal(0);
    expect(host.status.problems).to.deep.equal([]);
    host.stop();
  });

  it('whose end the control plane answers with WAIT five times is not lost', async () => {
    const { start, pool, orchestrator, worker, clock, host, lines } = createSubject();
    pool.addRun({ id: 'a' });
    await start();
    orchestrator.faults.answer({ status: 'WAIT', delaySeconds: 1, state: null, reason: null } as never, {
      times: 5,
      when: ({ detail }) => detail === 'Completed',
    });

    worker.last.end(0);
    await clock.advance(20_000);

    expect(pool.lastState('a')?.name).to.equal('Completed');
    expect(lines.map(({ message }) => message)).to.include('Reporting the end of the run failed; retrying');
    expect(host.status.runsEnded).to.equal(1);
    host.stop();
  });
});

class RecordUnreadable extends WorkerError {
  readonly code = 'CONTROL_PLANE_RECORD_UNREADABLE';
}

describe('a run whose deployment the control plane cannot read', () => {
  it('is released, so that its slot is free for others, and never ends because of it', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject({ limit: 1 });
    orchestrator.readDeployment = async () => {
      throw new RecordUnreadable('500');
    };
    pool.addRun({ id: 'a', deploymentId: 'd' });
    pool.addRun({ id: 'b' });

    await start();
    await clock.advance(60_000);

    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['b']);
    expect(pool.lastState('a')?.type).to.equal('PENDING');
    host.stop();
  });
});

describe('a worker whose control plane is unavailable', () => {
  it('has no stuck loop, and reports the outage as a problem', async () => {
    const { start, orchestrator, clock, host } = createSubject();
    await start();
    const fault = orchestrator.faults.fail(() => true);

    for (let minutes = 0; minutes < 30; minutes += 1) {
      await clock.advance(60_000);
      expect(host.status.stuckLoops).to.deep.equal([]);
    }
    expect(host.status.problems).not.to.deep.equal([]);
    fault.stop();
    await clock.advance(400_000);

    expect(host.status.problems).to.deep.equal([]);
    host.stop();
  });
});

describe('a pool whose type changes', () => {
  it('ends the worker when it is reported, with nothing launched from its template', async () => {
    const { start, pool, worker, ended } = createSubject();
    await start();

    pool.setWorkPool({ type: 'docker' });
    pool.addRun({ id: 'a' });
    await settle();

    expect(await ended()).to.have.nested.property('error.code', 'WORK_POOL_TYPE_MISMATCH');
    expect(worker.jobs).to.deep.equal([]);
  });
});

describe('reconciling', () => {
  it('does not touch the job of a live worker, although its run is final', async () => {
    const subject = createSubject({ reconcileSeconds: 60 });
    const other = createSubject(
      { workerName: 'other', reconcileSeconds: 60, stopFinalRuns: false },
      { others: subject },
    );
    await other.start();
    subject.pool.addRun({ id: 'a' });
    await settle();
    const { pid } = other.worker.last;
    subject.worker.alive = [{ infrastructurePid: pid, flowRunId: 'a', attemptId: 'x' }];
    subject.orchestrator.ownerOf = async () => 'another';
    subject.pool.put('a', 'COMPLETED');
    await subject.start();

    await subject.clock.advance(400_000);

    expect(subject.worker.kills).to.deep.equal([]);
    subject.host.stop();
    other.host.stop();
  });
});

describe('the sources of the host', () => {
  it('do not use AbortSignal.any, which retains memory for each call', () => {
    const folder = join(import.meta.dirname, '../../../src/host');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const using = files.filter((file) => readFileSync(join(folder, file), 'utf8').includes('AbortSignal.any'));

    expect(files.length).to.be.greaterThan(40);
    expect(using).to.deep.equal([]);
  });

  it('reports the condition of the control plane, without secrets; skipped records are not a problem', async () => {
    const { start, orchestrator, host, secrets } = createSubject();
    secrets.add('open-sesame');
    await start();

    orchestrator.condition = { problems: ['maintenance at open-sesame'], passedOver: ['run open-sesame'] };
    expect(host.status.problems).to.deep.equal(['maintenance at ********']);
    expect(host.status.passedOver).to.deep.equal(['run ********']);
    orchestrator.condition = { problems: [], passedOver: ['run x'] };

    expect(host.status.problems).to.deep.equal([]);
    host.stop();
  });
});
