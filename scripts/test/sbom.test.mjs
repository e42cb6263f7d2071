import { strict as assert } from 'node:assert';
import { fileURLToPath } from 'node:url';
import { bomOf, installedParts, problemsOf } from '../sbom.mjs';

const HOST = fileURLToPath(new URL('../../packages/worker-host', import.meta.url));
const ECS = fileURLToPath(new URL('../../packages/worker-ecs', import.meta.url));
const part = (name, version, licence = 'MIT') => ({ name, version, licence });

describe('sbom', () => {
  it('lists what a package brings along, parts of parts included, each with a licence that may be shipped', () => {
    const parts = installedParts([HOST]);
    const names = new Set(parts.map(({ name }) => name));

    for (const name of ['worker-host', '@worker-host/core', 'ws', 'pino', 'lossless-json'])
      assert(names.has(name), name);
    assert(!names.has('mocha'));
    assert.deepEqual(problemsOf(parts), []);
    assert.equal(bomOf(parts).components.length, parts.length);
  });

  it('lists what is bundled into a package', () => {
    const names = new Set(installedParts([ECS]).map(({ name }) => name));

    for (const name of ['@aws-sdk/client-ec2', '@aws-sdk/core', '@smithy/signature-v4']) assert(names.has(name), name);
    assert(!names.has('rolldown'));
  });

  it('refuses licences that are not allowed, alone or among others', () => {
    for (const licence of ['GPL-3.0', '(MIT AND GPL-3.0)', 'none'])
      assert.equal(problemsOf([part('a', '1.0.0', licence)]).length, 1, licence);
    assert.deepEqual(problemsOf([part('a', '1.0.0', '(GPL-3.0 OR MIT)')]), []);
  });

  it('finds versions that an OSV entry names or spans', () => {
    const entry = (affected) => [{ id: 'X-1', affected: [{ package: { ecosystem: 'npm', name: 'a' }, ...affected }] }];
    const span = { ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }] };

    assert.deepEqual(problemsOf([part('a', '1.1.9')], entry(span)), ['a@1.1.9: X-1 ']);
    assert.deepEqual(problemsOf([part('a', '1.2.0')], entry(span)), []);
    assert.deepEqual(problemsOf([part('b', '1.0.0')], entry(span)), []);
    assert.equal(problemsOf([part('a', '3.0.0')], entry({ versions: ['3.0.0'] })).length, 1);
  });
});
