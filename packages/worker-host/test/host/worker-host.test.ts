import { OrchestratorUnauthorizedError, OrchestratorUnavailableError, silentMeter } from '@worker-host/core';
import { expect } from 'chai';
import { settle } from './support/fake-clock.js';
import { aFlowRun, createSubject } from './support/subject.js';

const HOUR_MS = 3_600_000;
const away = () => new OrchestratorUnavailableError('It', 'memory');

describe('a worker host', () => {
  it('carries a run from scheduled to completed, telling each state', async () => {
    const { start, orchestrator, worker, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));

    await start();
    worker.last.end(0);
    await settle();

    expect(orchestrator.stateNames('a')).to.deep.equal([
      'Pending',
      'Submitting',
      'InfrastructurePending',
      'Running',
      'Completed',
    ]);
    expect(orchestrator.runs.get('a')?.infrastructurePid).to.equal(worker.last.pid);
    expect(orchestrator.runs.get('a')?.labels).to.include({
      'prefect.worker.name': 'w',
      'prefect.work-pool.id': 'pool-id',
    });
    expect(orchestrator.results.get('a')).to.deep.include({ statusCode: 0, phasesSeconds: { run: 1 }, relaunches: 0 });
    expect(host.status).to.deep.include({ runsEnded: 1, runs: [], slots: { taken: 0, limit: null } });
    host.stop();
  });

  it('measures how many runs are alive whenever that changes', async () => {
    const sizes: number[] = [];
    const gauge = (name: string, value: number) => void (name === 'worker_host_runs_alive' && sizes.push(value));
    const { start, orchestrator, worker, host } = createSubject({}, { meter: { ...silentMeter, gauge } });
    orchestrator.add(aFlowRun({ id: 'a' }));

    await start();
    worker.last.end(0);
    await settle();
    host.stop();

    expect(sizes).to.deep.equal([0, 1, 0]);
  });

  it('needs no more than eight requests for a run where the engine reports its own states', async () => {
    const { start, orchestrator, worker, host } = createSubject({}, { hostReportsStates: false });
    orchestrator.deployments.set('d', {
      id: 'd',
      name: 'd',
      flowId: 'flow-id',
      updated: null,
      jobVariables: {},
      tags: [],
      json: {},
    });
    orchestrator.add(aFlowRun({ id: 'a', deploymentId: 'd' }));

    await start();
    worker.last.end(0);
    await settle();

    const own = orchestrator.calls.filter((call) => !['open', 'sync', 'poll', 'takeOver'].includes(call));
    expect(own).to.have.members([
      'claim',
      'readDeployment',
      'readFlow',
      'label',
      'state Submitting',
      'storePid',
      'storeResult',
    ]);
    expect(orchestrator.stateNames('a')).to.deep.equal(['Pending', 'Submitting']);
    host.stop();
  });

  it('emits the events of worker and run with what they follow', async () => {
    const { start, orchestrator, worker, host, ended } = createSubject({ workerName: 'My Wörker_1' });
    orchestrator.add(aFlowRun({ id: 'a', tags: ['z', 'b'] }));

    await start();
    worker.last.end(3);
    await settle();
    host.stop();
    await ended();

    const names = orchestrator.events.map(({ event }) => event.replace('prefect.worker.', ''));
    expect(names).to.deep.equal(['started', 'submitted-flow-run', 'executed-flow-run', 'stopped']);
    const [started, submitted, executed, stopped] = orchestrator.events;
    expect(started?.resource['prefect.resource.id']).to.equal('prefect.worker.fake.my-worker-1');
    expect(submitted?.related.map((each) => each['prefect.resource.id'])).to.deep.equal([
      'prefect.flow.flow-id',
      'prefect.flow-run.a',
      'prefect.tag.b',
      'prefect.tag.flow-tag',
      'prefect.tag.z',
      'prefect.work-pool.pool-id',
    ]);
    expect(executed?.related[1]).to.include({ 'prefect.infrastructure.status-code': '3' });
    expect(executed?.follows).to.equal('event-2');
    expect(stopped?.follows).to.equal('event-1');
  });

  it('keeps to its limit, and takes the next run as soon as a slot is free', async () => {
    const { start, orchestrator, worker, host } = createSubject({ limit: 2 });
    for (const id of ['a', 'b', 'c', 'd']) orchestrator.add(aFlowRun({ id }));

    await start();
    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['a', 'b']);
    worker.jobs[0]?.end(0);
    await settle();

    expect(worker.jobs.map(({ flowRun }) => flowRun.id)).to.deep.equal(['a', 'b', 'c']);
    expect(host.status.slots).to.deep.equal({ taken: 2, limit: 2 });
    host.stop();
  });

  it('counts runs that were taken up against its limit', async () => {
    const { start, orchestrator, worker, host } = createSubject({ limit: 1 });
    const flowRun = orchestrator.add(aFlowRun({ id: 'old', stateType: 'RUNNING', infrastructurePid: 'pid-old' }));
    orchestrator.interrupted.push({ flowRun, attempt: orchestrator.attempt('old') });
    orchestrator.add(aFlowRun({ id: 'new' }));

    await start();
    expect(worker.jobs.map(({ how, pid }) => [how, pid])).to.deep.equal([['resume', 'pid-old']]);
    worker.last.end(0);
    await settle();

    expect(orchestrator.lastState('old')?.name).to.equal('Completed');
    expect(worker.last.flowRun.id).to.equal('new');
    host.stop();
  });

  it('frees the slot of a run that another worker has', async () => {
    const { start, orchestrator, worker, host, clock } = createSubject({ limit: 1 });
    orchestrator.add(aFlowRun({ id: 'a' }));
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

  it('keeps watching while the control plane is away for an hour, then reports the end', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();
    orchestrator.add(aFlowRun({ id: 'b' }));
    const before = orchestrator.calls.length;

    orchestrator.failWith(away);
    worker.last.end(0);
    await clock.advance(HOUR_MS);
    const during = orchestrator.calls.length - before;
    expect(worker.jobs).to.have.length(1);
    expect(orchestrator.lastState('a')?.name).to.equal('Running');
    orchestrator.failWith(() => null);
    await clock.advance(600_000);

    expect(orchestrator.lastState('a')?.name).to.equal('Completed');
    expect(worker.last.flowRun.id).to.equal('b');
    expect(during).to.be.lessThan(400);
    expect(host.status.problems).to.deep.equal([]);
    host.stop();
  });

  it('waits for a control plane that is away at the start', async () => {
    const { start, orchestrator, worker, clock, host } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    orchestrator.failWith(away);

    await start();
    await clock.advance(HOUR_MS);
    expect(host.status.phase).to.equal('starting');
    orchestrator.failWith(() => null);
    await clock.advance(120_000);

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });

  it('ends with the error when the control plane refuses its credentials, leaving runs as they are', async () => {
    const { start, orchestrator, worker, clock, ended } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    orchestrator.failWith(() => new OrchestratorUnauthorizedError('It', 'memory', 'Log in.'));
    await clock.advance(120_000);

    const outcome = await ended();
    expect(outcome).to.have.nested.property('error.code', 'ORCHESTRATOR_UNAUTHORIZED');
    expect(worker.kills).to.deep.equal([]);
    expect(worker.teardowns).to.equal(1);
    expect(orchestrator.isClosed).to.equal(true);
  });

  it('tears the worker down once even when its setup failed, and tells the first error', async () => {
    const { start, worker, ended, orchestrator } = createSubject();
    worker.onSetup = async () => Promise.reject(new Error('no setup'));
    worker.onTeardown = async () => Promise.reject(new Error('no teardown'));

    await start();

    expect(await ended()).to.have.nested.property('error.message', 'no setup');
    expect(worker.teardowns).to.equal(1);
    expect(orchestrator.isClosed).to.equal(true);
  });

  it('refuses a pool of another type, and one that is not there', async () => {
    const other = createSubject();
    if (other.orchestrator.pool !== null) other.orchestrator.pool = { ...other.orchestrator.pool, type: 'docker' };
    await other.start();
    expect(await other.ended()).to.have.nested.property('error.code', 'WORK_POOL_TYPE_MISMATCH');

    const none = createSubject();
    none.orchestrator.pool = null;
    await none.start();
    expect(await none.ended()).to.have.nested.property('error.code', 'WORK_POOL_NOT_FOUND');
  });

  it('with run-once takes what is due, stays to its end, and ends', async () => {
    const { start, orchestrator, worker, ended } = createSubject({ isRunOnce: true });
    orchestrator.add(aFlowRun({ id: 'a' }));
    orchestrator.add(aFlowRun({ id: 'b' }));

    await start();
    for (const job of worker.jobs) job.end(0);

    expect(await ended()).to.deep.equal({ reason: 'run-once', runsEnded: 2, runsLeft: 0 });
  });

  it('at the first stop leaves runs on their infrastructure, at once where they are stored', async () => {
    const { start, orchestrator, worker, host, ended } = createSubject();
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    host.stop();

    expect(await ended()).to.deep.equal({ reason: 'stopped', runsEnded: 0, runsLeft: 1 });
    expect(orchestrator.lastState('a')?.name).to.equal('Running');
    expect(worker.kills).to.deep.equal([]);
  });

  it('with drain await stays until its runs have ended, giving signs of life', async () => {
    const { start, orchestrator, worker, host, ended, clock } = createSubject({ drain: 'await' });
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();
    host.stop();
    orchestrator.add(aFlowRun({ id: 'late' }));
    const syncsBefore = orchestrator.calls.filter((call) => call === 'sync').length;

    await clock.advance(300_000);
    expect(orchestrator.calls.filter((call) => call === 'sync').length).to.be.greaterThan(syncsBefore);
    worker.last.end(0);

    expect(await ended()).to.deep.equal({ reason: 'stopped', runsEnded: 1, runsLeft: 0 });
    expect(orchestrator.lastState('a')?.name).to.equal('Completed');
    expect(worker.jobs).to.have.length(1);
  });

  it('lets go at once at the second stop', async () => {
    const { start, orchestrator, host, ended } = createSubject({ drain: 'await' });
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    host.stop();
    await settle();
    host.stop();

    expect(await ended()).to.have.property('reason', 'stopped');
    expect(orchestrator.lastState('a')?.name).to.equal('Running');
  });

  it('waits no longer than the deadline for the drain', async () => {
    const { start, orchestrator, host, ended, clock } = createSubject({ drain: 'await', drainDeadlineSeconds: 60 });
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    host.stop();
    await clock.advance(61_000);

    expect(await ended()).to.deep.include({ runsLeft: 1 });
  });

  it('is not held for ever by a plugin that does not let go', async () => {
    const { start, orchestrator, worker, host, ended, clock } = createSubject();
    worker.onRun = async () => await new Promise(() => {});
    orchestrator.add(aFlowRun({ id: 'a' }));
    await start();

    host.stop();
    await clock.advance(30_000);

    expect(await ended()).to.deep.include({ runsLeft: 1 });
    expect(worker.teardowns).to.equal(1);
  });

  it('looks at once when the control plane says that there is work', async () => {
    const { start, orchestrator, worker, host } = createSubject({ querySeconds: 1000 });
    await start();
    orchestrator.add(aFlowRun({ id: 'a' }));

    orchestrator.listener?.onWorkAvailable?.();
    await settle();

    expect(worker.jobs).to.have.length(1);
    host.stop();
  });
});
