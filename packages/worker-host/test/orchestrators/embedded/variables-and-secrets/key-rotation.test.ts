import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { dataFilesOf } from '../../../../src/orchestrators/embedded/database/data-directory.js';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { PoolBench, thrownBy } from '../support/pool-bench.js';

const OLD = 'a passphrase that is long enough';
const NEW = 'another passphrase, as long as that';

describe('a new key for secrets', () => {
  let bench: PoolBench;
  let keyPath: string;
  beforeEach(() => {
    bench = new PoolBench();
    keyPath = dataFilesOf(bench.home).secretKeyPath;
  });
  afterEach(() => bench.dispose());

  const withSecrets = (secretKey?: string): EmbeddedPool => {
    const pool = bench.open(secretKey === undefined ? {} : { secretKey });
    pool.secrets.set('a', 'alpha');
    pool.secrets.set('b', { deep: [1] });
    return pool;
  };
  const read = (pool: EmbeddedPool) => ['a', 'b'].map((name) => pool.secrets.read(name));
  const sealed = (pool: EmbeddedPool) =>
    pool.database.all('SELECT sealed FROM secrets ORDER BY name').map((row) => row.sealed);

  it('in a key file encrypts every secret again, also for processes that have the file open', () => {
    const pool = withSecrets();
    const other = bench.open();
    expect(read(other)).to.deep.equal(['alpha', { deep: [1] }]);
    const [keyBefore, sealedBefore] = [readFileSync(keyPath), sealed(pool)];

    expect(pool.secrets.rotate(null)).to.equal(2);

    expect(readFileSync(keyPath).equals(keyBefore)).to.equal(false);
    expect(sealed(pool).some((text) => sealedBefore.includes(text))).to.equal(false);
    for (const each of [pool, other, bench.open()]) expect(read(each)).to.deep.equal(['alpha', { deep: [1] }]);
    other.secrets.set('c', 'gamma');
    expect(pool.secrets.read('c')).to.equal('gamma');
    expect(existsSync(`${keyPath}.new`)).to.equal(false);
  });

  it('is taken from the draft if the rotation was interrupted after it was stored', () => {
    const pool = withSecrets();
    const oldKey = readFileSync(keyPath);
    pool.secrets.rotate(null);
    writeFileSync(`${keyPath}.new`, readFileSync(keyPath), { mode: 0o600 });
    writeFileSync(keyPath, oldKey);

    expect(read(bench.open())).to.deep.equal(['alpha', { deep: [1] }]);
    expect(existsSync(`${keyPath}.new`)).to.equal(false);
    expect(bench.open().secrets.rotate(null)).to.equal(2);
  });

  it('is not taken from the draft of a rotation that was interrupted before it was stored', () => {
    const pool = withSecrets();
    writeFileSync(`${keyPath}.new`, Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)), { mode: 0o600 });
    expect(read(bench.open())).to.deep.equal(['alpha', { deep: [1] }]);
    expect(pool.secrets.rotate(null)).to.equal(2);
    expect(read(bench.open())).to.deep.equal(['alpha', { deep: [1] }]);
  });

  it('given as text replaces the one given as text', () => {
    const pool = withSecrets(OLD);
    expect(pool.secrets.rotate(NEW)).to.equal(2);
    expect(read(pool)).to.deep.equal(['alpha', { deep: [1] }]);
    expect(read(bench.open({ secretKey: NEW }))).to.deep.equal(['alpha', { deep: [1] }]);
    expect(thrownBy(() => read(bench.open({ secretKey: OLD })))).to.include({ code: 'SECRET_UNREADABLE' });
  });

  it('changes nothing if one secret cannot be decrypted, or the key is weak', () => {
    const pool = withSecrets(OLD);
    expect(thrownBy(() => pool.secrets.rotate('short'))).to.include({ code: 'SECRET_KEY_WEAK' });
    pool.database.run(`UPDATE secrets SET sealed = 'AAAA' WHERE name = 'b'`);
    expect(thrownBy(() => pool.secrets.rotate(NEW))).to.include({ code: 'SECRET_UNREADABLE' });
    expect(bench.open({ secretKey: OLD }).secrets.read('a')).to.equal('alpha');
  });
});
