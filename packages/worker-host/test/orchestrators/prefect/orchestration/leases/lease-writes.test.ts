import {
  type JsonObject,
  LeaseLostError,
  type LogRecord,
  OrchestratorUnavailableError,
  silentLogger,
} from '@worker-host/core';
import { expect } from 'chai';
import type { ApiFlowRun, ApiState } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import type { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import type { RunGrant } from '../../../../../src/orchestrators/prefect/orchestration/leases/lease-tools.js';
import { PrefectLease } from '../../../../../src/orchestrators/prefect/orchestration/leases/prefect-lease.js';
import { StateBatches } from '../../../../../src/orchestrators/prefect/orchestration/leases/state-batches.js';
import { RunReads } from '../../../../../src/orchestrators/prefect/orchestration/run-reads.js';
import { PrefectNotFoundError } from '../../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { aRun } from '../../support/a-run.js';
import { ManualClock, settle } from '../../support/manual-clock.js';

const LABELS = {
  'prefect.worker.name': 'w',
  'worker-host.attempt': 'a1',
  'worker-host.lease': 't1',
  'worker-host.heartbeat': '{"worker":"w","silenceSeconds":18}',
};
const AWAY = new OrchestratorUnavailableError('Proposing', 'here');
const NOT_FOUND = new PrefectNotFoundError({ method: 'PATCH', path: '/', status: 404, detail: '' });

interface Proposed {
  readonly type: ApiState['type'];
  readonly message: string | null;
  readonly state_details: JsonObject;
}
/** Response of the server to a proposal: a status with the state of the run afterwards, or an error. */
type Answer = Error | ((proposed: Proposed) => { status: string; state: Partial<ApiState> | null });

const accept: Answer = (proposed) => ({ status: 'ACCEPT', state: { ...proposed, state_details: {} } });
const inState =
  (status: string, type: ApiState['type'] | null): Answer =>
  () => ({
    status,
    state: type === null ? null : { type },
  });

/** The lease of attempt `a1` by token `t1`, labelled and confirmed at its start, held for 18 s. */
function createSubject(grant: Partial<RunGrant> = {}) {
  const clock = new ManualClock();
  const beganAtMs = clock.monotonicMs();
  const requests: string[] = [];
  const proposed: Proposed[] = [];
  const labelled: Readonly<Record<string, string>>[] = [];
  const logged: LogRecord[] = [];
  const passedOver: string[] = [];
  const server = {
    answers: [] as Answer[],
    readMs: 0,
    labelsMs: 0,
    writeFailure: null as Error | null,
    isBusy: false,
    placed: Promise.resolve(),
  };
  let run: ApiFlowRun = aRun({ state_type: 'RUNNING', labels: LABELS });
  const api = {
    bulkStates: { isSupported: false },
    passOver: (flowRunId: string) => void passedOver.push(flowRunId),
    readFlowRun: async () => {
      requests.push('read');
      if (server.readMs > 0) await clock.sleep(server.readMs);
      return run;
    },
    setFlowRunState: async (_id: string, body: Proposed, force: boolean) => {
      requests.push(`state ${body.type}${force ? ' forced' : ''}`);
      proposed.push(body);
      const answer = server.answers.shift() ?? accept;
      if (answer instanceof Error) throw answer;
      const { status, state } = answer(body);
      const whole = {
        id: 's',
        name: state?.type,
        timestamp: '',
        message: null,
        data: null,
        state_details: {},
        ...state,
      };
      return { status, state: state === null ? null : whole, details: {} };
    },
    updateFlowRunLabels: async (_id: string, labels: Readonly<Record<string, string>>, isUrgent: boolean) => {
      requests.push(`labels ${isUrgent}`);
      labelled.push(labels);
      if (server.labelsMs > 0) await clock.sleep(server.labelsMs);
      if (server.writeFailure) throw server.writeFailure;
    },
    updateFlowRun: async (_id: string, change: { infrastructure_pid: string }) => {
      requests.push(`pid ${change.infrastructure_pid}`);
      if (server.writeFailure) throw server.writeFailure;
    },
  } as unknown as PrefectApi;
  const lease = new PrefectLease(
    {
      api,
      clock,
      logger: silentLogger,
      reads: new RunReads(api, () => clock.monotonicMs()),
      batches: new StateBatches(api, () => clock.monotonicMs()),
      identity: { name: 'w', type: 't', workPoolName: 'p' },
      leaseMs: 18_000,
      workPoolId: () => null,
      isBusy: () => server.isBusy,
      heartbeat: async () => {
        requests.push('heartbeat');
        return clock.monotonicMs() + 18_000;
      },
      rememberPlace: async (place) => {
        requests.push(`place ${JSON.stringify(place)}`);
        await server.placed;
      },
      log: (record) => void logged.push(record),
      onEnd: () => {},
    },
    {
      attempt: { flowRunId: 'r1', id: 'a1', startedAtMs: 0 },
      fencingToken: 't1',
      expiresAtMs: beganAtMs + 18_000,
      seenAtMs: beganAtMs,
      isLabelled: true,
      knownPid: null,
      concurrencyLeaseId: null,
      deaths: 0,
      ...grant,
    },
  );
  const put = (changes: Partial<ApiFlowRun>): void => {
    run = aRun({ state_type: 'RUNNING', labels: LABELS, ...changes });
  };
  return { beganAtMs, clock, labelled, lease, logged, passedOver, proposed, put, requests, server };
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: Error) => error,
  );

describe('the writes of a lease', () => {
  describe('a proposed state', () => {
    it('that is final is preceded by a read unless the run was read less than a second ago', async () => {
      for (const [ageMs, expected] of [
        [999, ['state CRASHED']],
        [1000, ['read', 'state CRASHED']],
      ] as const) {
        const { clock, lease, requests } = createSubject();
        await clock.advance(ageMs);

        await lease.proposeState({ type: 'CRASHED' });

        expect(requests).to.deep.equal(expected);
      }
    });

    it('that is not final needs no read while the lease is valid, and its acceptance confirms the owner', async () => {
      const { clock, lease, requests } = createSubject();
      await clock.advance(17_000);
      await lease.proposeState({ type: 'PENDING' });
      await clock.advance(500);

      await lease.proposeState({ type: 'CRASHED', force: true });

      expect(requests).to.deep.equal(['state PENDING', 'state CRASHED forced']);
    });

    it('contains the concurrency lease of the claim, or the one that the server assigned since', async () => {
      const { lease, proposed, server } = createSubject({ concurrencyLeaseId: 'first' });
      const give =
        (id: string): Answer =>
        (body) => ({
          status: 'ACCEPT',
          state: { ...body, state_details: { deployment_concurrency_lease_id: id } },
        });
      server.answers.push(accept, give('second'));

      for (let time = 0; time < 3; time += 1) await lease.proposeState({ type: 'PENDING' });

      expect(proposed.map(({ state_details }) => state_details.deployment_concurrency_lease_id)).to.deep.equal([
        'first',
        'first',
        'second',
      ]);
    });

    it('of a pending run names the owner if it has no message of its own', async () => {
      const { lease, proposed } = createSubject();

      await lease.proposeState({ type: 'PENDING' });
      await lease.proposeState({ type: 'PENDING', message: 'waiting' });
      await lease.proposeState({ type: 'RUNNING' });

      expect(proposed.map(({ message }) => message)).to.deep.equal([
        'Claimed by worker "w" [attempt=a1, lease=t1, silenceSeconds=18]',
        'waiting',
        null,
      ]);
    });

    it('that is optional is omitted while many runs wait to be claimed', async () => {
      const { lease, requests, server } = createSubject();
      server.isBusy = true;

      expect(await lease.proposeState({ type: 'PENDING', isOptional: true })).to.deep.equal({
        status: 'ABORT',
        state: null,
        reason: 'omitted while many runs wait to be claimed',
      });
      expect(requests).to.deep.equal([]);
      expect(await lease.proposeState({ type: 'PENDING' })).to.include({ status: 'ACCEPT' });
      server.isBusy = false;
      expect(await lease.proposeState({ type: 'PENDING', isOptional: true })).to.include({ status: 'ACCEPT' });
    });

    it('is accepted if the server rejects it because of itself, as when a request arrives twice', async () => {
      const { lease, server } = createSubject();
      server.answers.push((body) => ({ status: 'REJECT', state: { ...body } }));

      expect(await lease.proposeState({ type: 'PENDING' })).to.include({ status: 'ACCEPT' });
    });
  });

  describe('a response', () => {
    it('that rejects is followed by a read before the next write', async () => {
      const { lease, requests, server } = createSubject();
      server.answers.push(inState('REJECT', 'RUNNING'));

      expect(await lease.proposeState({ type: 'PENDING' })).to.include({ status: 'REJECT' });
      await lease.storeInfrastructurePid('task-1');

      expect(requests).to.deep.equal(['state PENDING', 'read', 'pid task-1']);
    });

    it('without a state does not change the lease', async () => {
      const { lease, server } = createSubject();
      server.answers.push(inState('ABORT', null));

      expect(await lease.proposeState({ type: 'CRASHED' })).to.include({ status: 'ABORT', state: null });
      expect(lease.isHeld).to.equal(true);
    });

    it('that rejects because the run was rescheduled ends the lease; one that defers does not', async () => {
      for (const [status, isHeld] of [
        ['REJECT', false],
        ['WAIT', true],
        ['ACCEPT', true],
      ] as const) {
        const { lease, server } = createSubject();
        server.answers.push(inState(status, 'SCHEDULED'));

        expect(await lease.proposeState({ type: 'PENDING' })).to.include({ status });
        expect(lease.isHeld, status).to.equal(isHeld);
      }
    });

    it('that rejects because the run has ended is the loss of the lease; an accepted end also ends it', async () => {
      const { lease, server } = createSubject();
      server.answers.push(inState('REJECT', 'COMPLETED'));
      expect(await failureOf(lease.proposeState({ type: 'CRASHED' }))).to.be.instanceOf(LeaseLostError);
      expect(lease.isHeld).to.equal(false);

      const other = createSubject();
      expect(await other.lease.proposeState({ type: 'CRASHED' })).to.include({ status: 'ACCEPT' });
      expect(other.lease.isHeld).to.equal(false);
    });

    it('that never arrived is searched for in the run, and the state is proposed again if it is not there', async () => {
      const { lease, requests, server } = createSubject();
      server.answers.push(AWAY);
      expect(await failureOf(lease.proposeState({ type: 'CRASHED' }))).to.equal(AWAY);

      expect(await lease.proposeState({ type: 'CRASHED' })).to.include({ status: 'ACCEPT' });

      expect(requests).to.deep.equal(['state CRASHED', 'read', 'state CRASHED']);
    });

    it('that is an error of the request is searched for once, by the read before the next one', async () => {
      const { lease, requests, server } = createSubject();
      const refused = new Error('refused');
      server.answers.push(refused);
      expect(await failureOf(lease.proposeState({ type: 'PENDING' }))).to.equal(refused);
      await lease.proposeState({ type: 'PENDING' });

      await lease.proposeState({ type: 'PENDING' });

      expect(requests).to.deep.equal(['state PENDING', 'read', 'state PENDING', 'state PENDING']);
    });

    it('that the server does not know the run is the loss of the lease', async () => {
      const { lease, server } = createSubject();
      server.writeFailure = NOT_FOUND;

      const failure = await failureOf(lease.storeInfrastructurePid('task-1'));

      expect(failure).to.be.instanceOf(LeaseLostError).with.property('message').that.includes('it was deleted');
      expect(lease.isHeld).to.equal(false);
    });
  });

  describe('of an expired lease', () => {
    const WRITES: readonly (readonly [string, (lease: PrefectLease) => Promise<unknown>])[] = [
      ['state', (lease) => lease.proposeState({ type: 'CRASHED' })],
      ['launch', (lease) => lease.storeLaunch({ relaunch: 0, place: {} })],
      ['id of infrastructure', (lease) => lease.storeInfrastructurePid('task-1')],
      ['label', (lease) => lease.label({ a: 'b' })],
      ['result', (lease) => lease.storeResult({})],
    ];
    for (const [what, write] of WRITES) {
      it(`make no request for a ${what} after its expiry`, async () => {
        const { clock, lease, requests } = createSubject();
        await clock.advance(18_000);

        expect(await failureOf(write(lease))).to.be.instanceOf(LeaseLostError);

        expect(requests).to.deep.equal([]);
      });
    }

    it('send nothing after a read during which it expired', async () => {
      for (const write of WRITES.slice(0, 3).map(([, each]) => each)) {
        const { clock, lease, requests, server } = createSubject();
        lease.doubt();
        server.readMs = 18_000;

        const failure = failureOf(write(lease));
        await clock.advance(18_000);

        expect(await failure).to.be.instanceOf(LeaseLostError);
        expect(requests).to.deep.equal(['read']);
      }
    });

    it('do not renew it', async () => {
      const { lease, requests } = createSubject();
      lease.supersede();

      expect(await failureOf(lease.renew())).to.be.instanceOf(LeaseLostError);
      expect(requests).to.deep.equal([]);
    });

    it('fail for deferred labels, and log no more output', async () => {
      const { lease, logged } = createSubject({ isLabelled: false });
      const waiting = failureOf(lease.label({ a: 'b' }));
      const line = { message: 'hello', timestampMs: 7 };
      lease.output([line]);

      lease.supersede();
      lease.output([line]);

      expect(await waiting).to.be.instanceOf(LeaseLostError);
      expect(logged).to.deep.equal([{ name: 'worker-host.output', level: 20, flowRunId: 'r1', ...line }]);
    });
  });

  it('renew a lease that has not expired without a delay', async () => {
    const { beganAtMs, clock, lease, requests } = createSubject();
    await clock.advance(10_000);

    await lease.renew();

    expect(clock.monotonicMs()).to.equal(beganAtMs + 10_000);
    expect(requests).to.deep.equal(['heartbeat', 'read']);
    expect(lease.expiresAtMs).to.equal(beganAtMs + 28_000);
  });

  describe('labels', () => {
    it('with the owner are sent separately after fifteen seconds if a run has none yet', async () => {
      const [bare, whole] = [createSubject({ isLabelled: false }), createSubject()];
      for (const { clock } of [bare, whole]) await clock.advance(15_000);

      expect([bare.requests, whole.requests]).to.deep.equal([['labels false'], []]);
      expect(bare.labelled[0]).to.include({ 'worker-host.lease': 't1' });
    });

    it('with the owner are sent with the id of the infrastructure if a run has none yet', async () => {
      const [bare, whole] = [createSubject({ isLabelled: false }), createSubject()];
      for (const { lease } of [bare, whole]) await lease.storeInfrastructurePid('task-1');

      expect(bare.requests).to.have.members(['labels true', 'pid task-1']);
      expect(whole.requests).to.deep.equal(['pid task-1']);
    });

    it('of a plugin can wait for other requests', async () => {
      const { lease, requests } = createSubject();

      await lease.label({ team: 'a' });

      expect(requests).to.deep.equal(['labels false']);
    });

    it('of a launch contain the infrastructure that was known before it, also when it is stored again', async () => {
      const { labelled, lease } = createSubject({ knownPid: 'task-0' });
      const store = (relaunch: number) => lease.storeLaunch({ relaunch, place: {} });
      await store(0);
      await lease.storeInfrastructurePid('task-1');
      await store(0);
      await store(1);

      expect(labelled.map((labels) => JSON.parse(labels['worker-host.launch'] ?? '').earlierPid)).to.deep.equal([
        'task-0',
        'task-0',
        'task-1',
      ]);
    });

    it('of a launch are stored with its search place for the pool; it resolves after both', async () => {
      const { lease, requests, server } = createSubject();
      let placed = (): void => {};
      server.placed = new Promise((resolve) => {
        placed = resolve;
      });
      let isStored = false;

      const storing = lease.storeLaunch({ relaunch: 0, place: { at: 'c', token: 1 }, searchPlace: { at: 'c' } });
      void storing.then(() => {
        isStored = true;
      });
      await settle();

      expect(requests).to.deep.equal(['place {"at":"c"}', 'labels true']);
      expect(isStored).to.equal(false);
      placed();
      await storing;
    });

    it('of a launch whose search place cannot be stored reject', async () => {
      const { lease, server } = createSubject();
      server.placed = Promise.reject(AWAY);

      expect(await failureOf(lease.storeLaunch({ relaunch: 0, place: { at: 'c' } }))).to.equal(AWAY);
    });
  });

  describe('a release', () => {
    it('is one urgent request, however often requested', async () => {
      const { labelled, lease, requests } = createSubject();

      await Promise.all([lease.release('failed'), lease.release('failed')]);
      await lease.release('failed');

      expect(requests).to.deep.equal(['labels true']);
      expect(labelled[0]).to.include({ 'worker-host.lease': 'released', 'worker-host.attempt': 'a1' });
    });

    it('makes no request if the lease was lost, has expired or the reason is unreported', async () => {
      const [lost, late] = [createSubject(), createSubject()];
      lost.lease.supersede();
      await late.clock.advance(18_000);

      for (const { lease } of [lost, late]) await lease.release('failed');

      expect([lost.requests, late.requests]).to.deep.equal([[], []]);
      const unreported = createSubject();
      await unreported.lease.release('unreported');
      expect([unreported.requests, unreported.lease.isHeld]).to.deep.equal([[], false]);
      expect(late.lease.isHeld).to.equal(false);
    });

    it('waits five seconds for the server', async () => {
      const { clock, lease, server } = createSubject();
      server.labelsMs = 60_000;
      let isOver = false;
      const releasing = lease.release('failed').then(() => {
        isOver = true;
      });

      await clock.advance(4999);
      expect(isOver).to.equal(false);
      await clock.advance(1);
      await releasing;

      expect(lease.isHeld).to.equal(false);
    });

    it('of a run that could not be read skips it, and proposes Scheduled, which may be rejected', async () => {
      const { lease, passedOver, requests } = createSubject();

      await lease.release('unreadable');

      expect(requests).to.deep.equal(['state SCHEDULED']);
      expect(passedOver).to.deep.equal(['r1']);
    });
  });
});
