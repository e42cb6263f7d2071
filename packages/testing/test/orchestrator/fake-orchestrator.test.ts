import type { OrchestratorListener, RunLease, WorkerIdentity } from '@worker-host/core';
import { expect } from 'chai';
import { FakeClock, settle } from '../../src/clock/fake-clock.js';
import type { FakeOrchestrator } from '../../src/orchestrator/fake-orchestrator.js';
import { FakePool, type FakePoolOptions } from '../../src/orchestrator/fake-pool.js';

const REQUEST = { createIfNotFound: true, defaultBaseJobTemplate: { job_configuration: {}, variables: {} } };

interface Heard extends OrchestratorListener {
  readonly messages: string[];
}

function aListener(): Heard {
  const messages: string[] = [];
  return {
    messages,
    onCancelling: (id) => void messages.push(`cancel ${id}`),
    onWorkPool: (pool) => void messages.push(`pool ${pool?.isPaused ? 'paused' : 'open'}`),
    onWorkAvailable: () => void messages.push('work'),
    onTeardown: async ({ flowRunId }) => void messages.push(`teardown ${flowRunId}`),
  };
}

function anIdentity(name: string): WorkerIdentity {
  return { name, type: 'fake', workPoolName: 'p', workQueueNames: [], limit: null, heartbeatIntervalSeconds: 10 };
}

async function createSubject(options: Partial<FakePoolOptions> = {}) {
  const clock = new FakeClock();
  const pool = new FakePool({ clock, ...options });
  const listener = aListener();
  const open = async (name: string, heard: OrchestratorListener = listener): Promise<FakeOrchestrator> => {
    const client = pool.createClient();
    await client.open(anIdentity(name), REQUEST, heard);
    return client;
  };
  return { clock, pool, listener, open, client: await open('w') };
}

async function leaseOf(client: FakeOrchestrator, id = 'a'): Promise<RunLease> {
  const answer = await client.claim(client.pool.addRun({ id }));
  if (!answer.claimed) throw new Error(answer.reason);
  return answer.lease;
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'resolved',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

describe('FakeOrchestrator', () => {
  it('makes calls fail without an effect, as often as requested', async () => {
    const { client, pool } = await createSubject();
    const lease = await leaseOf(client);
    const fault = client.faults.fail('proposeState', { times: 1, when: ({ detail }) => detail === 'Running' });

    expect(await codeOf(lease.proposeState({ type: 'RUNNING' }))).to.equal('ORCHESTRATOR_UNAVAILABLE');
    expect(pool.stateNames('a')).to.deep.equal(['Scheduled', 'Pending']);
    await lease.proposeState({ type: 'RUNNING' });

    expect(pool.lastState('a')?.name).to.equal('Running');
    expect(fault.hits).to.equal(1);
  });

  it('loses responses of calls that took effect', async () => {
    const { client, pool } = await createSubject();
    const lease = await leaseOf(client);
    client.faults.lose('storeInfrastructurePid', { times: 1 });

    expect(await codeOf(lease.storeInfrastructurePid('pid'))).to.equal('ORCHESTRATOR_UNAVAILABLE');
    expect(pool.run('a')?.infrastructurePid).to.equal('pid');
  });

  it('holds calls before their effect, or after it', async () => {
    const { client, pool } = await createSubject();
    const lease = await leaseOf(client);
    const request = client.faults.hold('storeInfrastructurePid', { times: 1 });
    const first = lease.storeInfrastructurePid('one');
    await settle();
    expect([request.waiting, pool.run('a')?.infrastructurePid]).to.deep.equal([1, null]);
    request.release();
    await first;

    const answer = client.faults.hold('storeInfrastructurePid', { at: 'answer' });
    const second = lease.storeInfrastructurePid('two');
    await settle();

    expect([answer.waiting, pool.run('a')?.infrastructurePid]).to.deep.equal([1, 'two']);
    answer.stop();
    await second;
  });

  it("ends the wait of a held call with the signal's reason", async () => {
    const { client } = await createSubject();
    client.faults.hold('heartbeat');
    const abort = new AbortController();
    const beat = client.heartbeat(abort.signal);
    await settle();
    abort.abort(new Error('too long'));

    expect(String(await codeOf(beat))).to.match(/too long/);
  });

  it('answers proposals with the scripted response', async () => {
    const { client, pool } = await createSubject();
    const lease = await leaseOf(client);
    const wait = { status: 'WAIT', state: null, reason: 'busy', delaySeconds: 5 } as const;
    client.faults.answer(wait, { times: 1 });

    expect(await lease.proposeState({ type: 'RUNNING' })).to.deep.equal(wait);
    expect(pool.stateNames('a')).to.deep.equal(['Scheduled', 'Pending']);
    expect((await lease.proposeState({ type: 'RUNNING' })).status).to.equal('ACCEPT');
  });

  it('does not respond to a killed process, and offers its runs to others', async () => {
    const { client, open } = await createSubject();
    await leaseOf(client);
    const other = await open('other');
    client.kill();
    let isAnswered = false;
    void client.heartbeat().then(() => {
      isAnswered = true;
    });

    const taken = await other.takeOverInterruptedRuns({ limit: 10 });

    expect(taken.map(({ flowRun }) => flowRun.id)).to.deep.equal(['a']);
    expect(isAnswered).to.equal(false);
  });

  it('detects a death only by missing heartbeats if deaths are not visible', async () => {
    const { client, open, clock } = await createSubject({ hostReportsStates: false });
    await leaseOf(client);
    client.kill();
    await clock.advance(29_999);
    const other = await open('other');
    expect(await other.takeOverInterruptedRuns({ limit: 10 })).to.have.length(0);

    await clock.advance(1);

    expect(await other.takeOverInterruptedRuns({ limit: 10 })).to.have.length(1);
  });

  it('pauses and resumes a process with all its pending calls', async () => {
    const { client, pool, listener } = await createSubject();
    const lease = await leaseOf(client);
    client.pause();
    const running = lease.proposeState({ type: 'RUNNING' });
    pool.cancel('a');
    await settle();
    expect([pool.lastState('a')?.name, listener.messages.includes('cancel a')]).to.deep.equal(['Cancelling', false]);

    client.resume();

    expect((await running).status).to.equal('REJECT');
    expect(listener.messages).to.include('cancel a');
  });

  it('withholds notifications until they are released', async () => {
    const { client, pool, listener } = await createSubject();
    client.mute();
    pool.setWorkPool({ isPaused: true });
    await settle();
    expect(listener.messages).to.not.include('pool paused');

    client.unmute();

    expect(listener.messages).to.include('pool paused');
  });

  it('requests a teardown from its listener', async () => {
    const { pool, listener } = await createSubject();

    await pool.teardown('a', 'pid');

    expect(listener.messages).to.include('teardown a');
  });

  it('offers a run that was added as running, with what its owner stored', async () => {
    const { client, pool } = await createSubject();
    const launch = { relaunch: 2, place: { cluster: 'c' } };
    pool.addRun(
      { id: 'a', stateType: 'RUNNING', infrastructurePid: 'pid' },
      { launch, outputCursor: '7', attemptNumber: 3 },
    );

    const [taken] = await client.takeOverInterruptedRuns({ limit: 1 });

    expect(taken).to.deep.include({ infrastructurePid: 'pid', launch, outputCursor: '7' });
    expect(taken?.lease.attempt.id).to.equal('3');
    expect(await client.launchPlaces()).to.deep.equal([{ cluster: 'c' }]);
  });

  it('stores a release that could not be stored with the next heartbeat', async () => {
    const { client, pool, open } = await createSubject();
    const lease = await leaseOf(client);
    const other = await open('other');
    client.faults.fail('release', { times: 1 });
    await lease.release('worker-stopping');
    expect(await other.takeOverInterruptedRuns({ limit: 1 })).to.have.length(0);

    await client.heartbeat();

    expect(pool.owner('a')).to.equal(null);
    expect(await other.takeOverInterruptedRuns({ limit: 1 })).to.have.length(1);
  });

  it('extends leases with each heartbeat, except those that have expired', async () => {
    const { client, clock } = await createSubject();
    const lease = await leaseOf(client);
    const grantedUntilMs = lease.expiresAtMs;
    await clock.advance(10_000);
    await client.heartbeat();
    expect(lease.expiresAtMs - grantedUntilMs).to.equal(10_000);
    await clock.advance(30_000);
    await client.heartbeat();
    expect(lease.expiresAtMs).to.equal(clock.monotonicMs());

    await lease.renew();

    expect(lease.expiresAtMs - clock.monotonicMs()).to.equal(client.leaseMs);
  });

  it('refuses writes of an expired lease', async () => {
    const { client, clock, pool } = await createSubject();
    const lease = await leaseOf(client);
    await clock.advance(client.leaseMs);

    expect(await codeOf(lease.storeInfrastructurePid('pid'))).to.equal('LEASE_LOST');
    expect([lease.isHeld, pool.run('a')?.infrastructurePid]).to.deep.equal([false, null]);
    expect(await client.takeOverInterruptedRuns({ limit: 1 })).to.have.length(1);
  });

  it('refuses calls before open and after close', async () => {
    const { pool, client } = await createSubject();
    expect(String(await codeOf(pool.createClient().heartbeat()))).to.match(/before open/);
    await client.close();

    expect(String(await codeOf(client.heartbeat()))).to.match(/after close/);
  });
});
