import { expect } from 'chai';
import { readLateRuns } from '../../../src/orchestrators/prefect/late-runs.js';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Returns the given runs, and records the requests. */
function serverWith(items: readonly object[]) {
  const asked: unknown[] = [];
  const listFlowRunPage = async (...given: readonly unknown[]) => {
    asked.push(given);
    return { items, hasMore: false };
  };
  return { api: { listFlowRunPage } as unknown as Parameters<typeof readLateRuns>[0], asked };
}

describe('readLateRuns', () => {
  it('requests scheduled runs of the pool, and omits those with a future retry or that their own job retries', async () => {
    const run = (id: string, next: string | null, policy: object | null = null) => ({
      id,
      name: id,
      expected_start_time: '2026-01-02T03:00:05Z',
      next_scheduled_start_time: next,
      empirical_policy: policy,
      state: null,
    });
    const { api, asked } = serverWith([
      run('late', '2026-01-02T03:00:05Z'),
      run('retry', '2026-01-02T04:00:00Z'),
      run('in-process', '2026-01-02T03:00:05Z', { retry_type: 'in_process' }),
      run('unknown', null),
    ]);

    const late = await readLateRuns(api, 'mine', NOW_MS);

    expect(late.map(({ id }) => id)).to.deep.equal(['late', 'unknown']);
    expect(asked).to.deep.equal([
      [
        {
          flow_runs: {
            state: { type: { any_: ['SCHEDULED'] } },
            expected_start_time: { before_: '2026-01-02T03:04:05.000Z' },
          },
          work_pools: { name: { any_: ['mine'] } },
        },
        { sort: 'EXPECTED_START_TIME_ASC', limit: 200, offset: 0 },
      ],
    ]);
  });
});
