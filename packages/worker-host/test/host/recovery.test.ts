import { aFlowRun, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { decideOrphan } from '../../src/host/loops/reconciler.js';
import { createSubject } from './support/subject.js';

const HOUR_MS = 3_600_000;
/** Hours pass sooner. */
const slow = { querySeconds: 300, recoverySeconds: 300, heartbeatSeconds: 300 } as const;
const lost = { relaunchable: true, userCodeRan: 'no', exitCode: null } as const;

describe('taking over', () => {
  it('launches a run without infrastructure, as one that may have been launched, at its stored place', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun(
      { id: 'a', stateType: 'PENDING' },
      { attemptNumber: 7, launch: { relaunch: 1, place: { cluster: 'of the first worker' } } },
    );

    await start();

    expect(worker.last.how).to.equal('run');
    expect(worker.last.context).to.deep.include({
      mayHaveLaunched: true,
      relaunch: 1,
      launchPlace: { cluster: 'of the first worker' },
    });
    expect(worker.last.context.attempt.id).to.equal('7');
    host.stop();
  });

  it('ends a run with which too many owners died, and launches others that one more death would end one by one', async () => {
    const { start, pool, worker, clock, host } = createSubject();
    pool.addRun({ id: 'deadly', stateType: 'PENDING' }, { deaths: 3 });
    pool.addRun({ id: 'a', stateType: 'PENDING' }, { deaths: 2 });
    pool.addRun({ id: 'b', stateType: 'PENDING' }, { deaths: 2 });
    pool.addRun({ id: 'c', stateType: 'PENDING' }, { deaths: 1 });
    let letGo = (): void => {};
    worker.onRun = ({ id }) => (id === 'a' ? new Promise((resolve) => (letGo = resolve)) : Promise.resolve());
    const launched = (): readonly string[] => worker.jobs.map(({ flowRun }) => flowRun.id);

    await start();
    expect(pool.lastState('deadly')).to.deep.include({ name: 'Crashed' });
    expect(pool.lastState('deadly')?.message).to.match(/3 workers died before launching this run/);
    expect(launched()).to.deep.equal(['c']);
    expect(pool.find('b')).to.deep.include({ owner: null, deaths: 2 });

    await clock.advance(20_000);
    expect(launched()).to.deep.equal(['c']);
    letGo();
    await settle();
    expect(launched()).to.deep.equal(['c', 'a', 'b']);
    host.stop();
  });

  it('watches a running job, from the position to which its output was copied', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a' }, { outputCursor: 'c9' });

    await start();
    expect(worker.last).to.deep.include({ how: 'resume', pid: 'pid-a' });
    expect(worker.last.context.outputCursor).to.equal('c9');
    worker.last.end(5);
    await settle();

    expect(pool.lastState('a')?.name).to.equal('Failed');
    host.stop();
  });

  it('watches a run whose deployment was deleted', async () => {
    const { start, pool, worker, host } = createSubject();
    pool.addRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a', deploymentId: 'gone' });

    await start();

    expect(worker.last.how).to.equal('resume');
    host.stop();
  });

  it('waits for an unavailable control plane rather than watch a run with the configuration of the pool', async () => {
    const { start, pool, orchestrator, worker, clock, host } = createSubject();
    pool.addRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a' });
    const fault = orchestrator.faults.fail('readFlow');

    await start();
    expect(worker.jobs).to.deep.equal([]);
    fault.stop();
    await clock.advance(5_000);

    expect(worker.last.how).to.equal('resume');
    host.stop();
  });

  it('relaunches no run whose deployment was deleted', async () => {
    const { start, pool, worker, clock, host } = createSubject({ relaunchLimit: 2 });
    pool.addRun({ id: 'a', stateType: 'PENDING', infrastructurePid: 'pid-a', deploymentId: 'gone' });
    await start();

    worker.last.end(-1, lost);
    await clock.advance(30_000);

    expect(worker.jobs.map(({ how }) => how)).to.deep.equal(['resume']);
    expect(pool.lastState('a')?.name).to.equal('Cancelled');
    host.stop();
  });

  it('relaunches a job that failed while it was not watched, and continues its count', async () => {
    const { start, pool, worker, clock, host } = createSubject({ relaunchLimit: 2 });
    pool.addRun({ id: 'a', stateType: 'PENDING', infrastructurePid: 'pid-a' });
    await start();

    worker.last.end(-1, { ...lost, relaunch: 1 });
    await clock.advance(30_000);

    expect(worker.last.context.relaunch).to.equal(2);
    host.stop();
  });

  it('relaunches a resumed job as one that may be launched already, but not before the job had ended', async () => {
    const { start, pool, worker, clock, host } = createSubject({ relaunchLimit: 1, ...slow });
    pool.addRun({ id: 'a', stateType: 'PENDING', infrastructurePid: 'pid-a' });
    await start();
    await clock.advance(3 * HOUR_MS);

    const endedAtMs = clock.nowMs() - 60_000;
    worker.last.end(-1, { ...lost, endedAtMs });
    await clock.advance(30_000);

    expect(worker.last.context).to.deep.include({ relaunch: 1, mayHaveLaunched: true });
    expect(worker.last.context.attempt.startedAtMs).to.equal(endedAtMs);
    host.stop();
  });

  it('reports the reason if the worker type cannot resume', async () => {
    const { start, pool, worker, host } = createSubject();
    worker.capabilities = { canKill: true, canResume: false, canList: false };
    pool.addRun({ id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid-a' });

    await start();

    expect(pool.lastState('a')?.name).to.equal('Crashed');
    expect(pool.lastState('a')?.message).to.match(/pid-a.*was not changed/);
    host.stop();
  });

  it('repeats at intervals, and does not touch an active run', async () => {
    const { start, pool, worker, clock, host } = createSubject({ recoverySeconds: 60 });
    pool.addRun({ id: 'mine' });
    await start();
    pool.addRun({ id: 'dead', stateType: 'PENDING' });

    await clock.advance(90_000);

    expect(worker.jobs.map((job) => job.flowRun.id)).to.deep.equal(['mine', 'dead']);
    host.stop();
  });

  it('never reports an active run as Crashed because finding it failed', async () => {
    const { start, pool, worker, clock, host } = createSubject(slow);
    pool.addRun({ id: 'a', stateType: 'CANCELLING' }, { launch: { relaunch: 0, place: {} } });
    worker.alive = [{ infrastructurePid: 'alive', flowRunId: 'a', attemptId: '1' }];
    let isBlind = true;
    worker.onList = async () => {
      if (isBlind) throw new Error('ThrottlingException');
    };

    await start();
    await clock.advance(HOUR_MS);
    expect(pool.lastState('a')?.type).to.equal('CANCELLING');
    expect(worker.kills).to.deep.equal([]);
    isBlind = false;
    await clock.advance(90_000);

    expect(worker.kills).to.deep.equal(['alive']);
    expect(pool.lastState('a')?.type).to.equal('CANCELLED');
    host.stop();
  });

  it('finds what was launched before it refuses a run that can no longer be rendered', async () => {
    const { start, pool, worker, host } = createSubject(
      {},
      { workPool: { baseJobTemplate: { job_configuration: 5, variables: {} } } },
    );
    for (const id of ['launched', 'never']) pool.addRun({ id, stateType: 'PENDING' });
    worker.alive = [{ infrastructurePid: 'alive', flowRunId: 'launched', attemptId: '1' }];

    await start();

    expect(worker.jobs.map(({ how, pid }) => [how, pid])).to.deep.equal([['resume', 'alive']]);
    expect(pool.run('launched')?.infrastructurePid).to.equal('alive');
    expect(pool.lastState('never')?.type).to.equal('CRASHED');
    host.stop();
  });
});

describe('reconciling', () => {
  it('stops an orphan whose run is final when it is found twice', async () => {
    const { start, pool, worker, clock, host } = createSubject({ ...slow, reconcileSeconds: 300 });
    pool.addRun({ id: 'a', stateType: 'COMPLETED' });
    worker.alive = [{ infrastructurePid: 'orphan', flowRunId: 'a', attemptId: 'x' }];

    await start();
    expect(worker.kills).to.deep.equal([]);
    await clock.advance(430_000);

    expect(worker.kills).to.deep.equal(['orphan']);
    host.stop();
  });

  it('does not touch jobs of a pool of the same name in another control plane, and stops those of its own deleted run', async () => {
    const { start, pool, worker, clock, host } = createSubject({ ...slow, reconcileSeconds: 300 });
    worker.alive = [
      { infrastructurePid: 'foreign', flowRunId: 'a', attemptId: 'x', workPoolId: 'another-id' },
      { infrastructurePid: 'unknown', flowRunId: 'b', attemptId: 'x' },
      { infrastructurePid: 'own', flowRunId: 'c', attemptId: 'x', workPoolId: pool.workPool?.id ?? '' },
    ];

    await start();
    await clock.advance(3_000_000);

    expect(new Set(worker.kills)).to.deep.equal(new Set(['own']));
    host.stop();
  });

  for (const [what, makeFinal] of [
    ['made Failed', (pool) => pool.put('a', 'FAILED')],
    ['made Completed', (pool) => pool.put('a', 'COMPLETED')],
    ['made Cancelled', (pool) => pool.put('a', 'CANCELLED')],
    ['deleted', (pool) => pool.removeRun('a')],
  ] as const satisfies readonly (readonly [string, (pool: ReturnType<typeof createSubject>['pool']) => unknown])[])
    it(`stops the job of an active run that was ${what} from outside, when found twice`, async () => {
      const { start, pool, worker, clock, host } = createSubject({ reconcileSeconds: 5, limit: 1 });
      pool.addRun({ id: 'a' });
      await start();
      makeFinal(pool);
      const final = pool.lastState('a');

      await clock.advance(6_000);
      const killsSoon = worker.kills.length;
      await clock.advance(24_000);

      expect(killsSoon).to.be.at.most(1);
      expect(worker.kills).to.include(worker.jobs[0]?.pid);
      expect(pool.lastState('a')?.id).to.equal(final?.id);
      expect(host.status.slots.taken).to.equal(0);
      host.stop();
    });

  it('lets the job of a run that was made final continue if configured', async () => {
    const { start, pool, worker, clock, host } = createSubject({ ...slow, reconcileSeconds: 60, stopFinalRuns: false });
    pool.addRun({ id: 'a' });
    await start();
    pool.put('a', 'COMPLETED');

    await clock.advance(HOUR_MS);

    expect(worker.kills).to.deep.equal([]);
    host.stop();
  });

  const cases = [
    ['deleted', null, 'nobody', 'stop', true],
    ['not known, and perhaps of another control plane', null, 'nobody', 'leave', false],
    ['final', aFlowRun({ id: 'a', stateType: 'CRASHED' }), 'nobody', 'stop'],
    ['without a state', aFlowRun({ id: 'a', stateType: null }), 'nobody', 'stop'],
    ['final, and of a living worker', aFlowRun({ id: 'a', stateType: 'COMPLETED' }), 'another', 'leave'],
    ['scheduled again', aFlowRun({ id: 'a' }), 'nobody', 'leave'],
    ['paused', aFlowRun({ id: 'a', stateType: 'PAUSED' }), 'nobody', 'leave'],
    ['running', aFlowRun({ id: 'a', stateType: 'RUNNING' }), 'nobody', 'leave'],
  ] as const;
  for (const [name, run, owner, expected, isSurelyOfPool = true] of cases)
    it(`would ${expected} an orphan whose run is ${name}`, () => {
      expect(decideOrphan(run, owner, isSurelyOfPool)).to.equal(expected);
    });
});
