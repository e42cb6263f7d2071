import { type FlowRun, OrchestratorUnavailableError, type StateType } from '@worker-host/core';
import { expect } from 'chai';
import { toFlowRun } from '../../../../../src/orchestrators/prefect/api/nouns-from-api.js';
import type { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import { Claims } from '../../../../../src/orchestrators/prefect/orchestration/leases/claim.js';
import {
  PrefectRecordUnreadableError,
  PrefectRefusedError,
} from '../../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { aRun } from '../../support/a-run.js';
import { ManualClock, settle } from '../../support/manual-clock.js';

describe('Claims', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    const types = new Map<string, StateType>();
    const held: (() => void)[] = [];
    const runCounts = new Map<string, number>();
    const forced: object[] = [];
    /** States set by claims, by run. */
    const put = new Map<string, object>();
    const deleted = new Set<string>();
    const options: {
      isHeld: boolean;
      isListBroken: boolean;
      areStatesBroken: boolean;
      failure: Error | null;
      /** The claim is stored before its request fails. */
      isStored: boolean;
      answer: object | null;
    } = { isHeld: false, isListBroken: false, areStatesBroken: false, failure: null, isStored: false, answer: null };
    const runOf = (id: string) => {
      const state = put.get(id);
      const run = aRun({ id, state_type: types.get(id) ?? (state ? 'PENDING' : 'SCHEDULED') });
      return { ...run, run_count: runCounts.get(id) ?? 0, state: state ? { ...run.state, ...state } : run.state };
    };
    const api = {
      bulkStates: { isSupported: false },
      readFlowRun: async (id: string) => {
        calls.push(`read ${id}`);
        return deleted.has(id) ? null : runOf(id);
      },
      listFlowRuns: async ({ flow_runs }: { flow_runs: { id: { any_: readonly string[] } } }) => {
        calls.push(`list ${flow_runs.id.any_.length}`);
        if (options.isListBroken) throw new Error('500');
        return flow_runs.id.any_.filter((id) => !deleted.has(id)).map(runOf);
      },
      readFlowRunStates: async () => {
        if (options.areStatesBroken) throw new Error('no states');
        return ['SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED', 'PENDING'].map((type) => ({
          type,
          name: type,
          message: `as ${type}`,
          data: type,
          state_details: { flow_run_id: 'r0' },
        }));
      },
      readDeployment: async (id: string) => {
        calls.push(`deployment ${id}`);
        throw new PrefectRecordUnreadableError('deployment', id);
      },
      setFlowRunState: async (id: string, body: { state_details: object }, force: boolean) => {
        calls.push(`claim ${id}`);
        if (force) forced.push(body);
        if (options.isStored) put.set(id, body);
        if (options.failure) throw options.failure;
        if (options.isHeld) await new Promise<void>((resolve) => held.push(resolve));
        if (options.answer) return options.answer;
        const state = { id: 's', type: 'PENDING', name: 'Pending', timestamp: '', message: null, ...body };
        return { status: 'ACCEPT', state, details: {} };
      },
    };
    const claims = new Claims({
      api: api as unknown as PrefectApi,
      clock,
      serverNowMs: () => clock.nowMs(),
      issueToken: () => 'token',
      messageOf: (token) => `by ${token}`,
    });
    const polled = (count: number) =>
      Array.from({ length: count }, (_, index) => {
        const run = toFlowRun(aRun({ id: `r${index}`, state_type: 'SCHEDULED' }));
        claims.notePolled(run);
        return run;
      });
    /** Claims runs, and lets the server respond after a time. */
    const claimIn = async (ms: number, runs: readonly FlowRun[]) => {
      options.isHeld = true;
      const answers = Promise.allSettled(runs.map((run) => claims.claim(run)));
      await clock.advance(ms);
      options.isHeld = false;
      for (const release of held.splice(0)) release();
      return (await answers).map((answer) => (answer.status === 'rejected' ? answer.reason : answer.value));
    };
    return { clock, calls, types, runCounts, deleted, forced, held, options, claims, polled, claimIn };
  };

  it('claims a recently polled run without reading it again', async () => {
    const { calls, claims, polled } = createSubject();

    const answers = await Promise.all(polled(3).map((run) => claims.claim(run)));

    expect(answers.map((answer) => 'token' in answer && answer.state.message)).to.deep.equal([
      'by token',
      'by token',
      'by token',
    ]);
    expect(calls).to.deep.equal(['claim r0', 'claim r1', 'claim r2']);
  });

  it('reads the deployment only of a run whose claim is answered with 500', async () => {
    const { calls, options, claims, polled } = createSubject();
    const refused = (status: number): Error => {
      const cause = new PrefectRefusedError({ method: 'POST', path: '/', status, detail: '' });
      return new OrchestratorUnavailableError('Proposing', 'here', { cause });
    };
    const failureOf = async (status: number): Promise<unknown> => {
      options.failure = refused(status);
      const [run = expect.fail()] = polled(1);
      return claims.claim(run).catch((error: unknown) => error);
    };

    expect(await failureOf(503)).to.have.property('code', 'ORCHESTRATOR_UNAVAILABLE');
    expect(calls).to.deep.equal(['claim r0']);
    expect(await failureOf(500)).to.have.property('code', 'CONTROL_PLANE_RECORD_UNREADABLE');

    expect(calls.at(-1)).to.match(/^deployment /);
  });

  it('claims a few of many concurrently, and reads the rest again together when it is their turn', async () => {
    const { clock, calls, types, held, options, claims, polled } = createSubject();
    options.isHeld = true;
    const answers = Promise.all(polled(20).map((run) => claims.claim(run)));
    await settle();
    expect(calls).to.have.length(16);
    expect(claims.isBusy).to.equal(true);
    types.set('r18', 'COMPLETED');
    await clock.advance(1000);
    options.isHeld = false;
    for (const release of held) release();

    const reasons = (await answers).map((answer) => ('refusal' in answer ? answer.refusal : answer.state.type));

    expect(calls.slice(16)).to.have.members(['list 8', 'list 8', 'list 4', 'claim r16', 'claim r17', 'claim r19']);
    expect(reasons[18]).to.match(/not scheduled any more \[state=COMPLETED\]/);
    expect(claims.isBusy).to.equal(false);
  });

  it('gives back a run that another worker has run to its end before the claim was answered', async () => {
    const { clock, runCounts, forced, held, options, claims, polled } = createSubject();
    options.isHeld = true;
    const answers = Promise.all(polled(2).map((run) => claims.claim(run)));
    await settle();
    runCounts.set('r0', 1);
    await clock.advance(1000);
    options.isHeld = false;
    for (const release of held) release();

    expect((await answers).map((answer) => 'token' in answer)).to.deep.equal([false, true]);
    expect(forced).to.have.length(1);
    expect(forced[0]).to.deep.include({ type: 'COMPLETED', message: 'as COMPLETED', data: 'COMPLETED' });
  });

  it('reads individually if an invalid run affects the list', async () => {
    const { clock, calls, options, claims, polled } = createSubject();
    options.isListBroken = true;
    const runs = polled(2);
    await clock.advance(1000);

    await Promise.all(runs.map((run) => claims.claim(run)));

    expect(calls).to.deep.equal(['list 2', 'read r0', 'read r1', 'claim r0', 'claim r1']);
  });

  it('reads a run again that was polled more than a quarter of a second ago, or never', async () => {
    const { clock, calls, claims, polled } = createSubject();
    const [first = expect.fail(), second = expect.fail()] = polled(2);
    await clock.advance(250);
    await claims.claim(first);
    await clock.advance(1);
    await claims.claim(second);
    await claims.claim(toFlowRun(aRun({ id: 'r9', state_type: 'SCHEDULED' })));

    expect(calls).to.deep.equal(['claim r0', 'read r1', 'claim r1', 'read r9', 'claim r9']);
  });

  it('claims no run that was deleted since', async () => {
    const { calls, deleted, claims } = createSubject();
    deleted.add('r0').add('r1').add('r2');
    const [first, ...others] = ['r0', 'r1', 'r2'].map((id) => toFlowRun(aRun({ id, state_type: 'SCHEDULED' })));
    if (first === undefined) return expect.fail();
    const refusal = { refusal: 'the run is not scheduled any more [state=deleted]' };

    expect(await claims.claim(first)).to.deep.equal(refusal);
    expect(await Promise.all(others.map((run) => claims.claim(run)))).to.deep.equal([refusal, refusal]);

    expect(calls).to.deep.equal(['read r0', 'list 2']);
  });

  it('reports why the server refused, and in which state the run is', async () => {
    const { options, claims, polled } = createSubject();
    const state = { id: 's', type: 'SCHEDULED', name: 'AwaitingSlot', timestamp: '', message: null, state_details: {} };
    const refusals: unknown[] = [];
    for (const answer of [
      { status: 'REJECT', state, details: { reason: 'no slot' } },
      { status: 'ABORT', state: null, details: { reason: 'the run is being cancelled' } },
      { status: 'ACCEPT', state, details: {} },
    ]) {
      options.answer = answer;
      for (const run of polled(1)) refusals.push(await claims.claim(run));
    }

    expect(refusals).to.deep.equal([
      { refusal: 'no slot [state=AwaitingSlot]' },
      { refusal: 'the run is being cancelled' },
      { refusal: 'the server replaced Pending with another state [state=AwaitingSlot]' },
    ]);
  });

  it('has at most sixteen claims in progress, and is busy while one more waits', async () => {
    const { calls, held, options, claims, polled } = createSubject();
    options.isHeld = true;
    const answers = Promise.all(polled(33).map((run) => claims.claim(run)));
    await settle();
    for (const release of held.splice(0, 8)) release();
    await settle();
    expect(calls).to.have.length(24);
    for (const release of held.splice(0, 8)) release();
    await settle();
    expect(calls).to.have.length(32);
    expect(claims.isBusy).to.equal(true);

    options.isHeld = false;
    for (const release of held) release();
    await answers;

    expect(claims.isBusy).to.equal(false);
  });

  describe('a late response', () => {
    it('counts without another read up to half a second after the run was read', async () => {
      for (const [polledAgoMs, ms, reads] of [
        [0, 500, 0],
        [0, 501, 1],
        [200, 300, 0],
        [200, 301, 1],
      ] as const) {
        const { clock, calls, claimIn, polled } = createSubject();
        const runs = polled(1);
        await clock.advance(polledAgoMs);

        const [answer] = await claimIn(ms, runs);

        expect(answer, `${polledAgoMs} ${ms}`).to.have.property('token');
        expect(calls.slice(1), `${polledAgoMs} ${ms}`).to.deep.equal(Array(reads).fill('list 1'));
      }
    });

    it('that refuses needs no other read', async () => {
      const { calls, options, claimIn, polled } = createSubject();
      options.answer = { status: 'ABORT', state: null, details: { reason: 'not now' } };

      expect(await claimIn(1000, polled(1))).to.deep.equal([{ refusal: 'not now' }]);
      expect(calls).to.deep.equal(['claim r0']);
    });

    it('is compared with the run alone if an invalid one affects the list', async () => {
      const { calls, options, runCounts, claimIn, polled } = createSubject();
      options.isListBroken = true;
      const runs = polled(1);
      runCounts.set('r0', 1);

      expect((await claimIn(1000, runs))[0])
        .to.have.property('refusal')
        .that.includes('has ended meanwhile');
      expect(calls.slice(0, 3)).to.deep.equal(['claim r0', 'list 1', 'read r0']);
    });

    it('is an error if a run that has run meanwhile cannot be given back', async () => {
      const { options, runCounts, claimIn, polled } = createSubject();
      options.areStatesBroken = true;
      const runs = polled(2);
      runCounts.set('r1', 1);

      const [kept, failed] = await claimIn(1000, runs);

      expect(kept).to.have.property('token');
      expect(failed).to.have.property('message', 'no states');
    });

    it('about a run that was deleted since gives nothing back', async () => {
      const { deleted, forced, claimIn, polled } = createSubject();
      const runs = polled(1);
      deleted.add('r0');

      expect((await claimIn(1000, runs))[0]).to.have.property('token');
      expect(forced).to.deep.equal([]);
    });
  });

  describe('a claim without a response', () => {
    const away = new OrchestratorUnavailableError('Proposing', 'here');
    const lose = async ({ options, claims }: ReturnType<typeof createSubject>, run: FlowRun, isStored = true) => {
      Object.assign(options, { failure: away, isStored });
      await claims.claim(run).catch(() => {});
      Object.assign(options, { failure: null, isStored: false });
    };

    it('that was stored is granted with the next attempt, although the run is pending by now', async () => {
      const subject = createSubject();
      const [run = expect.fail()] = subject.polled(1);
      await lose(subject, run);

      const answer = await subject.claims.claim(run);

      expect(answer).to.deep.include({ token: 'token', beganAtMs: subject.clock.monotonicMs() });
      expect(subject.calls).to.deep.equal(['claim r0', 'read r0']);
    });

    it('that was not stored is repeated, and is then forgotten', async () => {
      const subject = createSubject();
      const [run = expect.fail()] = subject.polled(1);
      await lose(subject, run, false);

      expect(await subject.claims.claim(run)).to.have.property('token');
      expect(await subject.claims.claim(run)).to.have.property('token');

      expect(subject.calls).to.deep.equal(['claim r0', 'read r0', 'claim r0', 'claim r0']);
    });

    it('does not exist if the server has rejected the request', async () => {
      const { calls, options, claims, polled } = createSubject();
      const [run = expect.fail()] = polled(1);
      options.failure = new Error('refused');
      await claims.claim(run).catch(() => {});
      options.failure = null;

      expect(await claims.claim(run)).to.have.property('token');
      expect(calls).to.deep.equal(['claim r0', 'claim r0']);
    });

    it('is remembered for a thousand runs', async () => {
      const subject = createSubject();
      const [first = expect.fail(), second = expect.fail(), ...others] = subject.polled(1000);
      for (const run of [first, second, ...others]) await lose(subject, run);
      await subject.clock.advance(1000);
      expect(await subject.claims.claim(first)).to.have.property('token');

      for (const run of subject.polled(1002).slice(1000)) await lose(subject, run);

      expect(await subject.claims.claim(second)).to.have.property('refusal');
    });
  });

  it('reads no deployment if a run without one is answered with 500', async () => {
    const { calls, options, claims } = createSubject();
    options.failure = new OrchestratorUnavailableError('Proposing', 'here', {
      cause: new PrefectRefusedError({ method: 'POST', path: '/', status: 500, detail: '' }),
    });
    const run = toFlowRun(aRun({ id: 'r0', deployment_id: null, state_type: 'SCHEDULED' }));
    claims.notePolled(run);

    const failure = await claims.claim(run).catch((error: unknown) => error);

    expect(failure).to.equal(options.failure);
    expect(calls).to.deep.equal(['claim r0']);
  });
});
