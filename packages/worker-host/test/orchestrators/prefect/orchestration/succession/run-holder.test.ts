import { expect } from 'chai';
import { claimMessage } from '../../../../../src/orchestrators/prefect/orchestration/leases/claim-message.js';
import { ownershipLabels } from '../../../../../src/orchestrators/prefect/orchestration/leases/run-labels.js';
import { holderSeen } from '../../../../../src/orchestrators/prefect/orchestration/succession/run-holder.js';
import { aRun } from '../../support/a-run.js';

const SEEN_MS = Date.parse('2027-01-01T00:00:00Z');
const labelsOf = (name: string, token: string, attemptId: string) =>
  ownershipLabels({
    identity: { name, type: 't', workPoolName: 'p' },
    workPoolId: null,
    token,
    attemptId,
    deaths: 0,
    silenceMs: 18_000,
  });
const aState = (name: string, message: string | null, id = 's1') => ({
  id,
  type: 'PENDING' as const,
  name,
  timestamp: '2027-01-01T00:00:00Z',
  message,
  state_details: {},
});
const claimed = (lease: string, attemptId: string | null = null) =>
  claimMessage({ worker: 'w1', lease, attemptId, silenceMs: 18_000 });
const worker = (name: string, lease: string | null, seenAtMs: number | null) => ({
  kind: 'worker',
  name,
  lease,
  silenceMs: lease === null ? null : 18_000,
  seenAtMs,
});

describe('holderSeen', () => {
  for (const [title, run, expected] of [
    ['its claim, without labels', aRun({ state: aState('Pending', claimed('a.1')) }), worker('w1', 'a.1', SEEN_MS)],
    [
      'its claim, where its labels are the same',
      aRun({ state: aState('Pending', claimed('a.1')), labels: labelsOf('w1', 'a.1', 's1') }),
      worker('w1', 'a.1', SEEN_MS),
    ],
    [
      'the name that another kind of worker has put to its claim',
      aRun({ state: aState('Pending', null), labels: { 'prefect.worker.name': 'py' } }),
      worker('py', null, null),
    ],
    [
      'its claim in a later state',
      aRun({ state: aState('Submitting', claimed('a.1', 's1'), 's2') }),
      worker('w1', 'a.1', SEEN_MS),
    ],
    [
      'labels of the same attempt before the claim: it was taken over',
      aRun({ state: aState('Pending', claimed('a.1')), labels: labelsOf('w2', 'b.1', 's1') }),
      worker('w2', 'b.1', null),
    ],
    [
      'the claim before labels of an earlier attempt',
      aRun({ state: aState('Pending', claimed('a.2')), labels: labelsOf('w2', 'b.1', 's0') }),
      worker('w1', 'a.2', SEEN_MS),
    ],
    [
      'labels, where the job runs',
      aRun({ state_type: 'RUNNING', labels: labelsOf('w2', 'b.1', 's1') }),
      worker('w2', 'b.1', null),
    ],
    [
      'a name that was put over ours',
      aRun({ state_type: 'RUNNING', labels: { ...labelsOf('w2', 'b.1', 's1'), 'prefect.worker.name': 'py' } }),
      worker('py', null, null),
    ],
    [
      'that it was released',
      aRun({ labels: labelsOf('w2', 'released', 's1'), state: aState('Pending', null) }),
      { kind: 'released' },
    ],
    [
      'nobody, where labels of an earlier attempt were released',
      aRun({ labels: labelsOf('w2', 'released', 's0'), state: aState('Pending', null) }),
      { kind: 'unknown', sinceMs: SEEN_MS },
    ],
    [
      'nobody, where another kind of worker claimed it',
      aRun({ state: aState('Pending', null) }),
      { kind: 'unknown', sinceMs: SEEN_MS },
    ],
    ['nothing clear, where it runs without labels', aRun({ state_type: 'RUNNING' }), { kind: 'unclear' }],
    [
      'nothing clear, where it is being cancelled',
      aRun({ state_type: 'CANCELLING', labels: labelsOf('w2', 'b.1', 's1') }),
      { kind: 'unclear' },
    ],
  ] as const) {
    it(`uses ${title}`, () => {
      expect(holderSeen(run)).to.deep.equal(expected);
    });
  }
});
