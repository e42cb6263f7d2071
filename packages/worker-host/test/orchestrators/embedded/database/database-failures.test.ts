import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import Libsql from 'libsql';
import { dataFilesOf } from '../../../../src/orchestrators/embedded/database/data-directory.js';
import { EmbeddedDatabase } from '../../../../src/orchestrators/embedded/database/database.js';
import { DatabaseLockedError } from '../../../../src/orchestrators/embedded/database/database-errors.js';
import { whenFree } from '../../../../src/orchestrators/embedded/database/when-free.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

describe('the database file', () => {
  let bench: PoolBench;
  let path: string;
  beforeEach(() => {
    bench = new PoolBench();
    path = dataFilesOf(bench.home).databasePath;
  });
  afterEach(() => bench.dispose());

  it('is for its user alone, and its folder too where it is made', () => {
    const home = join(bench.home, 'deep', 'down');
    bench.open({ home });
    expect(statSync(home).mode & 0o777).to.equal(0o700);
    expect(statSync(dataFilesOf(home).databasePath).mode & 0o777).to.equal(0o600);
  });

  it('is synced by each write that matters', () => {
    const { database } = bench.open();
    const synchronous = () => database.get('PRAGMA synchronous')?.synchronous;
    database.write(() => undefined);
    expect(synchronous()).to.equal(2);
    database.write(() => undefined, { isSynced: false });
    expect(synchronous()).to.equal(1);
    database.write(() => undefined);
    expect(synchronous()).to.equal(2);
    expect(database.get('PRAGMA journal_mode')?.journal_mode).to.equal('wal');
  });

  it('keeps nothing of a write that failed, and goes on', () => {
    const { database, variables } = bench.open();
    const error = new Error('by the test');
    expect(
      thrownBy(() =>
        database.write(() => {
          variables.set('half', 1);
          throw error;
        }),
      ),
    ).to.equal(error);
    expect(variables.find('half')).to.equal(null);
    variables.set('whole', 1);
    expect(variables.read('whole')).to.equal(1);
  });

  it('that is no database is left as it is', () => {
    const text = 'no database at all '.repeat(500);
    writeFileSync(path, text);
    expect(thrownBy(() => bench.open())).to.include({ code: 'DATABASE_DAMAGED', name: 'DatabaseDamagedError' });
    expect(readFileSync(path, 'utf8')).to.equal(text);
  });

  it('whose pages are damaged is told when they are read', () => {
    const pool = bench.openWithPool();
    for (let made = 0; made < 50; made += 1) pool.runs.create(newRun({ parameters: { text: 'x'.repeat(3000) } }));
    pool.database.get('PRAGMA wal_checkpoint(TRUNCATE)');
    pool.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 2);
    writeFileSync(path, bytes);

    const error = thrownBy(() => bench.open().runLists.list({ limit: 100 }).runs);

    expect(error).to.include({ code: 'DATABASE_DAMAGED' });
    expect(error.message).to.contain(path);
  });

  it('that was cut off is told', () => {
    const pool = bench.openWithPool();
    for (let made = 0; made < 50; made += 1) pool.runs.create(newRun({ parameters: { text: 'x'.repeat(3000) } }));
    pool.database.get('PRAGMA wal_checkpoint(TRUNCATE)');
    pool.close();
    truncateSync(path, 4096 * 3 + 100);
    expect(thrownBy(() => bench.open().runLists.list({ limit: 100 }).runs)).to.include({ code: 'DATABASE_DAMAGED' });
  });

  it('of another program is not touched', () => {
    const other = new Libsql(path);
    other.exec('CREATE TABLE theirs (id INTEGER)');
    other.close();
    expect(thrownBy(() => bench.open())).to.include({ code: 'DATABASE_FOREIGN' });
    const again = new Libsql(path);
    expect(again.prepare('SELECT name FROM sqlite_master').all([])).to.deep.equal([{ name: 'theirs' }]);
    again.close();
  });

  it('that is locked while it is opened is told', () => {
    const holder = new Libsql(path);
    holder.exec('BEGIN EXCLUSIVE');
    const error = thrownBy(() => EmbeddedDatabase.open(dataFilesOf(bench.home), 1));
    holder.exec('ROLLBACK');
    holder.close();
    expect(error).to.include({ code: 'DATABASE_LOCKED' });
    expect(error.message).to.contain(path);
  });

  it('that is locked refuses writes, allows reads, and is used again once it is free', () => {
    const pool = bench.openWithPool();
    const { id } = pool.runs.create(newRun());
    const holder = new Libsql(path);
    holder.exec('BEGIN IMMEDIATE');

    expect(thrownBy(() => pool.runs.propose(id, { type: 'FAILED' }))).to.include({ code: 'DATABASE_LOCKED' });
    expect(thrownBy(() => pool.variables.set('name', 1))).to.include({ code: 'DATABASE_LOCKED' });
    expect(pool.runs.read(id).stateType).to.equal('SCHEDULED');

    holder.exec('ROLLBACK');
    holder.close();
    expect(pool.runs.propose(id, { type: 'FAILED' }).status).to.equal('ACCEPT');
    pool.variables.set('name', 2);
    expect(pool.runs.states(id)).to.have.length(2);
  });

  it('that is full refuses what does not fit, keeps what was stored, and takes more when there is room', () => {
    const pool = bench.openWithPool();
    const { id } = pool.runs.create(newRun());
    const pages = Number(pool.database.get('PRAGMA page_count')?.page_count);
    const runs = () => pool.database.get('SELECT count(*) AS runs FROM flow_runs')?.runs;
    pool.database.get(`PRAGMA max_page_count = ${pages}`);

    const big = newRun({ parameters: { text: 'x'.repeat(100_000) } });
    expect(thrownBy(() => pool.runs.create(big))).to.include({ code: 'DISK_FULL' });

    expect(runs()).to.equal(1);
    expect(pool.runs.read(id).stateType).to.equal('SCHEDULED');
    pool.database.get('PRAGMA max_page_count = 1000000');
    pool.runs.create(big);
    expect(runs()).to.equal(2);
    expect(pool.database.get('PRAGMA integrity_check')?.integrity_check).to.equal('ok');
  });

  it('on a disk that is full is told, and nothing is lost', function () {
    const disk = mountSmallDisk();
    if (disk === null) this.skip();
    try {
      const pool = bench.open({ home: disk });
      pool.pools.create({ name: 'mine', type: 'test', baseJobTemplate: {} });
      const stored: string[] = [];
      const error = thrownBy(() => {
        for (;;) stored.push(pool.runs.create(newRun({ parameters: { text: 'x'.repeat(10_000) } })).id);
      });
      expect(error).to.include({ code: 'DISK_FULL' });
      expect(stored).to.have.length.above(3);
      pool.close();

      const again = bench.open({ home: disk });
      const found = again.runLists.list({ limit: 1000 }).runs.map((run) => run.id);
      expect(found).to.have.members(stored);
      expect(again.database.get('PRAGMA integrity_check')?.integrity_check).to.equal('ok');
      again.close();
    } finally {
      unmount(disk);
    }
  });

  it('in a folder that cannot be made or written is told', () => {
    writeFileSync(join(bench.home, 'file'), '');
    const error = thrownBy(() => bench.open({ home: join(bench.home, 'file', 'below') }));
    expect(error).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    expect(error.message).to.contain('WORKER_HOST_HOME');

    if (process.getuid?.() === 0) return;
    const home = join(bench.home, 'shut');
    mkdirSync(home, { mode: 0o500 });
    expect(thrownBy(() => bench.open({ home }))).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    chmodSync(home, 0o700);
    expect(existsSync(dataFilesOf(home).databasePath)).to.equal(false);
  });

  it('that is a folder is told', () => {
    mkdirSync(path);
    expect(thrownBy(() => bench.open())).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
  });

  it('on a disk mounted for reading only is told', function () {
    const disk = mountSmallDisk();
    if (disk === null) this.skip();
    try {
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      expect(thrownBy(() => bench.open({ home: disk }))).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    } finally {
      unmount(disk);
    }
  });
});

describe('waiting for the lock', () => {
  it('tries again until the file is free', async () => {
    const clock = new FakeClock();
    let tries = 0;
    const done = whenFree(clock, () => {
      tries += 1;
      if (tries < 4) throw new DatabaseLockedError('file', 20);
      return 'done';
    });
    await clock.advance(1000);
    expect([await done, tries]).to.deep.equal(['done', 4]);
  });

  it('gives up after its patience, and tells for how long it waited', async () => {
    const clock = new FakeClock();
    const failed = whenFree(clock, () => {
      throw new DatabaseLockedError('file', 20);
    }).catch((error: unknown) => error);
    await clock.advance(11_000);
    const error = await failed;
    expect(error).to.be.instanceOf(DatabaseLockedError);
    const { waitedMs } = (error as DatabaseLockedError).details as { readonly waitedMs: number };
    expect(waitedMs).to.be.within(10_000, 10_400);
  });

  it('does not repeat another failure', async () => {
    let tries = 0;
    const failed = whenFree(new FakeClock(), () => {
      tries += 1;
      throw new Error('another');
    }).catch((error: unknown) => String(error));
    expect([await failed, tries]).to.deep.equal(['Error: another', 1]);
  });
});

/** A disk of one megabyte; null where this process may not mount any. */
function mountSmallDisk(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' });
    return directory;
  } catch {
    rmSync(directory, { recursive: true });
    return null;
  }
}

/** Lazily, as the library lets go of a closed file only when its statements are collected. */
function unmount(directory: string): void {
  execFileSync('umount', ['--lazy', directory]);
  rmSync(directory, { recursive: true });
}
