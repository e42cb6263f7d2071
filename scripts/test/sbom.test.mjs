import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { bomOf, installedParts, problemsOf } from '../sbom.mjs';

const HOST = fileURLToPath(new URL('../../packages/worker-host', import.meta.url));
const part = (name, version, licence = 'MIT') => ({ name, version, licence });

describe('sbom', () => {
  it('lists what a package brings along, parts of parts included, each with a licence that may be shipped', () => {
    const parts = installedParts([HOST]);
    const names = parts.map(({ name }) => name);

    expect(names).to.include.members(['worker-host', '@worker-host/core', 'undici', 'pino', 'lossless-json']);
    expect(names).not.to.include('mocha');
    expect(problemsOf(parts)).to.deep.equal([]);
    expect(bomOf(parts).components).to.have.length(parts.length);
  });

  it('refuses licences that are not allowed, alone or among others', () => {
    expect(problemsOf([part('a', '1.0.0', 'GPL-3.0')])).to.have.length(1);
    expect(problemsOf([part('a', '1.0.0', '(MIT AND GPL-3.0)')])).to.have.length(1);
    expect(problemsOf([part('a', '1.0.0', '(GPL-3.0 OR MIT)')])).to.deep.equal([]);
    expect(problemsOf([part('a', '1.0.0', 'none')])).to.have.length(1);
  });

  it('finds versions that an OSV entry names or spans', () => {
    const entry = (affected) => [{ id: 'X-1', affected: [{ package: { ecosystem: 'npm', name: 'a' }, ...affected }] }];
    const span = { ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }] };

    expect(problemsOf([part('a', '1.1.9')], entry(span))).to.deep.equal(['a@1.1.9: X-1 ']);
    expect(problemsOf([part('a', '1.2.0')], entry(span))).to.deep.equal([]);
    expect(problemsOf([part('b', '1.0.0')], entry(span))).to.deep.equal([]);
    expect(problemsOf([part('a', '3.0.0')], entry({ versions: ['3.0.0'] }))).to.have.length(1);
  });
});
