import type { RecordedRequest, RecordingProxy } from '@worker-host/suite-interop';
import { expect } from 'chai';
import { CrashReports } from '../../src/comparison/crash-reports.js';

const body = '{"state": {"type": "CRASHED"}}';

describe('CrashReports', () => {
  const createSubject = (...requests: readonly Partial<RecordedRequest>[]) => {
    const whole = requests.map((each) => ({ method: 'POST', path: '', body, status: 201, answer: '', ...each }));
    return new CrashReports({ requests: whole } as unknown as RecordingProxy);
  };

  it('counts the first crash of each run, when it was stored', () => {
    const reports = createSubject(
      { path: '/flow_runs/a/set_state', status: 503, answeredAtMs: 1 },
      { path: '/flow_runs/a/set_state', body: '{"state": {"type": "PENDING"}}', answeredAtMs: 2 },
      { path: '/flow_runs/a/set_state', answeredAtMs: 3 },
      { path: '/flow_runs/a/set_state', answeredAtMs: 4 },
    );

    expect(reports.count).to.equal(1);
    expect(reports.storedAtMs('a')).to.equal(3);
  });

  it('counts the runs of a request for several that were accepted', () => {
    const results = [
      { flow_run_id: 'a', status: 'ACCEPT' },
      { flow_run_id: 'b', status: 'REJECT' },
    ];
    const answer = JSON.stringify({ results });
    const reports = createSubject({ path: '/flow_runs/bulk_set_state', status: 200, answer, answeredAtMs: 5 });

    expect([reports.storedAtMs('a'), reports.storedAtMs('b')]).to.deep.equal([5, undefined]);
  });
});
