import type { MetricLabels } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createSubject } from '../support/subject.js';

/** A pool that must be polled. */
const POLLED = { announcesWork: false };

describe('polling', () => {
  it('never waits for a claim: one of 120 s delays only its own run', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject({ querySeconds: 10 }, POLLED);
    pool.addRun({ id: 'slow' });
    const hold = orchestrator.faults.hold('claim', { when: ({ flowRunId }) => flowRunId === 'slow' });
    await start();
    pool.addRun({ id: 'quick' });

    await clock.advance(101_000);

    expect(hold.waiting).to.equal(1);
    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['quick']);
    expect(orchestrator.callsOf('getScheduledFlowRuns')).to.be.within(8, 11);
    await clock.advance(19_000);
    hold.release();
    await settle();
    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['quick', 'slow']);
    expect(orchestrator.callsOf('claim')).to.equal(2);
    host.stop();
  });

  it('does not end its back-off when work becomes due', async () => {
    const { start, pool, orchestrator, clock, host } = createSubject({ querySeconds: 10 });
    await start();
    const fault = orchestrator.faults.fail('getScheduledFlowRuns');
    await clock.advance(50_000);
    const before = fault.hits;

    for (let runs = 0; runs < 100; runs += 1) {
      pool.addRun({});
      await settle();
    }

    expect(before).to.be.greaterThan(0);
    expect(fault.hits).to.equal(before);
    host.stop();
  });

  it('polls immediately when work becomes due, and when a slot is free for the runs it left behind', async () => {
    const { start, pool, worker, host, orchestrator } = createSubject({ querySeconds: 1000, limit: 1 });
    await start();
    const before = orchestrator.callsOf('getScheduledFlowRuns');
    for (const id of ['a', 'b']) pool.addRun({ id });
    await settle();
    expect(worker.jobs).to.have.length(1);

    worker.last.end(0);
    await settle();

    expect(worker.last.flowRun.id).to.equal('b');
    worker.last.end(0);
    await settle();
    expect(orchestrator.callsOf('getScheduledFlowRuns') - before).to.be.at.most(4);
    host.stop();
  });

  it('does not poll for a free slot if nothing was left behind', async () => {
    const { start, pool, worker, host, orchestrator } = createSubject({ querySeconds: 1000 });
    pool.addRun({ id: 'a' });
    await start();
    await settle();
    const before = orchestrator.callsOf('getScheduledFlowRuns');

    worker.last.end(0);
    await settle();

    expect(orchestrator.callsOf('getScheduledFlowRuns')).to.equal(before);
    host.stop();
  });

  it('claims a run ahead of its time by the prefetch, and not earlier', async () => {
    const { start, pool, clock, worker, host } = createSubject({ querySeconds: 1, prefetchSeconds: 60 }, POLLED);
    const dueMs = clock.nowMs() + 100_000;
    pool.addRun({ id: 'a', nextScheduledStartTime: new Date(dueMs).toISOString() });
    await start();

    await clock.advance(39_000);
    expect(worker.jobs).to.have.length(0);
    await clock.advance(3000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('keeps to its limit while claims are unanswered', async () => {
    const { start, pool, orchestrator, clock, host } = createSubject({ limit: 2, querySeconds: 1 }, POLLED);
    for (const id of ['a', 'b', 'c', 'd']) pool.addRun({ id });
    const hold = orchestrator.faults.hold('claim');
    await start();

    await clock.advance(30_000);

    expect(hold.waiting).to.equal(2);
    expect(host.status.slots).to.deep.equal({ taken: 2, limit: 2 });
    host.stop();
  });

  it('has at most 200 claims in progress, and claims the rest as they are answered', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject({ querySeconds: 1 }, POLLED);
    for (let runs = 0; runs < 250; runs += 1) pool.addRun({});
    const hold = orchestrator.faults.hold('claim');
    await start();
    await clock.advance(30_000);
    expect(hold.waiting).to.equal(200);

    hold.stop();
    await clock.advance(5000);

    expect(worker.jobs).to.have.length(250);
    host.stop();
  });

  it('logs why a run was not claimed once per reason', async () => {
    const { start, pool, orchestrator, clock, host, lines } = createSubject({ querySeconds: 1 }, POLLED);
    pool.addRun({ id: 'a' });
    let reason = 'taken';
    orchestrator.claim = async () => ({ claimed: false, reason });
    await start();
    await clock.advance(10_000);
    reason = 'paused';
    await clock.advance(10_000);

    const refusals = lines.filter(({ message }) => message === 'The run was not claimed');
    expect(refusals.filter(({ level }) => level === 'info').map(({ fields }) => fields.reason)).to.deep.equal([
      'taken',
      'paused',
    ]);
    expect(refusals.filter(({ level }) => level === 'debug').length).to.be.greaterThan(5);
    expect(refusals[0]?.fields.flowRunId).to.equal('a');
    host.stop();
  });

  it('skips active runs when it fills its slots', async () => {
    const { start, pool, orchestrator, clock, host, worker } = createSubject({ querySeconds: 1, limit: 2 }, POLLED);
    pool.addRun({ id: 'stuck' });
    const hold = orchestrator.faults.hold('claim', { when: ({ flowRunId }) => flowRunId === 'stuck' });
    await start();
    pool.addRun({ id: 'next' });

    await clock.advance(10_000);

    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['next']);
    hold.stop();
    host.stop();
  });

  it('reports when it last polled, and counts its polls', async () => {
    const polls: unknown[] = [];
    const count = (_: string, labels: MetricLabels = {}) => void (labels.loop === 'poll' && polls.push(labels.outcome));
    const meter = { count, gauge: () => {}, observe: () => {} };
    const { start, clock, host } = createSubject({ querySeconds: 10 }, { meter });
    expect(host.status.lastPollMs).to.equal(null);

    await start();
    expect(host.status.lastPollMs).to.equal(clock.nowMs());
    await clock.advance(13_000);

    expect(clock.nowMs() - (host.status.lastPollMs ?? 0)).to.equal(1000);
    expect(polls).to.deep.equal(['success', 'success']);
    host.stop();
  });

  it('claims nothing while ten runs wait for capacity', async () => {
    const { start, pool, worker, clock, host } = createSubject({ querySeconds: 1 }, POLLED);
    worker.onRun = async (_, context) => {
      context.progress({ phase: 'waiting-for-capacity', sinceMs: clock.nowMs(), reason: 'none' });
      await new Promise(() => {});
    };
    for (let runs = 0; runs < 5; runs += 1) pool.addRun({});
    await start();
    expect(host.status.runs).to.have.length(5);
    for (let runs = 0; runs < 20; runs += 1) pool.addRun({});

    await clock.advance(2000);
    expect(host.status.runs.length).to.be.within(6, 7);
    await clock.advance(60_000);

    expect(host.status.runs).to.have.length(10);
    host.stop();
  });
});
