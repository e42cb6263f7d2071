import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { dataFilesOf } from '../../../../src/orchestrators/embedded/database/data-directory.js';
import { EmbeddedDatabase } from '../../../../src/orchestrators/embedded/database/database.js';
import { libsqlDriver } from '../../../../src/orchestrators/embedded/database/libsql-driver.js';
import { nodeSqliteDriver } from '../../../../src/orchestrators/embedded/database/node-sqlite-driver.js';
import type { SqliteConnection, SqliteDriver } from '../../../../src/orchestrators/embedded/database/sqlite-driver.js';
import { isUniqueBreach } from '../../../../src/orchestrators/embedded/database/sqlite-failure.js';
import { thrownBy } from '../support/pool-bench.js';

const ofNode = nodeSqliteDriver();
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 16);

it('node:sqlite is there from Node 22.16 on', () => {
  expect(ofNode !== null).to.equal(hasSqlite);
});

for (const driver of [libsqlDriver, ...(ofNode === null ? [] : [ofNode])])
  describe(`SQLite by ${driver.name}`, () => {
    let directory: string;
    let path: string;
    const opened: SqliteConnection[] = [];
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), 'sqlite-driver-'));
      path = join(directory, 'a.db');
    });
    afterEach(() => {
      for (const connection of opened.splice(0)) connection.close();
      rmSync(directory, { recursive: true });
    });

    const open = (by: SqliteDriver = driver): SqliteConnection => {
      const connection = by.open(path, { waitMs: 0 });
      opened.push(connection);
      return connection;
    };
    const withTable = (): SqliteConnection => {
      const connection = open();
      connection.exec('CREATE TABLE a (id INTEGER PRIMARY KEY, text TEXT UNIQUE, number INTEGER, real REAL) STRICT');
      return connection;
    };
    const codeOf = (act: () => unknown): unknown => thrownBy(act).code;

    it('keeps texts, numbers and nulls, and counts changed rows', () => {
      const database = withTable();
      const insert = database.prepare('INSERT INTO a (text, number, real) VALUES (?, ?, ?)');
      expect(insert.run(['é 🙂', 1_767_323_045_000, 0.5])).to.equal(1);
      expect(insert.run([null, -1, null])).to.equal(1);
      expect(database.prepare('SELECT text, number, real FROM a ORDER BY id').all([])).to.deep.equal([
        { text: 'é 🙂', number: 1_767_323_045_000, real: 0.5 },
        { text: null, number: -1, real: null },
      ]);
      expect(database.prepare('UPDATE a SET number = 2').run([])).to.equal(2);
      expect(database.prepare('SELECT 1 AS one FROM a WHERE id = ?').get([99])).to.equal(undefined);
    });

    it('binds numbered parameters more than once', () => {
      const statement = open().prepare('SELECT ?2 AS b, ?1 AS a, ?2 AS again');
      expect(statement.get(['x', 'y'])).to.deep.include({ b: 'y', a: 'x', again: 'y' });
    });

    it('tells of a breach of uniqueness', () => {
      const database = withTable();
      const insert = database.prepare('INSERT INTO a (id, text) VALUES (?, ?)');
      insert.run([1, 'x']);
      expect(isUniqueBreach(thrownBy(() => insert.run([2, 'x'])))).to.equal(true);
      expect(isUniqueBreach(thrownBy(() => insert.run([1, 'y'])))).to.equal(true);
    });

    it('tells of a lock that another connection holds, and whether a transaction is open', () => {
      const database = withTable();
      const other = open();
      other.exec('BEGIN IMMEDIATE');
      expect([database.isInTransaction, other.isInTransaction]).to.deep.equal([false, true]);
      expect(codeOf(() => database.exec('BEGIN IMMEDIATE'))).to.match(/^SQLITE_BUSY/);
      other.exec('ROLLBACK');
      expect(other.isInTransaction).to.equal(false);
      database.exec('BEGIN IMMEDIATE');
    });

    it('writes nothing where it is to read, and makes no file', () => {
      const none = join(directory, 'none.db');
      expect(() =>
        driver.open(none, { waitMs: 0, isReadonly: true }).prepare('SELECT * FROM sqlite_master').all([]),
      ).to.throw();
      expect(existsSync(none)).to.equal(false);
      withTable();
      const reader = driver.open(path, { waitMs: 0, isReadonly: true });
      opened.push(reader);
      expect(codeOf(() => reader.exec('DELETE FROM a'))).to.match(/^SQLITE_READONLY/);
    });

    it('tells of a file that is no database', () => {
      writeFileSync(path, 'x'.repeat(5000));
      expect(codeOf(() => open().prepare('SELECT * FROM sqlite_master').all([]))).to.match(/^SQLITE_NOTADB/);
    });

    it('opens the pool, as the other driver has left it', () => {
      const files = dataFilesOf(directory);
      for (const each of [driver, libsqlDriver, driver]) {
        const database = EmbeddedDatabase.open(files, 0, each);
        expect(
          database.write(() => database.run('INSERT INTO flows (id, name) VALUES (hex(randomblob(8)), ?)', 'x')),
        ).to.equal(1);
        expect(() =>
          database.write(() => {
            database.run('DELETE FROM flows');
            throw new Error('no');
          }),
        ).to.throw('no');
        database.close();
      }
      const database = EmbeddedDatabase.open(files, 0, driver);
      expect(database.get('SELECT count(*) AS flows FROM flows')).to.deep.include({ flows: 3 });
      expect(database.get('PRAGMA integrity_check')).to.deep.include({ integrity_check: 'ok' });
      database.close();
    });
  });
