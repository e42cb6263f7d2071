import { OrchestratorUnavailableError, type StateType } from '@worker-host/core';
import { expect } from 'chai';
import { toFlowRun } from '../../../../src/orchestrators/prefect/api/nouns-from-api.js';
import type { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { Claims } from '../../../../src/orchestrators/prefect/orchestration/claim.js';
import {
  PrefectRecordUnreadableError,
  PrefectRefusedError,
} from '../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { aRun } from '../support/a-run.js';
import { ManualClock, settle } from '../support/manual-clock.js';

describe('Claims', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    const types = new Map<string, StateType>();
    const held: (() => void)[] = [];
    const runCounts = new Map<string, number>();
    const forced: object[] = [];
    const options: { isHeld: boolean; isListBroken: boolean; failure: Error | null } = {
      isHeld: false,
      isListBroken: false,
      failure: null,
    };
    const api = {
      readFlowRun: async (id: string) => {
        calls.push(`read ${id}`);
        return aRun({ id, state_type: types.get(id) ?? 'SCHEDULED' });
      },
      listFlowRuns: async ({ flow_runs }: { flow_runs: { id: { any_: readonly string[] } } }) => {
        calls.push(`list ${flow_runs.id.any_.length}`);
        if (options.isListBroken) throw new Error('500');
        return flow_runs.id.any_.map((id) =>
          aRun({ id, state_type: types.get(id) ?? 'SCHEDULED', run_count: runCounts.get(id) ?? 0 }),
        );
      },
      readFlowRunStates: async () =>
        ['SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED', 'PENDING'].map((type) => ({
          type,
          name: type,
          message: `as ${type}`,
          data: type,
          state_details: { flow_run_id: 'r0' },
        })),
      readDeployment: async (id: string) => {
        calls.push(`deployment ${id}`);
        throw new PrefectRecordUnreadableError('deployment', id);
      },
      setFlowRunState: async (id: string, body: { state_details: object }, force: boolean) => {
        calls.push(`claim ${id}`);
        if (force) forced.push(body);
        if (options.failure) throw options.failure;
        if (options.isHeld) await new Promise<void>((resolve) => held.push(resolve));
        const state = { id: 's', type: 'PENDING', name: 'Pending', timestamp: '', message: null, ...body };
        return { status: 'ACCEPT', state, details: {} };
      },
    };
    const claims = new Claims({
      api: api as unknown as PrefectApi,
      clock,
      issueToken: () => 'token',
      messageOf: (token) => `by ${token}`,
    });
    const polled = (count: number) =>
      Array.from({ length: count }, (_, index) => {
        const run = toFlowRun(aRun({ id: `r${index}`, state_type: 'SCHEDULED' }));
        claims.notePolled(run);
        return run;
      });
    return { clock, calls, types, runCounts, forced, held, options, claims, polled };
  };

  it('claims what was just polled without reading it again', async () => {
    const { calls, claims, polled } = createSubject();

    const answers = await Promise.all(polled(3).map((run) => claims.claim(run)));

    expect(answers.map((answer) => 'token' in answer && answer.state.message)).to.deep.equal([
      'by token',
      'by token',
      'by token',
    ]);
    expect(calls).to.deep.equal(['claim r0', 'claim r1', 'claim r2']);
  });

  it('reads the deployment of a run whose claim is answered with 500, and of no other', async () => {
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

  it('claims a few of many at once, and reads the rest again together when their turn comes', async () => {
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

  it('reads one by one where a broken run spoils the list', async () => {
    const { clock, calls, options, claims, polled } = createSubject();
    options.isListBroken = true;
    const runs = polled(2);
    await clock.advance(1000);

    await Promise.all(runs.map((run) => claims.claim(run)));

    expect(calls).to.deep.equal(['list 2', 'read r0', 'read r1', 'claim r0', 'claim r1']);
  });
});
