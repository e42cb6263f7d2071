import { expect } from 'chai';
import type { ApiWorker } from '../../../../src/orchestrators/prefect/api/api-types.js';
import type { RunHolder } from '../../../../src/orchestrators/prefect/orchestration/run-holder.js';
import { ownerVerdict } from '../../../../src/orchestrators/prefect/orchestration/run-owner.js';

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
  const verdictOn = (holder: RunHolder, workers: readonly ApiWorker[] = [], isNameOurs = false) =>
    ownerVerdict(holder, {
      workers: new Map(workers.map((worker) => [worker.name, worker])),
      ourName: 'us',
      process: { hasIssued: (token) => token === 'own.1', hasIssuerEnded: (token) => token === 'ended.1' },
      serverNowMs: NOW_MS,
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
    ['of another kind of worker that is offline', foreign('gone'), [OTHER]],
    ['of this worker’s name, without a lease', foreign('us'), []],
    ['unlabelled where nobody else is online', unknown(1), [aWorker('us', 1)]],
    ['unlabelled for more than two minutes', unknown(121), [OTHER]],
  ] as const) {
    it(`calls a run ${title} free`, () => {
      expect(verdictOn(holder, workers).isFree).to.equal(true);
    });
  }

  for (const [title, holder, workers, until] of [
    ['of a worker that is silent for just its promise and the margin', ours('other'), [aWorker('other', 21)], NOW_MS],
    ['of a worker that is silent for less than its promise', ours('other'), [aWorker('other', 20)], agoMs(-1)],
    ['whose worker set a state of it since its last heartbeat', ours('other', { seenAtMs: agoMs(2) }), [], agoMs(-19)],
    ['of another kind of worker that is online', foreign('other'), [OTHER], null],
    ['of this worker’s name, which another process may have', ours('us'), [], null],
    ['unlabelled for two minutes beside others', unknown(120), [OTHER], NOW_MS],
    ['unlabelled for less than two minutes beside others', unknown(119), [OTHER], agoMs(-1)],
  ] as const) {
    it(`leaves a run ${title} alone`, () => {
      expect(verdictOn(holder, workers)).to.deep.equal({ isFree: false, untilMs: until });
    });
  }

  it('calls a run of this worker’s name free where no other process can have it', () => {
    expect(verdictOn(ours('us'), [], true).isFree).to.equal(true);
  });
});
