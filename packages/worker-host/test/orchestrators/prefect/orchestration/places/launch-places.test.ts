import type { LaunchPlace } from '@worker-host/core';
import { expect } from 'chai';
import type { PrefectApi } from '../../../../../src/orchestrators/prefect/api/prefect-api.js';
import { launchLabel } from '../../../../../src/orchestrators/prefect/orchestration/leases/run-labels.js';
import { readLaunchPlaces } from '../../../../../src/orchestrators/prefect/orchestration/places/launch-places.js';
import { aRun } from '../../support/a-run.js';

const asApi = (api: object) => api as unknown as PrefectApi;

describe('readLaunchPlaces', () => {
  it('returns each place once, newest first, at most a hundred, of two hundred runs and then of those stored', async () => {
    const launch = (place: Record<string, string>) =>
      aRun({ labels: launchLabel('a', { relaunch: 0, place, earlierPid: null }) });
    const pages: unknown[] = [];
    const items = [
      launch({ a: '1', b: '2' }),
      aRun(),
      launch({ b: '2', a: '1' }),
      ...Array.from({ length: 120 }, (_, index) => launch({ a: `${index + 2}`, b: '2' })),
    ];
    const api = {
      listFlowRunPage: async (_filter: unknown, page: unknown) => {
        pages.push(page);
        return { items, hasMore: false };
      },
    };

    const stored = { read: async (): Promise<LaunchPlace[]> => [{ b: '2', a: '1' }, { c: 3 }] };
    const places = await readLaunchPlaces(asApi(api), stored, 'p');

    expect(pages).to.deep.equal([{ sort: 'START_TIME_DESC', limit: 200, offset: 0 }]);
    expect(places).to.have.length(100);
    expect(places.at(-1)).to.deep.equal({ c: 3 });
    expect(places.slice(0, 2)).to.deep.equal([
      { a: '1', b: '2' },
      { a: '2', b: '2' },
    ]);
    items.length = 2;
    expect(await readLaunchPlaces(asApi(api), stored, 'p')).to.deep.equal([{ a: '1', b: '2' }, { c: 3 }]);
  });
});
