import { type State, type StateType, WorkerResult } from '@worker-host/core';
import { expect } from 'chai';
import type { Conclusion } from '../../src/host/run/run-state.js';
import { type ReportedEnd, resultOf } from '../../src/tracing/run-result.js';
import { endOf } from '../host/support/fake-worker.js';

function ended(statusCode: number, kind: string | null = null): Conclusion {
  const diagnosis =
    kind === null ? null : ({ kind, level: 'error', summary: 's', detail: 'd', resolution: null } as const);
  return { because: 'ended', result: new WorkerResult('pid', statusCode, endOf(statusCode, { diagnosis })), nowMs: 0 };
}
const propose = (type: StateType, message: string | null = null): ReportedEnd['decision'] => ({
  kind: 'propose',
  proposal: { type, message },
});
const state = (type: StateType, name: string): State => ({
  ...({ id: 's', type, name, message: 'm', timestamp: '', stateDetails: {} } as unknown as State),
});
const NOTHING: ReportedEnd = { conclusion: null, decision: null, accepted: null, foundType: null, failure: null };

const LEFT = { kind: 'leave', reason: '', isOver: true } as const;

describe('the result of a run', () => {
  for (const [what, end, expected] of [
    ['completes', { conclusion: ended(0), decision: propose('COMPLETED') }, ['success', null]],
    ['fails', { conclusion: ended(3), decision: propose('FAILED') }, ['failure', 'exit 3']],
    ['is killed for its memory', { conclusion: ended(137, 'oom'), decision: propose('FAILED') }, ['failure', 'oom']],
    ['loses its infrastructure', { conclusion: ended(-1), decision: propose('CRASHED') }, ['error', 'exit -1']],
    ['is refused', { decision: propose('CRASHED'), failure: 'refused' }, ['error', 'refused']],
    ['is not launched, nobody knows why', { decision: propose('CRASHED') }, ['error', 'unknown']],
    ['is cancelled', { conclusion: ended(143), decision: propose('CANCELLED') }, ['cancellation', null]],
    [
      'takes too long',
      { conclusion: ended(143), decision: propose('CANCELLED'), accepted: state('FAILED', 'TimedOut') },
      ['timeout', 'timeout'],
    ],
    [
      'fails and is tried again',
      { conclusion: ended(3), decision: propose('FAILED'), accepted: state('SCHEDULED', 'AwaitingRetry') },
      ['failure', 'exit 3'],
    ],
    ['reports its own end', { conclusion: ended(0), decision: LEFT }, ['success', null]],
    ['has reported a failure', { conclusion: ended(0), decision: LEFT, foundType: 'FAILED' }, ['failure', 'exit 0']],
    ['exits with an error unseen', { conclusion: ended(2), decision: LEFT }, ['failure', 'exit 2']],
    ['is gone before it is launched', { decision: LEFT }, ['skip', null]],
  ] as const satisfies readonly (readonly [string, Partial<ReportedEnd>, unknown])[])
    it(`that ${what} is ${expected[0]}`, () => {
      const { result, errorType } = resultOf({ ...NOTHING, ...end });
      expect([result, errorType]).to.deep.equal(expected);
    });
});
