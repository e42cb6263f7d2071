import { expect } from 'chai';
import type { ApiWorker } from '../../../../../src/orchestrators/prefect/api/api-types.js';
import type { RunHolder } from '../../../../../src/orchestrators/prefect/orchestration/succession/run-holder.js';
import { ownerVerdict } from '../../../../../src/orchestrators/prefect/orchestration/succession/run-owner.js';

const NOW_MS = Date.parse('2027-01-01T00:10:00Z');
const agoMs = (seconds: number): number => NOW_MS - seconds * 1000;
const aWorker = (name: string, secondsAgo: number): ApiWorker => ({
  name,
  status: 'ONLINE',
  last_heartbeat_time: new Date(agoMs(secondsAgo)).toISOString(),
});
const ours = (name: string, changes: object = {}): RunHolder => ({
  kind: 'worker',
  name,
  lease: 'alive.1',
  silenceMs: 18_000,
  seenAtMs: null,
  ...changes,
});
const foreign = (name: string): RunHolder => ours(name, { lease: null, silenceMs: null });
const unknown = (secondsAgo: number): RunHolder => ({ kind: 'unknown', sinceMs: agoMs(secondsAgo) });

describe('ownerVerdict', () => {
  const verdictOn = (
    holder: RunHolder,
    workers: readonly ApiWorker[] = [],
    { isNameOurs = false, servedSinceMs = agoMs(3600) } = {},
  ) =>
    ownerVerdict(holder, {
      workers: new Map(workers.map((worker) => [worker.name, worker])),
      ourName: 'us',
      process: { hasIssued: (token) => token === 'own.1', hasIssuerEnded: (token) => token === 'ended.1' },
      serverNowMs: NOW_MS,
      servedSinceMs,
      isNameOurs: () => isNameOurs,
    });
  const OTHER = aWorker('other', 5);

  for (const [title, holder, workers] of [
    ['released', { kind: 'released' } as const, [OTHER]],
    ['whose holder only its history tells', { kind: 'unclear' } as const, [OTHER]],
    ['that this process issued the token of', ours('us', { lease: 'own.1' }), [OTHER]],
    ['whose process has ended here, though its name is alive', ours('other', { lease: 'ended.1' }), [OTHER]],
    ['of a worker that the server does not list', ours('gone'), [OTHER]],
    ['of a worker that never sent a heartbeat', ours('other'), [{ ...OTHER, last_heartbeat_time: null }]],
    ['of a worker that was silent for more than its promise and a margin', ours('other'), [aWorker('other', 21.1)]],
    ['of another kind of worker that is not listed', foreign('gone'), [OTHER]],
    ['of another kind of worker after four and a half intervals', foreign('other'), [aWorker('other', 135.1)]],
    ['of this worker’s name, without a lease', foreign('us'), []],
    ['unlabelled where nobody else is online', unknown(1), [aWorker('us', 1)]],
    ['unlabelled for more than ten minutes', unknown(601), [OTHER]],
    ['unlabelled where no other can be alive', unknown(300), [aWorker('other', 136)]],
  ] as const) {
    it(`considers a run ${title} free`, () => {
      expect(verdictOn(holder, workers).isFree).to.equal(true);
    });
  }

  for (const [title, holder, workers, until] of [
    ['of a worker that is silent for just its promise and the margin', ours('other'), [aWorker('other', 21)], NOW_MS],
    ['of a worker that is silent for less than its promise', ours('other'), [aWorker('other', 20)], agoMs(-1)],
    ['whose worker set a state of it since its last heartbeat', ours('other', { seenAtMs: agoMs(2) }), [], agoMs(-19)],
    ['of another kind of worker with a heartbeat', foreign('other'), [OTHER], agoMs(5) + 135_000],
    [
      'of another kind of worker of an interval of 3 s',
      foreign('other'),
      [{ ...OTHER, heartbeat_interval_seconds: 3 }],
      agoMs(5) + 135_000,
    ],
    [
      'of another kind of worker of an interval of 60 s',
      foreign('other'),
      [{ ...OTHER, heartbeat_interval_seconds: 60 }],
      agoMs(5) + 270_000,
    ],
    ['of this worker’s name, which another process may have', ours('us'), [], null],
    ['unlabelled for ten minutes beside others', unknown(600), [aWorker('other', 0)], NOW_MS],
    ['unlabelled for less than ten minutes beside others', unknown(599), [aWorker('other', 0)], agoMs(-1)],
    ['unlabelled beside one that may count as dead soon', unknown(300), [aWorker('other', 134)], agoMs(-1)],
  ] as const) {
    it(`does not touch a run ${title}`, () => {
      expect(verdictOn(holder, workers)).to.deep.equal({ isFree: false, untilMs: until });
    });
  }

  for (const [title, holder] of [
    ['another kind of worker', foreign('other')],
    ['nobody by name', unknown(3600)],
  ] as const)
    it(`does not touch a run of ${title} until six minutes after an outage, and during it`, () => {
      const until = (servedSinceMs: number) => verdictOn(holder, [aWorker('other', 300)], { servedSinceMs });

      expect(until(Number.POSITIVE_INFINITY)).to.deep.equal({ isFree: false, untilMs: Number.POSITIVE_INFINITY });
      expect(until(agoMs(10))).to.deep.equal({ isFree: false, untilMs: agoMs(10) + 360_000 });
      expect(verdictOn(holder, [aWorker('other', 900)], { servedSinceMs: agoMs(361) }).isFree).to.equal(true);
    });

  it('respects the leases of its own kind, also in an outage', () => {
    const circumstances = { servedSinceMs: Number.POSITIVE_INFINITY };
    expect(verdictOn(ours('other'), [aWorker('other', 22)], circumstances).isFree).to.equal(true);
  });

  it('considers a run of this worker’s name free if no other process can have it', () => {
    expect(verdictOn(ours('us'), [], { isNameOurs: true }).isFree).to.equal(true);
  });
});
