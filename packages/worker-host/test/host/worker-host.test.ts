import { OrchestratorUnauthorizedError, silentMeter } from '@worker-host/core';
import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { createSubject } from './support/subject.js';

const HOUR_MS = 3_600_000;

describe('a worker host', () => {
  it('takes a run from scheduled to completed, reporting each state', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'a' });

    await start();
    worker.last.end(0);
    await settle();

    expect(pool.stateNames('a')).to.deep.equal([
      'Scheduled',
      'Pending',
      'Submitting',
      'InfrastructurePending',
      'Running',
      'Completed',
    ]);
    expect(pool.run('a')?.infrastructurePid).to.equal(worker.last.pid);
    expect(pool.run('a')?.labels).to.include({
      'prefect.worker.name': 'w',
      'prefect.work-pool.id': pool.workPool?.id ?? '',
    });
    expect(pool.result('a')).to.deep.include({ statusCode: 0, phasesSeconds: { run: 1 }, relaunches: 0 });
    expect(host.status).to.deep.include({ runsEnded: 1, runs: [], slots: { taken: 0, limit: null } });
    host.stop();
  });

  it('measures how long a run waits, is launched, starts and runs', async () => {
    const seen: (readonly [string, number])[] = [];
    const observe = (name: string, value: number) => void seen.push([name.replace('worker_host_run_', ''), value]);
    const { start, clock, pool, worker, host } = createSubject({}, { meter: { ...silentMeter, observe } });
    pool.addRun({ id: 'a', nextScheduledStartTime: new Date(clock.nowMs() - 7000).toISOString() });

    await start();
    await clock.advance(2000);
    worker.last.end(0);
    await settle();
    host.stop();

    expect(seen.filter(([name]) => /^(queue|launch|start|duration)_seconds$/.test(name))).to.deep.equal([
      ['queue_seconds', 7],
      ['launch_seconds', 0],
      ['start_seconds', 0],
      ['duration_seconds', 2],
    ]);
  });

  it('needs at most eight requests for a run if the engine reports its own states', async () => {
    const { start, pool, orchestrator, worker, host } = createSubject({}, { hostReportsStates: false });
    pool.deployments.set('d', {
      id: 'd',
      name: 'd',
      flowId: 'flow-id',
      updated: null,
      jobVariables: {},
      tags: [],
      json: {},
    });
    pool.addRun({ id: 'a', deploymentId: 'd' });

    await start();
    worker.last.end(0);
    await settle();

    const own = orchestrator.calls.filter(({ flowRunId }) => flowRunId === 'a').map(({ method }) => method);
    expect(own).to.have.members([
      'claim',
      'label',
      'proposeState',
      'storeLaunch',
      'storeInfrastructurePid',
      'storeResult',
      'release',
    ]);
    expect(orchestrator.callsOf('readDeployment')).to.equal(1);
    expect(orchestrator.callsOf('readFlow')).to.equal(1);
    expect(pool.stateNames('a')).to.deep.equal(['Scheduled', 'Pending', 'Submitting']);
    host.stop();
  });

  it('emits the events of worker and run with their predecessors', async () => {
    const { start, pool, worker, host, ended } = createSubject({ workerName: 'My Wörker_1' });
    pool.addRun({ id: 'a', tags: ['z', 'b'] });

    await start();
    worker.last.end(3);
    await settle();
    host.stop();
    await ended();

    const names = pool.events.map(({ event }) => event.replace('prefect.worker.', ''));
    expect(names).to.deep.equal(['started', 'submitted-flow-run', 'executed-flow-run', 'stopped']);
    const [started, submitted, executed, stopped] = pool.events;
    expect(started?.resource['prefect.resource.id']).to.equal('prefect.worker.fake.my-worker-1');
    expect(submitted?.related.map((each) => each['prefect.resource.id'])).to.deep.equal([
      'prefect.flow.flow-id',
      'prefect.flow-run.a',
      'prefect.tag.b',
      'prefect.tag.flow-tag',
      'prefect.tag.z',
      `prefect.work-pool.${pool.workPool?.id}`,
    ]);
    expect(executed?.related[1]).to.include({ 'prefect.infrastructure.status-code': '3' });
    expect(executed?.follows).to.equal('event-2');
    expect(stopped?.follows).to.equal('event-1');
  });

  it('keeps to its limit, and takes the next run as soon as a slot is free', async () => {
    const { start, pool, worker, host } = createSubject({ limit: 2 });
    for (const id of ['a', 'b', 'c', 'd']) pool.addRun({ id });

    await start();
    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['a', 'b']);
    worker.jobs[0]?.end(0);
    await settle();

    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['a', 'b', 'c']);
    expect(host.status.slots).to.deep.equal({ taken: 2, limit: 2 });
    host.stop();
  });

  it('counts resumed runs against its limit', async () => {
    const { start, pool, worker, host } = createSubject({ limit: 1 });
    pool.addRun({ id: 'old', stateType: 'RUNNING', infrastructurePid: 'pid-old' });
    pool.addRun({ id: 'new' });

    await start();
    expect(worker.jobs.map(({ how, pid }) => [how, pid])).to.deep.equal([['resume', 'pid-old']]);
    worker.last.end(0);
    await settle();

    expect(pool.lastState('old')?.name).to.equal('Completed');
    expect(worker.last.flowRun.id).to.equal('new');
    host.stop();
  });

  it('frees the slot of a run that another worker owns', async () => {
    const { start, pool, orchestrator, worker, host, clock } = createSubject({ limit: 1 });
    pool.addRun({ id: 'a' });
    const claim = orchestrator.claim.bind(orchestrator);
    let answers = 0;
    orchestrator.claim = async (flowRun) => {
      answers += 1;
      return answers === 1 ? { claimed: false, reason: 'taken' } : await claim(flowRun);
    };

    await start();
    expect(worker.jobs).to.have.length(0);
    expect(host.status.slots.taken).to.equal(0);
    await clock.advance(5000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('keeps watching while the control plane is unavailable for an hour, then reports the end', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a' });
    await start();
    pool.addRun({ id: 'b' });
    const before = orchestrator.calls.length;

    const fault = orchestrator.faults.fail(() => true);
    worker.last.end(0);
    await clock.advance(HOUR_MS);
    const during = orchestrator.calls.length - before;
    expect(worker.jobs).to.have.length(1);
    expect(pool.lastState('a')?.name).to.equal('Running');
    fault.stop();
    await clock.advance(600_000);

    expect(pool.lastState('a')?.name).to.equal('Completed');
    expect(worker.last.flowRun.id).to.equal('b');
    expect(during).to.be.lessThan(400);
    expect(host.status.problems).to.deep.equal([]);
    host.stop();
  });

  it('waits for an unavailable control plane at the start', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a' });
    const fault = orchestrator.faults.fail(() => true);

    await start();
    await clock.advance(HOUR_MS);
    expect(host.status.phase).to.equal('starting');
    fault.stop();
    await clock.advance(120_000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('ends with the error if the control plane rejects its credentials, without changing runs', async () => {
    const { start, pool, orchestrator, worker, clock, ended } = createSubject();
    pool.addRun({ id: 'a' });
    await start();

    orchestrator.faults.fail(() => true, { error: new OrchestratorUnauthorizedError('It', 'memory', 'Log in.') });
    await clock.advance(120_000);

    const outcome = await ended();
    expect(outcome).to.have.nested.property('error.code', 'ORCHESTRATOR_UNAUTHORIZED');
    expect(worker.kills).to.deep.equal([]);
    expect(worker.teardowns).to.equal(1);
    expect(orchestrator.isClosed).to.equal(true);
  });

  it('tears the worker down once even if its setup failed, and throws the first error', async () => {
    const { start, worker, ended, orchestrator } = createSubject();
    worker.onSetup = async () => Promise.reject(new Error('no setup'));
    worker.onTeardown = async () => Promise.reject(new Error('no teardown'));

    await start();

    const { error } = (await ended()) as { readonly error: Error & { readonly code: string } };
    expect(error).to.have.property('code', 'PLUGIN_SETUP_FAILED');
    expect(error.message).to.include('[type=fake]: no setup.');
    expect(worker.teardowns).to.equal(1);
    expect(orchestrator.isClosed).to.equal(true);
  });

  it('rejects a pool of another type, and one that does not exist', async () => {
    const other = createSubject({}, { workPool: { type: 'docker' } });
    await other.start();
    expect(await other.ended()).to.have.nested.property('error.code', 'WORK_POOL_TYPE_MISMATCH');

    const none = createSubject({ createPoolIfNotFound: false }, { workPool: null });
    await none.start();
    expect(await none.ended()).to.have.nested.property('error.code', 'WORK_POOL_NOT_FOUND');
  });

  it('with run-once claims due runs, waits for their end, and ends', async () => {
    const { start, pool, worker, ended } = createSubject({ isRunOnce: true });
    pool.addRun({ id: 'a' });
    pool.addRun({ id: 'b' });

    await start();
    for (const job of worker.jobs) job.end(0);

    expect(await ended()).to.deep.equal({ reason: 'run-once', runsEnded: 2, runsLeft: 0 });
  });

  it('at the first stop leaves runs on their infrastructure, immediately if they are stored', async () => {
    const { start, pool, worker, host, ended } = createSubject();
    pool.addRun({ id: 'a' });
    await start();

    host.stop();

    expect(await ended()).to.deep.equal({ reason: 'stopped', runsEnded: 0, runsLeft: 1 });
    expect(pool.lastState('a')?.name).to.equal('Running');
    expect(worker.kills).to.deep.equal([]);
  });

  it('with drain await waits until its runs have ended, and sends heartbeats', async () => {
    const { start, pool, orchestrator, worker, host, ended, clock } = createSubject({ drain: 'await' });
    pool.addRun({ id: 'a' });
    await start();
    host.stop();
    pool.addRun({ id: 'late' });
    const syncsBefore = orchestrator.callsOf('heartbeat');

    await clock.advance(300_000);
    expect(orchestrator.callsOf('heartbeat')).to.be.greaterThan(syncsBefore);
    worker.last.end(0);

    expect(await ended()).to.deep.equal({ reason: 'stopped', runsEnded: 1, runsLeft: 0 });
    expect(pool.lastState('a')?.name).to.equal('Completed');
    expect(worker.jobs).to.have.length(1);
  });

  it('releases its runs immediately at the second stop', async () => {
    const { start, pool, host, ended } = createSubject({ drain: 'await' });
    pool.addRun({ id: 'a' });
    await start();

    host.stop();
    await settle();
    host.stop();

    expect(await ended()).to.have.property('reason', 'stopped');
    expect(pool.lastState('a')?.name).to.equal('Running');
  });

  it('waits at most until the deadline of the drain', async () => {
    const { start, pool, host, ended, clock } = createSubject({
      drain: 'await',
      drainDeadlineSeconds: 60,
    });
    pool.addRun({ id: 'a' });
    await start();

    host.stop();
    await clock.advance(61_000);

    expect(await ended()).to.deep.include({ runsLeft: 1 });
  });

  it('is not blocked forever by a plugin that does not stop watching', async () => {
    const { start, pool, worker, host, ended, clock } = createSubject();
    worker.onRun = async () => await new Promise(() => {});
    pool.addRun({ id: 'a' });
    await start();

    host.stop();
    await clock.advance(30_000);

    expect(await ended()).to.deep.include({ runsLeft: 1 });
    expect(worker.teardowns).to.equal(1);
  });

  it('polls immediately when the control plane reports new work', async () => {
    const { start, pool, worker, host } = createSubject({ querySeconds: 1000 });
    await start();
    pool.addRun({ id: 'a' });

    await settle();

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });
});
