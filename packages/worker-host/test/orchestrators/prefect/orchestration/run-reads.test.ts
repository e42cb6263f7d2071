import { OrchestratorUnavailableError } from '@worker-host/core';
import { expect } from 'chai';
import type { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { RunReads } from '../../../../src/orchestrators/prefect/orchestration/run-reads.js';
import { PrefectRefusedError } from '../../../../src/orchestrators/prefect/rest/rest-errors.js';
import { aRun } from '../support/a-run.js';
import { settle } from '../support/manual-clock.js';

const failure = (status: number) =>
  new OrchestratorUnavailableError('Reading', 'here', {
    cause: new PrefectRefusedError({ method: 'GET', path: '/', status, detail: '' }),
  });

describe('RunReads', () => {
  const createSubject = (broken: readonly string[] = [], status = 500) => {
    const calls: string[] = [];
    const isBroken = (ids: readonly string[]) => ids.some((id) => broken.includes(id));
    const api = {
      listFlowRuns: async ({ flow_runs }: { flow_runs: { id: { any_: readonly string[] } } }) => {
        const ids = flow_runs.id.any_;
        calls.push(`list ${ids.join(' ')}`);
        if (isBroken(ids)) throw failure(status);
        return ids.filter((id) => id !== 'gone').map((id) => aRun({ id }));
      },
      readFlowRun: async (id: string) => {
        calls.push(`read ${id}`);
        if (isBroken([id])) throw failure(status);
        return id === 'gone' ? null : aRun({ id });
      },
    };
    return { calls, reads: new RunReads(api as unknown as PrefectApi, () => 42) };
  };
  const outcomes = (ids: readonly string[], reads: RunReads) =>
    Promise.all(
      ids.map((id) =>
        reads.read(id).then(
          ({ run, atMs }) => `${run?.id ?? 'deleted'} ${atMs}`,
          () => 'failed',
        ),
      ),
    );

  it('reads one run alone, and those of one turn together', async () => {
    const { calls, reads } = createSubject();

    expect(await outcomes(['a'], reads)).to.deep.equal(['a 42']);
    expect(await outcomes(['a', 'b', 'gone', 'a'], reads)).to.deep.equal(['a 42', 'b 42', 'deleted 42', 'a 42']);

    expect(calls).to.deep.equal(['read a', 'list a b gone', 'read gone']);
  });

  it('takes a run for deleted only after a read of its own, as a list can omit any', async () => {
    const api = {
      listFlowRuns: async () => [],
      readFlowRun: async (id: string) => (id === 'gone' ? null : aRun({ id })),
    };
    const reads = new RunReads(api as unknown as PrefectApi, () => 42);

    expect(await outcomes(['a', 'gone', 'b'], reads)).to.deep.equal(['a 42', 'deleted 42', 'b 42']);
  });

  it('makes requests during a read join the next one, because its data may be old', async () => {
    const { calls, reads } = createSubject();
    const first = reads.read('a');
    await null;
    await null;
    const later = [reads.read('b'), reads.read('a')];
    await Promise.all([first, ...later]);

    expect(calls).to.deep.equal(['read a', 'list b a']);
  });

  it('starts no read before the last one is over', async () => {
    const calls: string[] = [];
    let answer: () => void = () => {};
    const api = {
      readFlowRun: async (id: string) => {
        calls.push(id);
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return aRun({ id });
      },
    };
    const reads = new RunReads(api as unknown as PrefectApi, () => 42);
    const first = reads.read('a');
    await settle();
    const second = reads.read('b');
    await settle();
    expect(calls).to.deep.equal(['a']);

    answer();
    await first;
    await settle();
    answer();

    expect((await second).run?.id).to.equal('b');
  });

  it('has no entry for a deleted run', async () => {
    const { runs } = await createSubject().reads.readAll(['gone']);

    expect([...runs.keys()]).to.deep.equal([]);
  });

  it('fails only for the run that the server cannot read', async () => {
    const { calls, reads } = createSubject(['b']);

    expect(await outcomes(['a', 'b', 'c'], reads)).to.deep.equal(['a 42', 'failed', 'c 42']);
    expect(calls).to.deep.equal(['list a b c', 'read a', 'read b', 'read c']);
    const { runs, broken } = await reads.readAll(['a', 'b']);
    expect([[...runs.keys()], [...broken.keys()]]).to.deep.equal([['a'], ['b']]);
  });

  it('requests no single run if the server is unavailable', async () => {
    const { calls, reads } = createSubject(['b'], 503);

    expect(await outcomes(['a', 'b'], reads)).to.deep.equal(['failed', 'failed']);
    expect(calls).to.deep.equal(['list a b']);
    expect(await outcomes(['a'], reads)).to.deep.equal(['a 42']);
  });

  it('reads two hundred together', async () => {
    const { calls, reads } = createSubject();
    const ids = Array.from({ length: 201 }, (_, index) => `r${index}`);

    const { runs } = await reads.readAll(ids);

    expect(runs.size).to.equal(201);
    expect(calls).to.deep.equal([`list ${ids.slice(0, 200).join(' ')}`, 'read r200']);
  });

  it('fails as a whole if a single read finds the server unavailable', async () => {
    const { reads } = createSubject(['a'], 503);

    expect(await reads.readAll(['a']).catch(() => 'failed')).to.equal('failed');
  });

  it('reads eight concurrently if the list fails', async () => {
    let [now, most] = [0, 0];
    const api = {
      listFlowRuns: async () => {
        throw failure(500);
      },
      readFlowRun: async (id: string) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return aRun({ id });
      },
    };
    const ids = Array.from({ length: 20 }, (_, index) => `r${index}`);

    const { runs } = await new RunReads(api as unknown as PrefectApi, () => 42).readAll(ids);

    expect([most, runs.size]).to.deep.equal([8, 20]);
  });
});
