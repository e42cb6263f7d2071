import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { METRIC_DEFINITIONS } from '../../src/metrics/metric-definitions.js';

const PACKAGE = new URL('../../../', import.meta.url);
const DEFINED = METRIC_DEFINITIONS.map(({ name }) => name).sort();

describe('the metrics of the host', () => {
  it('are all measured, and none is measured that is not defined', () => {
    const folder = new URL('src/', PACKAGE);
    const measured = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('metric-definitions.ts'))
      .map((path) => readFileSync(new URL(path, folder), 'utf8'))
      .flatMap((source) => [...source.matchAll(/'((?:worker_host|prefect)_[a-z_]+_?[a-z]+)'/g)].map(([, name]) => name))
      .filter((name) =>
        /_(total|seconds|info|ready|problems|paused|taken|limit|runs|waiting|infrastructure)$/.test(name ?? ''),
      );

    expect([...new Set(measured)].sort()).to.deep.equal(DEFINED);
  });

  it('are documented in docs/operations.md with their labels', () => {
    const page = readFileSync(new URL('../../docs/operations.md', PACKAGE), 'utf8');
    const listed = [...page.matchAll(/`((?:worker_host|prefect)_[a-z_]+)(?:\{([\w,]+)\})?`/g)];

    const labels = new Map(METRIC_DEFINITIONS.map((each) => [each.name, Object.keys(each.labels ?? {}).join(',')]));
    expect(listed.map(([, name]) => name).sort()).to.deep.equal(DEFINED);
    for (const [, name = '', shown = ''] of listed) expect(shown, name).to.equal(labels.get(name));
  });
});
