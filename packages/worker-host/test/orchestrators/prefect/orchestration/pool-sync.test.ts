import { OrchestratorUnavailableError, type WorkerIdentity } from '@worker-host/core';
import { expect } from 'chai';
import type { ApiWorkPool } from '../../../../src/orchestrators/prefect/api/api-types.js';
import type { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { RestHeartbeat, syncPool } from '../../../../src/orchestrators/prefect/orchestration/pool-sync.js';
import {
  PrefectConflictError,
  PrefectNotFoundError,
  PrefectRefusedError,
} from '../../../../src/orchestrators/prefect/rest/rest-errors.js';

const IDENTITY: WorkerIdentity = {
  name: 'w',
  type: 'test',
  workPoolName: 'mine',
  workQueueNames: [],
  limit: null,
  heartbeatIntervalSeconds: 10.9,
};
const TEMPLATE = { job_configuration: {} };
const refusal = (status: number) => ({ method: 'POST' as const, path: '/', status, detail: 'x' });
const aPool = (base_job_template: object = {}) => ({ id: 'pool-1', name: 'mine', base_job_template }) as ApiWorkPool;
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

/** A server that answers reads of the pool with these responses in order. */
function createSubject(reads: readonly (ApiWorkPool | null)[], createFailure: Error | null = null) {
  const calls: unknown[] = [];
  const left = [...reads];
  const api = {
    readWorkPool: async (name: string) => {
      calls.push(`read ${name}`);
      return left.shift() ?? null;
    },
    createWorkPool: async (pool: object) => {
      calls.push(pool);
      if (createFailure) throw createFailure;
      return aPool();
    },
    updateWorkPool: async (name: string, change: object) => void calls.push([name, change]),
  };
  const sync = (createIfNotFound: boolean, defaultBaseJobTemplate = TEMPLATE as typeof TEMPLATE | object) =>
    syncPool(api as unknown as PrefectApi, IDENTITY, {
      createIfNotFound,
      defaultBaseJobTemplate: defaultBaseJobTemplate as typeof TEMPLATE,
    });
  return { calls, sync };
}

describe('syncPool', () => {
  it('does not change a pool with a template, or if there is no default one', async () => {
    const withTemplate = createSubject([aPool({ variables: {} })]);
    const withoutDefault = createSubject([aPool()]);

    expect(await withTemplate.sync(true)).to.deep.equal(aPool({ variables: {} }));
    expect(await withoutDefault.sync(true, {})).to.deep.equal(aPool());
    expect([withTemplate.calls, withoutDefault.calls]).to.deep.equal([['read mine'], ['read mine']]);
  });

  it('sets the default template of an empty pool', async () => {
    const { sync, calls } = createSubject([aPool()]);

    expect(await sync(false)).to.deep.equal(aPool(TEMPLATE));
    expect(calls[1]).to.deep.equal(['mine', { base_job_template: TEMPLATE }]);
  });

  it('creates a pool that does not exist, if requested', async () => {
    const made = createSubject([null]);
    const left = createSubject([null]);

    expect(await made.sync(true)).to.deep.equal(aPool(TEMPLATE));
    expect(made.calls.slice(0, 2)).to.deep.equal(['read mine', { name: 'mine', type: 'test' }]);
    expect(await left.sync(false)).to.equal(null);
    expect(left.calls).to.deep.equal(['read mine']);
  });

  it('uses the pool that another worker has created meanwhile, if it still exists', async () => {
    const conflict = new PrefectConflictError(refusal(409));
    const failure = new OrchestratorUnavailableError('Creating', 'there');

    expect(await createSubject([null, aPool({ a: 1 })], conflict).sync(true)).to.deep.equal(aPool({ a: 1 }));
    expect(await createSubject([null, null], conflict).sync(true)).to.equal(null);
    expect(await failureOf(createSubject([null], failure).sync(true))).to.equal(failure);
  });
});

/** Heartbeats to a server with these responses. */
function aHeart(isCloud: boolean, answers: readonly (string | null | Error)[]) {
  const sent: Record<string, unknown>[] = [];
  const left = [...answers];
  const api = {
    sendHeartbeat: async (_pool: string, body: Record<string, unknown>) => {
      sent.push(body);
      const answer = left.shift() ?? null;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const heart = (identity: Partial<WorkerIdentity> = {}) =>
    new RestHeartbeat(api as unknown as PrefectApi, { ...IDENTITY, ...identity }, isCloud, { integrations: [] });
  return { sent, heart };
}

describe('RestHeartbeat', () => {
  it('sends name and whole seconds, at least one', async () => {
    const { sent, heart } = aHeart(false, []);

    expect(await heart().send()).to.equal(true);
    await heart({ heartbeatIntervalSeconds: 0.2 }).send();

    expect(sent).to.deep.equal([
      { name: 'w', heartbeat_interval_seconds: 10 },
      { name: 'w', heartbeat_interval_seconds: 1 },
    ]);
  });

  it('requests an id from Prefect Cloud until it has one, and sends its metadata once', async () => {
    const { sent, heart } = aHeart(true, [null, 'id-1', 'id-2']);
    const subject = heart();
    expect(subject.workerId).to.equal(null);

    for (let at = 0; at < 3; at += 1) await subject.send();

    expect(subject.workerId).to.equal('id-1');
    expect(sent.map((body) => [body.metadata !== undefined, body.return_id])).to.deep.equal([
      [true, true],
      [false, true],
      [false, undefined],
    ]);
  });

  it('sends its metadata again after a failed heartbeat', async () => {
    const failure = new OrchestratorUnavailableError('Sending', 'there');
    const { sent, heart } = aHeart(true, [failure, 'id-1']);
    const subject = heart();

    expect(await failureOf(subject.send())).to.equal(failure);
    await subject.send();

    expect(sent.map(({ metadata }) => metadata !== undefined)).to.deep.equal([true, true]);
  });

  it('stops requesting an id that the server rejects', async () => {
    const { sent, heart } = aHeart(true, [new PrefectRefusedError(refusal(422))]);
    const subject = heart();

    expect(await subject.send()).to.equal(true);
    await subject.send();

    expect(sent.map(({ return_id }) => return_id)).to.deep.equal([true, undefined, undefined]);
  });

  it('passes on other errors, and reports an unknown pool', async () => {
    const refused = new PrefectRefusedError(refusal(422));
    const forbidden = new PrefectRefusedError(refusal(403));

    expect(await failureOf(aHeart(false, [refused]).heart().send())).to.equal(refused);
    expect(await failureOf(aHeart(true, [forbidden]).heart().send())).to.equal(forbidden);
    expect(
      await aHeart(true, [new PrefectNotFoundError(refusal(404))])
        .heart()
        .send(),
    ).to.equal(false);
  });
});
