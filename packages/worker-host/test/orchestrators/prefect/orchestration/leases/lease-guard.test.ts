import { LeaseLostError, type StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { ApiFlowRun, ApiState } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import type { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import { LeaseGuard } from '../../../../../src/orchestrators/prefect/orchestration/leases/lease-guard.js';
import { RunReads } from '../../../../../src/orchestrators/prefect/orchestration/run-reads.js';
import { aRun } from '../../support/a-run.js';
import { ManualClock } from '../../support/manual-clock.js';

const LABELS = {
  'prefect.worker.name': 'w',
  'worker-host.attempt': 'a1',
  'worker-host.lease': 't1',
  'worker-host.heartbeat': '{"worker":"w","silenceSeconds":18}',
};

/** The guard of attempt `a1` by token `t1`, held for 18 s and confirmed at its start; the run is labelled as ours. */
function createSubject() {
  const clock = new ManualClock();
  const beganAtMs = clock.monotonicMs();
  const requests: string[] = [];
  const ends: boolean[] = [];
  const server: { run: ApiFlowRun | null; states: readonly Partial<ApiState>[] } = {
    run: aRun({ state_type: 'RUNNING', labels: LABELS }),
    states: [],
  };
  const api = {
    readFlowRun: async () => {
      requests.push('run');
      return server.run;
    },
    readFlowRunStates: async () => {
      requests.push('states');
      return server.states;
    },
  } as unknown as PrefectApi;
  const guard = new LeaseGuard(
    {
      api,
      clock,
      reads: new RunReads(api, () => clock.monotonicMs()),
      leaseMs: 18_000,
      onEnd: (mayBeFree) => void ends.push(mayBeFree),
    },
    {
      attempt: { flowRunId: 'r1', id: 'a1', startedAtMs: 0 },
      fencingToken: 't1',
      expiresAtMs: beganAtMs + 18_000,
      seenAtMs: beganAtMs,
    },
  );
  /** Sets the run to a state of that transition. */
  const enter = (type: StateType, transitionId: string, changes: Partial<ApiFlowRun> = {}): void => {
    const run = aRun({ state_type: type, labels: LABELS, ...changes });
    const state = { ...run.state, id: 's9', state_details: { transition_id: transitionId } } as ApiState;
    server.run = { ...run, state };
  };
  return { beganAtMs, clock, ends, enter, guard, requests, server };
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: Error) => error.message,
  );
const lossOf = (act: () => void): LeaseLostError | null => {
  try {
    act();
    return null;
  } catch (error) {
    return error as LeaseLostError;
  }
};

describe('LeaseGuard', () => {
  describe('time', () => {
    it('ends the lease exactly at its expiry, when the run may be free', async () => {
      const { clock, ends, guard } = createSubject();
      await clock.advance(17_999);
      guard.assertUnexpired();
      expect(guard.hasExpired).to.equal(false);

      await clock.advance(1);

      expect(guard.hasExpired).to.equal(true);
      expect(guard.isHeld).to.equal(true);
      expect(lossOf(() => guard.assertUnexpired()))
        .to.be.instanceOf(LeaseLostError)
        .with.property('message')
        .that.includes('its lease has expired');
      expect(ends).to.deep.equal([true]);
    });

    it('continues from the start of a heartbeat that was stored before its expiry', () => {
      const { beganAtMs, guard } = createSubject();

      guard.extend(beganAtMs + 17_000, beganAtMs + 18_001);
      expect(guard.expiresAtMs).to.equal(beganAtMs + 18_000);
      guard.extend(beganAtMs + 17_000, beganAtMs + 18_000);

      expect(guard.expiresAtMs).to.equal(beganAtMs + 35_000);
    });

    it('is never shortened', () => {
      const { beganAtMs, guard } = createSubject();

      guard.extend(beganAtMs - 1000, beganAtMs);
      guard.renewUntil(beganAtMs);

      expect(guard.expiresAtMs).to.equal(beganAtMs + 18_000);
    });
  });

  describe('verify', () => {
    it('reads the run unless it was confirmed less than the given time ago', async () => {
      const { clock, guard, requests } = createSubject();
      await clock.advance(999);
      await guard.verify(1000);
      expect(requests).to.deep.equal([]);

      await clock.advance(1);
      await guard.verify(1000);
      expect(requests).to.deep.equal(['run']);
      await guard.verify(1000);

      expect(requests).to.deep.equal(['run']);
    });

    it('always reads it without a given time, and after a doubt', async () => {
      const { guard, requests } = createSubject();

      await guard.verify();
      guard.doubt();
      await guard.verify(18_000);

      expect(requests).to.deep.equal(['run', 'run']);
    });

    it('reads the states if the run alone does not determine its owner', async () => {
      const { guard, requests, server } = createSubject();
      const claimed = {
        id: 'a1',
        type: 'PENDING' as const,
        timestamp: '2027-01-01T00:00:00Z',
        message: 'Claimed by worker "w" [lease=t1, silenceSeconds=18]',
      };
      server.run = aRun({ state_type: 'RUNNING' });
      server.states = [claimed];

      await guard.verify();
      expect(requests).to.deep.equal(['run', 'states']);
      server.states = [claimed, { ...claimed, type: 'SCHEDULED' }, { ...claimed, id: 'a2' }];

      expect(await failureOf(guard.verify())).to.include('another attempt has started');
    });

    it('ends the lease of a deleted run without reading its states', async () => {
      const { ends, guard, requests, server } = createSubject();
      server.run = null;

      expect(await failureOf(guard.verify())).to.include('it was deleted');

      expect(requests).to.deep.equal(['run']);
      expect(ends).to.deep.equal([false]);
    });
  });

  describe('a run that was read elsewhere', () => {
    it('counts as confirmed only if it shows that it is ours', async () => {
      const { clock, guard, requests, server } = createSubject();
      await clock.advance(5000);

      guard.note({ run: aRun({ state_type: 'RUNNING' }), atMs: clock.monotonicMs() });
      await guard.verify(1000);
      expect(requests).to.include('run');
      await clock.advance(5000);
      requests.length = 0;
      guard.note({ run: server.run, atMs: clock.monotonicMs() });
      await guard.verify(1000);

      expect(requests).to.deep.equal([]);
    });

    it('ends the lease if it is another owner’s, unless it shows a state of our own', () => {
      const { ends, enter, guard, server } = createSubject();
      enter('FAILED', 'ours');
      guard.noteProposed('ours');
      guard.note({ run: server.run, atMs: 0 });
      expect(guard.isHeld).to.equal(true);

      guard.noteAnswered('ours');
      guard.note({ run: server.run, atMs: 0 });

      expect(guard.isHeld).to.equal(false);
      expect(ends).to.deep.equal([false]);
    });

    for (const type of ['CANCELLED', 'CRASHED'] as const)
      it(`keeps the lease of a run that is ${type}, until it is read for another write`, async () => {
        const { ends, enter, guard, requests, server } = createSubject();
        enter(type, 'of the job');

        guard.note({ run: server.run, atMs: 0 });
        await guard.verify(18_000, true);
        expect([guard.isHeld, requests]).to.deep.equal([true, ['run']]);

        expect(await failureOf(guard.verify(18_000))).to.include(`it is ${type}`);
        expect([guard.isHeld, ends]).to.deep.equal([false, [false]]);
      });

    it('ends the lease of a Crashed run that belongs to another owner or attempt', async () => {
      const states = [{ id: 'a2', type: 'PENDING', timestamp: '2027-01-01T00:00:00Z', message: null }] as const;
      for (const [labels, reason] of [
        [{ ...LABELS, 'worker-host.lease': 'another' }, 'another worker owns it'],
        [{}, 'another attempt has started'],
      ] as const) {
        const { enter, guard, server } = createSubject();
        enter('CRASHED', 'of the job', { labels });
        server.states = states;

        expect(await failureOf(guard.verify(0, true))).to.include(reason);
      }
    });

    it('determines by its states the owner of a Crashed run that is not labelled yet', async () => {
      const { enter, guard, server } = createSubject();
      enter('CRASHED', 'of the job', { labels: {} });
      const message = 'Claimed by worker "w" [lease=t1, silenceSeconds=18]';
      server.states = [
        { id: 'a1', type: 'PENDING', timestamp: '2027-01-01T00:00:00Z', message },
        { id: 's2', type: 'CRASHED', timestamp: '2027-01-01T00:01:00Z', message: null },
      ];

      await guard.verify(0, true);

      expect(guard.isHeld).to.equal(true);
      expect(await failureOf(guard.verify())).to.include('it is CRASHED');
    });
  });

  describe('a proposal without a response', () => {
    it('is remembered until it is answered', () => {
      const { guard } = createSubject();
      expect(guard.hasUnanswered).to.equal(false);

      guard.noteProposed('t');
      expect([guard.hasUnanswered, guard.isProposedHere({ transition_id: 't' })]).to.deep.equal([true, true]);
      guard.noteAnswered('t');

      expect([guard.hasUnanswered, guard.isProposedHere({ transition_id: 't' })]).to.deep.equal([false, false]);
      expect(guard.isProposedHere(undefined)).to.equal(false);
    });

    it('that was accepted is found, also if it ended the run', async () => {
      const { enter, guard, requests } = createSubject();
      guard.noteProposed('ours');
      enter('CRASHED', 'ours');

      expect(await guard.findAccepted('CRASHED')).to.include({ id: 's9', type: 'CRASHED' });
      expect(guard.isHeld).to.equal(true);
      expect(requests).to.deep.equal(['run']);
    });

    it('that was accepted and is not final is found if the run is still ours', async () => {
      const { enter, guard } = createSubject();
      guard.noteProposed('ours');
      enter('RUNNING', 'ours');
      expect(await guard.findAccepted('RUNNING')).to.include({ id: 's9' });

      enter('RUNNING', 'ours', { labels: { ...LABELS, 'worker-host.lease': 'another' } });

      expect(await failureOf(guard.findAccepted('RUNNING'))).to.include('another worker owns it');
    });

    it('is not found in a state of another proposal, nor in one of another type', async () => {
      const { enter, guard } = createSubject();
      guard.noteProposed('ours');
      enter('RUNNING', 'another');
      expect(await guard.findAccepted('RUNNING')).to.equal(null);
      enter('RUNNING', 'ours');

      expect(await guard.findAccepted('PENDING')).to.equal(null);
    });

    it('is not found in a run that another owner has made final, or that was deleted', async () => {
      for (const isDeleted of [false, true]) {
        const { enter, guard, server } = createSubject();
        guard.noteProposed('ours');
        enter('CRASHED', 'another');
        if (isDeleted) server.run = null;

        expect(await failureOf(guard.findAccepted('CRASHED'))).to.include(isDeleted ? 'deleted' : 'it is CRASHED');
      }
    });
  });

  it('ends once, and keeps the first reason', () => {
    const { ends, guard } = createSubject();

    guard.end('it was released', true);
    guard.end('it was deleted');

    expect(ends).to.deep.equal([true]);
    expect(lossOf(() => guard.assertHeld())?.message).to.include('it was released');
    expect(lossOf(() => guard.assertUnexpired())?.message).to.include('it was released');
  });
});
