import { expect } from 'chai';
import { apiCounts, awsCounts, totalOf } from '../../src/comparison/request-counts.js';

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const request = (method: string, path: string) => ({
  method,
  path,
  body: '',
  status: 200,
  answer: '',
  atMs: 0,
  answeredAtMs: 0,
});
const calls = (total: number) => ({ total, ok: total, error: 0, throttled: 0, lost: 0 });

describe('apiCounts', () => {
  it('counts requests by method and path without ids, the most frequent first', () => {
    const counts = apiCounts([
      request('GET', '/work_pools/bench-3'),
      request('PATCH', `/flow_runs/${ID}`),
      request('PATCH', `/flow_runs/${ID.replace('0', '1')}`),
    ]);

    expect(Object.entries(counts)).to.deep.equal([
      ['PATCH /flow_runs/ID', 2],
      ['GET /work_pools/POOL', 1],
    ]);
    expect(totalOf(counts)).to.equal(3);
  });
});

describe('awsCounts', () => {
  it('counts what was called since then', () => {
    const before = { 'ecs:RunTask': calls(2), 'sqs:ReceiveMessage': calls(4) };

    expect(awsCounts(before, { ...before, 'ecs:RunTask': calls(7), 'ecs:StopTask': calls(1) })).to.deep.equal({
      'ecs:RunTask': 5,
      'ecs:StopTask': 1,
    });
  });
});
