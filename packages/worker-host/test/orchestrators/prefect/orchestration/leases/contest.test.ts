import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import type { ApiFlowRun } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import type { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import { contest, type FreeRun } from '../../../../../src/orchestrators/prefect/orchestration/leases/contest.js';
import { RunReads } from '../../../../../src/orchestrators/prefect/orchestration/run-reads.js';
import { aRun } from '../../support/a-run.js';
import { ManualClock } from '../../support/manual-clock.js';

type Labels = Readonly<Record<string, string>>;

/** Runs without an owner at a server with the given response times. */
function createSubject(ids: readonly string[]) {
  const clock = new ManualClock();
  const runs = new Map<string, ApiFlowRun>(ids.map((id) => [id, aRun({ id, state_type: 'RUNNING' })]));
  const readsAtMs: number[] = [];
  const readTogether: number[] = [];
  const labelled: string[] = [];
  const late: string[] = [];
  const options = { readMs: 0, notFree: new Set<string>() };
  let [tokens, writing, mostWriting] = [0, 0, 0];
  let onLabels: (id: string, store: () => void, signal?: AbortSignal) => Promise<void> = async (_id, store) => store();

  const end = (id: string): void =>
    void runs.set(id, aRun({ id, state_type: 'COMPLETED', labels: runs.get(id)?.labels ?? {} }));
  const write = (id: string, labels: object): void => {
    const run = runs.get(id);
    if (run) runs.set(id, { ...run, labels: { ...run.labels, ...labels } as ApiFlowRun['labels'] });
  };
  const api = {
    listFlowRuns: async ({ flow_runs }: { flow_runs: { id: { any_: readonly string[] } } }) => {
      const { any_ } = flow_runs.id;
      readsAtMs.push(clock.monotonicMs());
      readTogether.push(any_.length);
      if (options.readMs > 0) await clock.sleep(options.readMs);
      return any_.flatMap((id) => runs.get(id) ?? []);
    },
    updateFlowRunLabels: async (id: string, labels: Labels, isUrgent: boolean, signal?: AbortSignal) => {
      labelled.push(`${id} ${isUrgent}`);
      writing += 1;
      mostWriting = Math.max(mostWriting, writing);
      await onLabels(id, () => write(id, labels), signal).finally(() => {
        writing -= 1;
      });
    },
  };
  const asApi = { ...api, readFlowRun: async (id: string) => (await api.listFlowRuns(oneOf(id)))[0] ?? null };
  const free = ids.map(
    (id): FreeRun => ({
      run: aRun({ id, state_type: 'RUNNING' }),
      history: {
        attempt: { flowRunId: id, id: `attempt-${id}`, startedAtMs: 0 },
        isRepeated: false,
        note: null,
        seenAtMs: 0,
      },
    }),
  );
  const hold = (signal?: AbortSignal) =>
    contest(
      free,
      {
        api: asApi as unknown as PrefectApi,
        clock,
        logger: silentLogger,
        reads: new RunReads(asApi as unknown as PrefectApi, () => clock.monotonicMs()),
        issueToken: () => {
          tokens += 1;
          return `token-${tokens}`;
        },
        ownership: { identity: { name: 'w', type: 't', workPoolName: 'p' }, workPoolId: null, silenceMs: 18_000 },
        deathsOf: () => 2,
        readJudgement: async () => (each) => !options.notFree.has(each.run.id),
        onLate: (id) => void late.push(id),
      },
      signal,
    );
  return {
    clock,
    free,
    runs,
    readsAtMs,
    readTogether,
    labelled,
    late,
    options,
    end,
    write,
    hold,
    mostWriting: () => mostWriting,
    whileLabelling: (handler: typeof onLabels) => {
      onLabels = handler;
    },
  };
}

const oneOf = (id: string) => ({ flow_runs: { id: { any_: [id] } } });

describe('contest', () => {
  it('wins a run whose labels are unchanged after two seconds', async () => {
    const { clock, free, hold, labelled, readsAtMs, runs } = createSubject(['r1']);
    const beganAtMs = clock.monotonicMs();

    const won = await clock.run(hold());

    expect(won).to.deep.equal([
      { run: runs.get('r1'), free: free[0], fencingToken: 'token-1', seenAtMs: beganAtMs + 2000, deaths: 2 },
    ]);
    expect(readsAtMs).to.deep.equal([beganAtMs, beganAtMs + 2000]);
    expect(labelled).to.deep.equal(['r1 true']);
    expect(runs.get('r1')?.labels).to.deep.equal({
      'prefect.worker.name': 'w',
      'prefect.worker.type': 't',
      'prefect.work-pool.name': 'p',
      'worker-host.attempt': 'attempt-r1',
      'worker-host.lease': 'token-1',
      'worker-host.heartbeat': '{"worker":"w","silenceSeconds":18,"deaths":2}',
    });
  });

  it('reads and labels eight runs at a time, two labels concurrently, and reads all of them again together', async () => {
    const ids = Array.from({ length: 18 }, (_, index) => `r${index}`);
    const { clock, hold, mostWriting, readTogether, whileLabelling } = createSubject(ids);
    whileLabelling(async (_id, store) => {
      await clock.sleep(10);
      store();
    });

    const won = await clock.run(hold());

    expect(won.map(({ run }) => run.id)).to.have.members(ids);
    expect(readTogether).to.deep.equal([8, 8, 2, 18]);
    expect(mostWriting()).to.equal(2);
  });

  it('labels no run that was deleted, has ended or has an owner by now, and then does not wait', async () => {
    const { clock, end, hold, labelled, options, runs } = createSubject(['ended', 'deleted', 'owned']);
    end('ended');
    runs.delete('deleted');
    options.notFree.add('owned');

    expect(await hold()).to.deep.equal([]);

    expect(labelled).to.deep.equal([]);
    expect(clock.waitsMs).to.deep.equal([]);
  });

  it('labels the free ones among runs that are not all free any more', async () => {
    const { clock, end, hold, labelled, options, runs } = createSubject(['ended', 'r1', 'deleted', 'owned', 'r2']);
    end('ended');
    runs.delete('deleted');
    options.notFree.add('owned');

    const won = await clock.run(hold());

    expect(won.map(({ run }) => run.id)).to.deep.equal(['r1', 'r2']);
    expect(labelled).to.deep.equal(['r1 true', 'r2 true']);
  });

  it('does not win a run that ends, is deleted or is labelled by another worker during these two seconds', async () => {
    const { clock, end, hold, late, runs, write } = createSubject(['ended', 'deleted', 'sibling', 'r1']);
    const winning = hold();
    await clock.advance(1999);
    end('ended');
    runs.delete('deleted');
    write('sibling', { 'worker-host.lease': 'token-of-a-sibling' });
    await clock.advance(1);

    expect((await winning).map(({ run }) => run.id)).to.deep.equal(['r1']);
    expect(late).to.deep.equal([]);
  });

  it('labels none if the read exceeded its time, because another worker may have read the same', async () => {
    const { clock, hold, labelled, late, options } = createSubject(['r1']);
    options.readMs = 1500;

    expect(await clock.run(hold())).to.deep.equal([]);

    expect([labelled, late]).to.deep.equal([[], []]);
  });

  it('gives the labels the rest of that time', async () => {
    const { clock, hold, labelled, late, options, whileLabelling } = createSubject(['r1', 'r2', 'r3']);
    options.readMs = 1499;
    whileLabelling(async (_id, store) => {
      store();
      await clock.sleep(1);
    });
    const waiting = hold();
    await clock.advance(1500);

    expect(labelled).to.deep.equal(['r1 true', 'r2 true']);
    await clock.advance(10_000);
    expect(await waiting).to.deep.equal([]);
    expect(late).to.deep.equal(['r1', 'r2']);
  });

  it('reports a run whose labels were stored without a timely response, and does not win it', async () => {
    const { clock, hold, late, whileLabelling } = createSubject(['lost', 'refused', 'r1']);
    whileLabelling(async (id, store) => {
      if (id !== 'refused') store();
      if (id !== 'r1') throw new Error('away');
    });

    const won = await clock.run(hold());

    expect(won.map(({ run }) => run.id)).to.deep.equal(['r1']);
    expect(late).to.deep.equal(['lost']);
  });

  it('rejects when it is aborted during a label request, whatever the outcome of that request', async () => {
    const { clock, hold, whileLabelling } = createSubject(['r1']);
    const stopping = new AbortController();
    const reason = new Error('stopping');
    whileLabelling(async (_id, _store, signal) => clock.sleep(1000, signal));
    const failure = hold(stopping.signal).catch((error: unknown) => error);
    await clock.advance(500);

    stopping.abort(reason);

    expect(await failure).to.equal(reason);
    expect(clock.waitsMs).not.to.include(2000);
  });
});
