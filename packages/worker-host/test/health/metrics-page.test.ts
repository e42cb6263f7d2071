import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const PACKAGE = new URL('../../../', import.meta.url);

describe('docs/operations.md', () => {
  it('lists every metric that the host measures, and none that it does not', () => {
    const folder = new URL('src/', PACKAGE);
    const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(new URL(path, folder), 'utf8'))
      .join('\n');
    const page = readFileSync(new URL('../../docs/operations.md', PACKAGE), 'utf8');

    const measured = [
      ...source.matchAll(/\.(?:count|gauge|observe)\(\s*'([a-z_]+)'|name: '(worker_host_[a-z_]+)'/g),
    ].map(([, name, own]) => name ?? own);
    const listed = [...page.matchAll(/`((?:worker_host|prefect)_[a-z_]+)(?:\{\w+\})?`/g)].map(([, name]) => name);

    expect([...new Set(listed)].sort()).to.deep.equal([...new Set(measured)].sort());
  });
});
