import { silentLogger, silentMeter } from '@worker-host/core';
import { expect } from 'chai';
import { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import { isLive, liveRunPages } from '../../../../../src/orchestrators/prefect/orchestration/succession/live-runs.js';
import { RestClient } from '../../../../../src/orchestrators/prefect/rest/rest-client.js';
import { aConnection } from '../../support/a-connection.js';
import { aRun } from '../../support/a-run.js';
import { FakePrefect } from '../../support/fake-prefect.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('isLive', () => {
  it('is true for a run that is claimed and not final', () => {
    const types = ['SCHEDULED', 'PENDING', 'RUNNING', 'CANCELLING', 'PAUSED', 'COMPLETED', 'CANCELLED', null] as const;

    expect(types.filter((state_type) => isLive({ ...aRun(), state_type }))).to.deep.equal([
      'PENDING',
      'RUNNING',
      'CANCELLING',
    ]);
  });
});

describe('liveRunPages', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const server = new FakePrefect(clock);
    const transport = server.connect();
    const rest = new RestClient({
      connection: aConnection(),
      transport,
      clock,
      logger: silentLogger,
      meter: silentMeter,
      identityHeaders: () => ({}),
    });
    const live = (id: string, atMs: number): void => {
      server.addRun(id, { expected_start_time: new Date(Date.UTC(2027, 0, 1) + atMs).toISOString() });
      server.put(id, 'RUNNING');
    };
    const pages = async (onPage: () => void = () => {}) => {
      const found: string[][] = [];
      for await (const page of liveRunPages(new PrefectApi({ rest, clock, logger: silentLogger }), 'p')) {
        found.push(page.map(({ id }) => id));
        onPage();
      }
      return found;
    };
    return { server, transport, live, pages };
  };

  it('returns every active run once, latest first, however many start at the same time', async () => {
    const { server, live, pages } = createSubject();
    for (let run = 0; run < 650; run += 1) live(`r${run}`, run < 450 ? 1000 : run);
    server.addRun('due');
    live('over', 5);
    server.put('over', 'COMPLETED');

    const found = await pages();

    expect(found.map(({ length }) => length)).to.deep.equal([200, 200, 200, 50]);
    expect(new Set(found.flat()).size).to.equal(650);
    expect(found.flat()).not.to.include('due').and.not.to.include('over');
  });

  it('misses none if runs of an earlier page end meanwhile', async () => {
    const { server, live, pages } = createSubject();
    for (let run = 0; run < 300; run += 1) live(`r${run}`, run);

    const found = await pages(() => {
      for (let run = 200; run < 300; run += 1) server.put(`r${run}`, 'COMPLETED');
    });

    expect(new Set(found.flat()).size).to.equal(300);
  });

  it('omits a run that the server cannot read, wherever it is', async () => {
    for (const broken of [0, 100, 249]) {
      const { server, live, pages } = createSubject();
      for (let run = 0; run < 250; run += 1) live(`r${run}`, run);
      server.label(`r${broken}`, { poison: null });

      const found = (await pages()).flat();

      expect(new Set(found).size).to.equal(249);
      expect(found).not.to.include(`r${broken}`);
    }
  });

  it('ends without a second request if one page contains all', async () => {
    const { transport, live, pages } = createSubject();
    live('r1', 0);

    expect(await pages()).to.deep.equal([['r1']]);
    expect(transport.requests).to.have.length(1);
  });

  it('returns no page if nothing is active', async () => {
    expect(await createSubject().pages()).to.deep.equal([]);
  });
});

describe('the pages of active runs', () => {
  it('end with a run without a start time, after which no other page can begin', async () => {
    let requests = 0;
    const api = {
      listFlowRunPage: async () => {
        requests += 1;
        return { items: requests === 1 ? [aRun({ id: 'a', expected_start_time: null })] : [], hasMore: requests === 1 };
      },
    };
    const given: string[] = [];
    for await (const page of liveRunPages(api as never, 'p')) given.push(...page.map(({ id }) => id));

    expect([given, requests]).to.deep.equal([['a'], 1]);
  });

  it('begin at the time of the last run, without the runs of that time that were already returned', async () => {
    const at = (id: string, second: number) =>
      aRun({ id, expected_start_time: `2027-01-01T00:00:0${second}Z` as never });
    const pages = [[at('a', 9), at('b', 8)], [at('c', 8), at('d', 8)], [at('e', 7)], []];
    const asked: unknown[] = [];
    const api = {
      listFlowRunPage: async ({ flow_runs }: { flow_runs: Record<string, unknown> }) => {
        const { state, ...rest } = flow_runs;
        asked.push(rest);
        return { items: pages[asked.length - 1] ?? [], hasMore: asked.length < 4 };
      },
    };

    const given: string[] = [];
    for await (const page of liveRunPages(api as never, 'p')) given.push(...page.map(({ id }) => id));

    const from = (second: number, ids: readonly string[]) => ({
      expected_start_time: { before_: `2027-01-01T00:00:0${second}Z` },
      id: { not_any_: ids },
    });
    expect(given).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(asked).to.deep.equal([{}, from(8, ['b']), from(8, ['b', 'c', 'd']), from(7, ['e'])]);
  });
});
