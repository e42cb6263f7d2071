import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import type { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import { LeaseBook } from '../../../../../src/orchestrators/prefect/orchestration/leases/lease-book.js';
import { StateBatches } from '../../../../../src/orchestrators/prefect/orchestration/leases/state-batches.js';
import { RunReads } from '../../../../../src/orchestrators/prefect/orchestration/run-reads.js';
import { aRun } from '../../support/a-run.js';
import { ManualClock } from '../../support/manual-clock.js';

const LABELS = {
  'prefect.worker.name': 'w',
  'worker-host.attempt': 'a-1',
  'worker-host.lease': 't-1',
  'worker-host.heartbeat': '{"worker":"w","silenceSeconds":18}',
};
const ATTEMPT_AT_MS = Date.parse('2027-01-01T00:00:00Z');

function createSubject() {
  const clock = new ManualClock();
  const requests: string[] = [];
  const ends: string[] = [];
  const api = {
    bulkStates: { isSupported: false },
    readFlowRun: async (id: string) => {
      requests.push(`read ${id}`);
      return aRun({ id, state_type: 'RUNNING', labels: LABELS });
    },
    updateFlowRunLabels: async (id: string, labels: Readonly<Record<string, string>>) =>
      void requests.push(`label ${id} ${labels['worker-host.lease']}`),
    updateFlowRun: async (id: string) => void requests.push(`update ${id}`),
  } as unknown as PrefectApi;
  const book = new LeaseBook(
    {
      api,
      clock,
      logger: silentLogger,
      reads: new RunReads(api, () => clock.monotonicMs()),
      batches: new StateBatches(api, () => clock.monotonicMs()),
      identity: { name: 'w', type: 't', workPoolName: 'p' },
      leaseMs: 18_000,
      workPoolId: () => null,
      isBusy: () => false,
      heartbeat: async () => clock.monotonicMs() + 18_000,
      rememberPlace: async () => {},
      log: () => {},
    },
    (flowRunId, { mayBeFree, released }) => void ends.push(`${flowRunId} ${mayBeFree} ${released}`),
  );
  const grant = (flowRunId: string, id = 'a-1') =>
    book.grant({
      attempt: { flowRunId, id, startedAtMs: ATTEMPT_AT_MS },
      fencingToken: 't-1',
      expiresAtMs: clock.monotonicMs() + 18_000,
      seenAtMs: clock.monotonicMs(),
      isLabelled: true,
      knownPid: null,
      concurrencyLeaseId: null,
      deaths: 0,
    });
  return { book, clock, ends, grant, requests };
}

describe('LeaseBook', () => {
  it('contains the leases that were granted and have not ended', async () => {
    const { book, ends, grant } = createSubject();
    const lease = grant('r1');
    grant('r2');
    expect([book.size, book.ids, book.has('r1')]).to.deep.equal([2, ['r1', 'r2'], true]);

    await lease.release('failed');

    expect([book.size, book.ids, book.has('r1')]).to.deep.equal([1, ['r2'], false]);
    expect(ends).to.deep.equal(['r1 true failed']);
  });

  it('ends the lease of an attempt when a later one of the run is granted, and keeps that', () => {
    const { book, ends, grant } = createSubject();
    const first = grant('r1');

    const second = grant('r1', 'a-2');

    expect([first.isHeld, second.isHeld]).to.deep.equal([false, true]);
    expect(book.ids).to.deep.equal(['r1']);
    expect(ends).to.deep.equal(['r1 false null']);
  });

  it('releases all of them, and resolves when the server has stored it', async () => {
    const { book, ends, grant, requests } = createSubject();
    grant('r1');
    grant('r2');

    await book.releaseAll();

    expect(requests).to.deep.equal(['label r1 released', 'label r2 released']);
    expect(ends).to.deep.equal(['r1 true worker-stopping', 'r2 true worker-stopping']);
    expect(book.size).to.equal(0);
  });

  for (const [title, stateId, afterMs, expected] of [
    ['a later state of the run', 's-2', 1, ['read r1', 'update r1']],
    ['the claim of its own attempt', 'a-1', 1, ['update r1']],
    ['a state as old as the attempt', 's-2', 0, ['update r1']],
    ['a state from before the attempt', 's-2', -1, ['update r1']],
  ] as const) {
    it(`${expected.length > 1 ? 'reads' : 'does not read'} the run before the next write after ${title}`, async () => {
      const { book, grant, requests } = createSubject();
      const lease = grant('r1');

      book.noteMove({ flowRunId: 'r1', stateId, occurredMs: ATTEMPT_AT_MS + afterMs, isClaim: false });
      book.noteMove({ flowRunId: 'unknown', stateId, occurredMs: ATTEMPT_AT_MS + afterMs, isClaim: false });
      await lease.storeInfrastructurePid('task-1');

      expect(requests).to.deep.equal(expected);
    });
  }

  it('extends every lease by a heartbeat', () => {
    const { book, clock, grant } = createSubject();
    const leases = [grant('r1'), grant('r2')];
    const nowMs = clock.monotonicMs();

    book.extend(nowMs + 5000, nowMs + 5100);

    expect(leases.map(({ expiresAtMs }) => expiresAtMs - nowMs)).to.deep.equal([23_000, 23_000]);
  });

  it('ends the lease of a run that was read and is no longer its own', () => {
    const { book, grant } = createSubject();
    const lease = grant('r1');

    book.note('r2', { run: null, atMs: 0 });
    expect(lease.isHeld).to.equal(true);
    book.note('r1', { run: null, atMs: 0 });

    expect(lease.isHeld).to.equal(false);
  });
});
