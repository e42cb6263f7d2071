import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { directoryWarning } from '../../../src/orchestrators/embedded/database/data-directory.js';
import { DataDirectoryUnusableError } from '../../../src/orchestrators/embedded/database/database-errors.js';
import { FileIdentity } from '../../../src/orchestrators/embedded/database/file-identity.js';
import { EmbeddedPool } from '../../../src/orchestrators/embedded/embedded-pool.js';
import { keyOfText, readKeyFile } from '../../../src/orchestrators/embedded/variables-and-secrets/secret-key.js';

function failureOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return null;
}

describe('the files of the embedded pool', () => {
  let home: string;
  let foreign: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'worker-host-files-'));
    foreign = join(home, 'foreign');
    writeFileSync(foreign, 'of somebody else', { mode: 0o644 });
    chmodSync(foreign, 0o644);
  });

  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('follow no link to a key, and do not change the permissions of its target', () => {
    symlinkSync(foreign, join(home, 'secret.key'));

    expect(failureOf(() => readKeyFile(join(home, 'secret.key'))))
      .to.have.property('message')
      .that.includes('symbolic link');
    expect(statSync(foreign).mode & 0o777).to.equal(0o644);
  });

  it('remove permissions only from a key file', () => {
    expect(failureOf(() => readKeyFile(foreign)))
      .to.have.property('message')
      .that.includes('does not contain 32 bytes');
    expect(statSync(foreign).mode & 0o777).to.equal(0o644);

    writeFileSync(foreign, Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)));
    expect(readKeyFile(foreign)).to.have.length(32);
    expect(statSync(foreign).mode & 0o777).to.equal(0o600);
  });

  it('reject a weak key', () => {
    writeFileSync(foreign, Buffer.alloc(32));

    expect(failureOf(() => readKeyFile(foreign))).to.have.property('code', 'SECRET_KEY_WEAK');
    for (const weak of ['short', 'a'.repeat(40)])
      expect(failureOf(() => keyOfText(weak))).to.have.property('code', 'SECRET_KEY_WEAK');
  });

  for (const name of ['worker-host.db', 'worker-host.db-wal'])
    it(`follow no link at ${name}`, () => {
      symlinkSync(join(home, 'elsewhere'), join(home, name));

      expect(failureOf(() => EmbeddedPool.open({ home }).close()))
        .to.have.property('message')
        .that.includes('symbolic link');
      expect(existsSync(join(home, 'elsewhere'))).to.equal(false);
    });

  it('have one key', () => {
    const first = EmbeddedPool.open({ home, secretKey: 'the first long passphrase' });
    first.secrets.set('a', 'value');
    first.close();
    const second = EmbeddedPool.open({ home, secretKey: 'the second long passphrase' });

    expect(failureOf(() => second.secrets.set('b', 'value'))).to.have.property('code', 'SECRET_KEY_OTHER');
    expect(second.secrets.list().map(({ name }) => name)).to.deep.equal(['a']);
    second.close();
  });

  for (const [what, take] of [
    ['deleted', (path: string) => unlinkSync(path)],
    [
      'replaced',
      (path: string) => {
        const copy = readFileSync(path);
        renameSync(path, `${path}.old`);
        writeFileSync(path, copy);
      },
    ],
    ['robbed of their journal', (path: string) => unlinkSync(`${path}-wal`)],
  ] as const)
    it(`are not written once they are ${what}`, () => {
      const folder = join(home, 'data');
      mkdirSync(folder);
      const pool = EmbeddedPool.open({ home: folder });
      pool.variables.set('a', 1);
      take(pool.database.path);

      expect(failureOf(() => pool.variables.set('b', 2))).to.have.property('code', 'DATABASE_REPLACED');
      pool.close();
    });

  for (const [code, remedy] of [
    ['EEXIST', 'Move away what is in its place'],
    ['ENOTDIR', 'Move away what is in its place'],
    ['EISDIR', 'Move away what is in its place'],
    ['EROFS', 'Mount its file system writable'],
    ['EACCES', 'Mend its permissions'],
  ] as const)
    it(`that fail with ${code} are reported with what to do`, () => {
      expect(new DataDirectoryUnusableError('/data', `${code}: it failed`).message).to.contain(remedy);
    });

  it('are detected as replaced also if they were created after the pool was opened', () => {
    const path = join(home, 'late');
    const late = new FileIdentity(path, false);
    expect(late.isReplaced).to.equal(false);
    writeFileSync(path, 'first');
    expect(late.isReplaced).to.equal(false);
    unlinkSync(path);

    expect(late.isReplaced).to.equal(true);
    expect(new FileIdentity(foreign, true).isReplaced).to.equal(false);
  });

  it('cause a warning if others can replace them', () => {
    chmodSync(home, 0o777);
    expect(directoryWarning(home)).to.include('[mode=0777]').and.to.include('chmod 700');
    chmodSync(home, 0o700);
    expect(directoryWarning(home)).to.equal(null);
  });
});
