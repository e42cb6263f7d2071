import { expect } from 'chai';
import { sampleJobs } from '../src/sample-jobs.js';
import { allAsExpected, type EndedJob, renderSummary } from '../src/summary.js';

const aJob = (more: Partial<EndedJob> = {}): EndedJob => ({
  title: 'count',
  runId: '1',
  expected: 'COMPLETED',
  stateType: 'COMPLETED',
  stateName: 'Completed',
  exitCode: 0,
  phases: [
    ['queued', 0.5],
    ['run', 1.25],
  ],
  diagnosis: null,
  tail: [],
  ...more,
});

describe('summary of the first run', () => {
  it('shows each run with its phases, and - for unknown ones', () => {
    const text = renderSummary([aJob(), aJob({ title: 'stopped early', exitCode: null, phases: [['queued', 2]] })]);

    expect(text.split('\n').slice(2, 5)).to.deep.equal([
      'JOB            ENDED      EXIT  QUEUED   RUN',
      'count          Completed     0    0.50  1.25',
      'stopped early  Completed     -    2.00     -',
    ]);
  });

  it('fits into a terminal of 80 columns', () => {
    const names = ['queued', 'provisioning', 'image_pull', 'start', 'run', 'stop'];
    const phases = names.map((name) => [name, 2.345] as const);
    const table = renderSummary(sampleJobs().map(({ title }) => aJob({ title, phases })));

    for (const line of table.split('\n')) expect(line.length, line).to.be.at.most(80);
  });

  it('explains why a run failed', () => {
    const diagnosis = { summary: 'It ended with 3.', detail: 'Line one.\nLine two.', resolution: 'Read its log.' };

    const text = renderSummary([
      aJob({
        title: 'check',
        expected: 'FAILED',
        stateType: 'FAILED',
        stateName: 'Failed',
        exitCode: 3,
        diagnosis,
        tail: ['not JSON'],
      }),
    ]);

    expect(text).to.contain('Why "check" failed\n  It ended with 3.\n  Line one.\n  Line two.\n  Try: Read its log.\n');
    expect(text).to.contain('  Its last lines:\n    not JSON\n').and.not.to.contain('expected');
  });

  it('marks a run with an unexpected end', () => {
    const jobs = [aJob(), aJob({ stateType: 'CRASHED', stateName: 'Crashed' })];

    expect(renderSummary(jobs)).to.contain('Crashed (expected COMPLETED)');
    expect(allAsExpected(jobs)).to.equal(false);
    expect(allAsExpected([aJob(), aJob({ expected: 'CANCELLED', stateType: 'CANCELLED' })])).to.equal(true);
  });
});
