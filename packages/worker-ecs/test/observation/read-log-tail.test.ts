import { expect } from 'chai';
import type { LogsApi } from '../../src/aws/logs-api.js';
import { readLogTail } from '../../src/observation/read-log-tail.js';
import { awsError } from '../support/fake-ecs.js';

const LOCATION = { group: 'g', stream: 's', region: null };

function logsThat(answer: readonly { readonly message?: string }[] | Error) {
  const calls: unknown[][] = [];
  const logs: LogsApi = {
    getLogEvents: async (...call) => {
      calls.push(call);
      if (answer instanceof Error) throw answer;
      return { events: [...answer], nextForwardToken: null, nextBackwardToken: null };
    },
  };
  return { logs, calls };
}

describe('readLogTail', () => {
  it('reads the last lines of a stream, and can be broken off', async () => {
    const { logs, calls } = logsThat([{ message: 'a' }, {}, { message: 'b' }]);
    const { signal } = new AbortController();

    expect(await readLogTail(logs, LOCATION, 20, signal)).to.deep.equal(['a', 'b']);
    const input = { logGroupName: 'g', logStreamName: 's', limit: 20, startFromHead: false };
    expect(calls).to.deep.equal([[input, { signal }]]);
    await readLogTail(logs, LOCATION, 20);
    expect(calls[1]).to.deep.equal([input, {}]);
  });

  it('finds no lines where group or stream is missing', async () => {
    const { logs } = logsThat(awsError('ResourceNotFoundException', 'no such stream'));

    expect(await readLogTail(logs, LOCATION, 20)).to.deep.equal([]);
  });

  it('rejects with any other failure', async () => {
    const { logs } = logsThat(awsError('AccessDeniedException', 'not allowed'));

    const failure = await readLogTail(logs, LOCATION, 20).catch((error: unknown) => error);

    expect(failure).to.have.property('name', 'AccessDeniedException');
  });
});
