import { settle } from '@worker-host/testing';
import { expect } from 'chai';
import { Heartbeat } from '../../../src/host/loops/heartbeat.js';
import { createHostBench } from '../support/host-bench.js';
import { createSubject, type Subject } from '../support/subject.js';

/** Seconds, since the recording began, at which heartbeats were sent. */
function recordBeats({ orchestrator, clock }: Subject): number[] {
  const beganMs = clock.monotonicMs();
  const atSeconds: number[] = [];
  const heartbeat = orchestrator.heartbeat.bind(orchestrator);
  orchestrator.heartbeat = (signal) => {
    atSeconds.push((clock.monotonicMs() - beganMs) / 1000);
    return heartbeat(signal);
  };
  return atSeconds;
}

async function create(heartbeatSeconds = 30) {
  const bench = await createHostBench({ settings: { heartbeatSeconds } });
  const { orchestrator, settings, clock, meter, logger, served, runs } = bench;
  const fatal: unknown[] = [];
  const onFatal = (error: unknown) => void fatal.push(error);
  const heartbeat = new Heartbeat(orchestrator, settings, clock, meter, logger, onFatal, served, runs);
  return { ...bench, heartbeat, fatal };
}

describe('a heartbeat', () => {
  const NEVER = new AbortController().signal;

  it('records the time at which the last one succeeded, and makes every run check its lease', async () => {
    const { clock, heartbeat, hold, orchestrator } = await create();
    const runs = [hold('a1'), hold('a2')];
    expect(heartbeat.lastSuccessMs).to.equal(null);
    const beganAtMs = clock.nowMs();

    await heartbeat.beat(NEVER);
    await clock.advance(1000);
    orchestrator.faults.fail('heartbeat', { times: 1 });
    await heartbeat.beat(NEVER).catch(() => {});

    expect(heartbeat.lastSuccessMs).to.equal(beganAtMs);
    expect(runs.map(({ calls }) => calls)).to.deep.equal([['checkLease'], ['checkLease']]);
  });

  it('logs another worker with the same name once, and reports a problem until it ends', async () => {
    const { heartbeat, logger, orchestrator } = await create();
    const beat = orchestrator.heartbeat.bind(orchestrator);
    let namesakes = ['there is another'];
    orchestrator.heartbeat = async (signal) => ({ ...(await beat(signal)), namesakes });

    for (let time = 0; time < 2; time += 1) await heartbeat.beat(NEVER);
    expect(heartbeat.problems).to.deep.equal(['there is another']);
    namesakes = [];
    await heartbeat.beat(NEVER);

    expect(heartbeat.problems).to.deep.equal([]);
    expect(logger.messages('error')).to.deep.equal(['there is another']);
  });

  it('ends the worker when the pool is deleted, once no run is active', async () => {
    const { fatal, heartbeat, hold, pool, runs } = await create();
    await heartbeat.beat(NEVER);
    pool.workPool = null;
    hold('a1');
    await heartbeat.beat(NEVER);
    expect(fatal).to.deep.equal([]);

    for (const run of runs.all) runs.remove(run, false);
    await heartbeat.beat(NEVER);

    expect(fatal).to.have.length(1);
    expect(fatal[0]).to.include({ code: 'WORK_POOL_NOT_FOUND' });
    expect(fatal[0]).to.have.deep.property('details', { name: 'p', at: 'memory' });
  });

  it('times out after its interval, or five seconds at least', async () => {
    for (const [heartbeatSeconds, deadlineMs] of [
      [2, 5000],
      [30, 30_000],
    ] as const) {
      const { clock, heartbeat, orchestrator } = await create(heartbeatSeconds);
      const hold = orchestrator.faults.hold('heartbeat', { times: 1 });
      const stopping = new AbortController();
      const loop = heartbeat.loop.run((signal) => heartbeat.beat(signal), stopping.signal);

      await clock.advance(deadlineMs - 1);
      expect(hold.waiting, `${heartbeatSeconds}`).to.equal(1);
      await clock.advance(1);

      expect(hold.waiting, `${heartbeatSeconds}`).to.equal(0);
      stopping.abort();
      await settle();
      await loop;
    }
  });
});

describe('heartbeats', () => {
  it('keep their interval, without jitter', async () => {
    const subject = createSubject({ heartbeatSeconds: 30 });
    const beats = recordBeats(subject);
    await subject.start();

    await subject.clock.advance(100_000);

    expect(beats).to.deep.equal([0, 30, 60, 90]);
    subject.host.stop();
  });

  it('keep their interval while they fail', async () => {
    const subject = createSubject({ heartbeatSeconds: 30 });
    await subject.start();
    const beats = recordBeats(subject);
    subject.orchestrator.faults.fail('heartbeat', { times: 4 });

    await subject.clock.advance(190_000);

    expect(beats).to.deep.equal([30, 60, 90, 120, 150, 180]);
    subject.host.stop();
  });

  it('keep their interval while polls fail, runs become due and runs end', async () => {
    const subject = createSubject({ heartbeatSeconds: 30 });
    await subject.start();
    const beats = recordBeats(subject);
    for (let runs = 0; runs < 50; runs += 1) subject.pool.addRun({});
    await settle();
    for (const job of subject.worker.jobs) job.end(0);
    subject.orchestrator.faults.fail('getScheduledFlowRuns');

    await subject.clock.advance(70_000);

    expect(beats).to.deep.equal([30, 60]);
    subject.host.stop();
  });

  it('without a response within their interval fail, and the next is sent on time', async () => {
    const subject = createSubject({ heartbeatSeconds: 30 });
    await subject.start();
    const beats = recordBeats(subject);
    const hold = subject.orchestrator.faults.hold('heartbeat', { times: 1 });

    await subject.clock.advance(59_000);
    expect(hold.waiting).to.equal(1);
    await subject.clock.advance(1500);

    expect(hold.waiting).to.equal(0);
    expect(beats).to.deep.equal([30, 60]);
    expect(subject.lines.map(({ message }) => message)).to.include('The heartbeat failed; retrying');
    subject.host.stop();
  });

  it('have five seconds at least', async () => {
    const subject = createSubject({ heartbeatSeconds: 1 });
    await subject.start();
    const hold = subject.orchestrator.faults.hold('heartbeat', { times: 1 });

    await subject.clock.advance(5500);
    expect(hold.waiting).to.equal(1);
    await subject.clock.advance(1000);

    expect(hold.waiting).to.equal(0);
    subject.host.stop();
  });

  it('report when the last one succeeded', async () => {
    const subject = createSubject({ heartbeatSeconds: 30 });
    expect(subject.host.status.lastHeartbeatMs).to.equal(null);
    await subject.start();
    const beganMs = subject.clock.nowMs();
    await subject.clock.advance(30_000);
    subject.orchestrator.faults.fail('heartbeat');
    await subject.clock.advance(60_000);

    expect(subject.host.status.lastHeartbeatMs).to.equal(beganMs + 30_000);
    subject.host.stop();
  });

  it('log a second worker with the same name once, and report a problem until it ends', async () => {
    const subject = createSubject({}, { hostReportsStates: false });
    let namesakes: readonly string[] = ['a twin'];
    const { workPool } = subject.pool;
    subject.orchestrator.heartbeat = async () => ({ workPool, namesakes });
    await subject.start();
    await subject.clock.advance(90_000);

    expect(subject.lines.filter(({ message }) => message === 'a twin')).to.have.length(1);
    expect(subject.lines.find(({ message }) => message === 'a twin')?.level).to.equal('error');
    expect(subject.host.status.problems).to.deep.equal(['a twin']);
    namesakes = [];
    await subject.clock.advance(30_000);
    expect(subject.host.status.problems).to.deep.equal([]);
    subject.host.stop();
  });

  it('end the worker whose pool is deleted, once it has no more runs', async () => {
    const subject = createSubject({ heartbeatSeconds: 30 });
    subject.pool.addRun({ id: 'a' });
    await subject.start();
    const heartbeat = subject.orchestrator.heartbeat.bind(subject.orchestrator);
    subject.orchestrator.heartbeat = async (signal) => ({ ...(await heartbeat(signal)), workPool: null });

    await subject.clock.advance(90_000);
    expect(subject.host.status).to.deep.include({
      phase: 'working',
      problems: ["The work pool 'p' no longer exists"],
    });
    subject.worker.last.end(0);
    await subject.clock.advance(30_000);

    expect(await subject.ended()).to.have.nested.property('error.code', 'WORK_POOL_NOT_FOUND');
  });

  it('end a run whose lease is found to be lost, and write no more about it', async () => {
    const subject = createSubject({ heartbeatSeconds: 30 }, { seesDeaths: false });
    subject.pool.addRun({ id: 'a' });
    await subject.start();
    const other = createSubject({ workerName: 'other' }, { others: subject });
    subject.orchestrator.pause();
    await subject.clock.advance(100_000);
    await other.start();
    await settle();
    expect(other.worker.jobs.map(({ how }) => how)).to.deep.equal(['resume']);

    subject.orchestrator.resume();
    await subject.clock.advance(60_000);
    subject.worker.last.end(1);
    await subject.clock.advance(60_000);

    expect(subject.host.status.runs).to.deep.equal([]);
    expect(subject.pool.lastState('a')?.name).to.equal('Running');
    subject.host.stop();
    other.host.stop();
  });

  it('end the worker when the pool has another type, with nothing launched from its template', async () => {
    const subject = createSubject({ heartbeatSeconds: 30, querySeconds: 1000 }, { announcesWork: false });
    await subject.start();
    const heartbeat = subject.orchestrator.heartbeat.bind(subject.orchestrator);
    subject.orchestrator.heartbeat = async (signal) => {
      const answer = await heartbeat(signal);
      return { ...answer, workPool: answer.workPool && { ...answer.workPool, type: 'docker' } };
    };
    subject.pool.addRun({ id: 'a' });

    await subject.clock.advance(31_000);

    expect(await subject.ended()).to.have.nested.property('error.code', 'WORK_POOL_TYPE_MISMATCH');
    expect(subject.worker.jobs).to.deep.equal([]);
  });
});
