import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import type { LogsApi } from '../../../src/aws/logs-api.js';
import { readLogTail } from '../../../src/observation/logs/read-log-tail.js';
import { awsError } from '../../support/fake-ecs.js';

const LOCATION = { group: 'g', stream: 's', region: null };

function logsThat(answer: readonly { readonly message?: string }[] | Error) {
  const calls: unknown[][] = [];
  const logs: Pick<LogsApi, 'getLogEvents'> = {
    getLogEvents: async (...call) => {
      calls.push(call);
      if (answer instanceof Error) throw answer;
      return { events: [...answer], nextForwardToken: null, nextBackwardToken: null };
    },
  };
  return { logs, calls };
}

describe('readLogTail', () => {
  it('reads the last lines of a stream, and can be aborted', async () => {
    const { logs, calls } = logsThat([{ message: 'a' }, {}, { message: 'b' }]);
    const { signal } = new AbortController();

    expect(await readLogTail(logs, LOCATION, 20, null, signal)).to.deep.equal(['a', 'b']);
    const input = { logGroupName: 'g', logStreamName: 's', limit: 20, startFromHead: false };
    expect(calls).to.deep.equal([[input, { signal }]]);
    await readLogTail(logs, LOCATION, 20, null);
    expect(calls[1]).to.deep.equal([input, {}]);
  });

  it('finds no lines if group or stream is missing', async () => {
    const { logs } = logsThat(awsError('ResourceNotFoundException', 'no such stream'));

    expect(await readLogTail(logs, LOCATION, 20, null)).to.deep.equal([]);
  });

  it('rejects with any other failure', async () => {
    const { logs } = logsThat(awsError('AccessDeniedException', 'not allowed'));

    const failure = await readLogTail(logs, LOCATION, 20, null).catch((error: unknown) => error);

    expect(failure).to.have.property('name', 'AccessDeniedException');
  });

  /** A stream of pages, the newest first; the token of the last page does not change. */
  function logsOfPages(...pages: readonly (readonly string[])[]) {
    const asked: (string | undefined)[] = [];
    const limits: (number | undefined)[] = [];
    const logs: Pick<LogsApi, 'getLogEvents'> = {
      getLogEvents: async ({ nextToken, limit }) => {
        asked.push(nextToken);
        limits.push(limit);
        const page = nextToken === undefined ? 0 : Number(nextToken);
        const events = (pages[page] ?? []).map((message) => ({ message }));
        const before = String(Math.min(page + 1, pages.length));
        return { events, nextForwardToken: 'f', nextBackwardToken: before };
      },
    };
    return { logs, asked, limits };
  }

  it('follows empty pages backwards until the token does not change', async () => {
    const { logs, asked } = logsOfPages([], ['c'], [], ['a', 'b']);

    expect(await readLogTail(logs, LOCATION, 20, null)).to.deep.equal(['a', 'b', 'c']);
    expect(asked).to.deep.equal([undefined, '1', '2', '3', '4']);
  });

  it('reads only as far back as needed, and requests only the missing lines', async () => {
    const { logs, limits } = logsOfPages(['d'], ['b', 'c'], ['a']);

    expect(await readLogTail(logs, LOCATION, 3, null)).to.deep.equal(['b', 'c', 'd']);
    expect(limits).to.deep.equal([3, 2]);
  });

  it('reads an empty stream once more, because the last lines may be late', async () => {
    const clock = new FakeClock();
    const { logs, calls } = logsThat([]);
    const reading = readLogTail(logs, LOCATION, 20, { clock, settleMs: 3_000 });
    await clock.advance(2_999);
    const before = calls.length;
    await clock.advance(1);

    expect(await reading).to.deep.equal([]);
    expect([before, calls.length]).to.deep.equal([1, 2]);
  });

  it('reads a stream that has lines once', async () => {
    const { logs, calls } = logsThat([{ message: 'a' }]);

    await readLogTail(logs, LOCATION, 20, { clock: new FakeClock(), settleMs: 3_000 });

    expect(calls).to.have.length(1);
  });
});
