import { expect } from 'chai';
import { jsonRows } from '../../../../src/orchestrators/embedded/database/json-rows.js';
import { timeOrderedId } from '../../../../src/orchestrators/embedded/database/time-ordered-id.js';
import { newRun, PoolBench } from '../support/pool-bench.js';

describe('rows as JSON', () => {
  it('keep texts as they are, but for what the database cannot hold', () => {
    const rows = [
      ['a\0b', 1, null],
      ['half \ud800 of 😀', '\\u0000', 'é'],
    ];

    expect(JSON.parse(jsonRows(rows))).to.deep.equal([
      ['ab', 1, null],
      ['half \ufffd of 😀', '\\u0000', 'é'],
    ]);
  });

  it('store a message with a NUL whole', async () => {
    const bench = new PoolBench();
    const { runs } = bench.openWithPool();
    const { id } = runs.create(newRun());
    runs.propose(id, { type: 'CANCELLED', message: 'before\0after' });

    expect(runs.read(id).state?.message).to.equal('beforeafter');
    await bench.dispose();
  });
});

describe('a time-ordered id', () => {
  it('is a UUID of version 7 that sorts by its time', () => {
    const times = [0, 1, 1_700_000_000_000, 1_700_000_000_001];
    const ids = times.map(timeOrderedId);

    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.map((id) => Number.parseInt(id.replace('-', '').slice(0, 12), 16))).to.deep.equal(times);
    expect([...ids].sort()).to.deep.equal(ids);
    expect(timeOrderedId(5)).to.not.equal(timeOrderedId(5));
  });
});
