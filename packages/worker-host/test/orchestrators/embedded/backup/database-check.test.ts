import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import Libsql from 'libsql';
import { backUp, checkBackup, restore } from '../../../../src/orchestrators/embedded/backup/backup.js';
import { checkDatabase } from '../../../../src/orchestrators/embedded/backup/database-check.js';
import { dataFilesOf } from '../../../../src/orchestrators/embedded/database/data-directory.js';
import { MIGRATIONS } from '../../../../src/orchestrators/embedded/database/migrations.js';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { newRun, PoolBench, thrownBy } from '../support/pool-bench.js';

const PASSPHRASE = 'a passphrase that is long enough';

describe('a check of the database', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
  });
  afterEach(() => bench.dispose());

  const check = (secretKey: string | null = null) => checkDatabase(dataFilesOf(bench.home), secretKey);
  const problems = (secretKey: string | null = null) => check(secretKey).problems;
  /** Changes the file as another program might. */
  const change = (sql: string): void => {
    const database = new Libsql(pool.database.path);
    database.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
    database.close();
  };
  const add = (): string => pool.runs.create(newRun({ concurrency: { key: 'db', rule: null } })).id;

  it('finds no problem with a database in use, and counts its contents', () => {
    pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
    const deployment = { workQueueName: null, jobVariables: {}, parameters: {}, tags: [], schedules: [] };
    for (const name of ['a', 'b', 'c']) pool.deployments.create({ ...deployment, name, workPoolName: 'mine' });
    for (let at = 0; at < 4; at += 1) add();
    pool.secrets.set('token', 'hush');
    const worker = bench.worker();
    worker.claim(add());
    pool.runs.propose(add(), { type: 'COMPLETED', force: true });
    const pageSize = Number(pool.database.get('PRAGMA page_size')?.page_size);
    const pages = Number(pool.database.get('PRAGMA page_count')?.page_count);

    expect(check()).to.deep.equal({
      path: pool.database.path,
      version: MIGRATIONS.length,
      newestVersion: MIGRATIONS.length,
      bytes: pages * pageSize,
      freeBytes: 0,
      pools: 2,
      deployments: 3,
      runs: 6,
      secrets: 1,
      problems: [],
    });
  });

  it('reports how much space deleted rows have left free', () => {
    pool.variables.set('large', 'x'.repeat(100_000));
    pool.variables.delete('large');
    const pageSize = Number(pool.database.get('PRAGMA page_size')?.page_size);

    expect(check().freeBytes).to.be.within(90_000, 110_000);
    expect(check().freeBytes % pageSize).to.equal(0);
  });

  const rules: readonly (readonly [problem: string, sql: (id: string) => string])[] = [
    ['runs whose state is missing', (id) => `UPDATE flow_runs SET state_id = 'gone' WHERE id = '${id}'`],
    ...(['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'] as const).map(
      (type) =>
        [
          'ended runs with an owner',
          (id: string) => `UPDATE flow_runs SET state_type = '${type}', owner = 'w' WHERE id = '${id}'`,
        ] as const,
    ),
    [
      'runs of another pool than their queue',
      (id) =>
        `UPDATE flow_runs SET queue_id = (SELECT id FROM work_queues WHERE pool_id <> flow_runs.pool_id) WHERE id = '${id}'`,
    ],
    [
      'runs that count for their limits in another state than they are in',
      (id) => `UPDATE flow_run_keys SET state_type = 'RUNNING' WHERE flow_run_id = '${id}'`,
    ],
  ];
  for (const [problem, sql] of rules)
    it(`finds ${problem}: ${sql('ID').slice(0, 60)}`, () => {
      pool.pools.create({ name: 'other', type: 'test', baseJobTemplate: {} });
      const [, broken] = [add(), add(), add()];
      change(sql(broken));

      expect(problems()).to.deep.equal([`${problem}: ${broken}`]);
    });

  it('checks the rule of limits from the version that has them', () => {
    const id = add();
    change(`UPDATE flow_run_keys SET state_type = 'RUNNING' WHERE flow_run_id = '${id}'; PRAGMA user_version = 4`);

    expect(problems()).to.have.length(1);
  });

  it('lists at most twenty runs per rule', () => {
    for (let at = 0; at < 21; at += 1) add();
    change(`UPDATE flow_runs SET state_id = 'gone'`);

    expect(problems()).to.have.length(1);
    expect(problems()[0]?.split(', ')).to.have.length(20);
  });

  it('finds rows with dangling references, at most twenty', () => {
    for (let at = 0; at < 21; at += 1) add();
    change('DELETE FROM work_queues');

    const lines = problems().filter((line) => line.startsWith('a row of'));
    expect(lines).to.have.length(20);
    expect(new Set(lines)).to.deep.equal(
      new Set(['a row of flow_runs refers to a row of work_queues that does not exist']),
    );
  });

  for (const version of [0, MIGRATIONS.length + 1])
    it(`does not read a file of version ${version}`, () => {
      add();
      change(`PRAGMA user_version = ${version}`);

      expect(check()).to.deep.include({
        version,
        runs: 0,
        pools: 0,
        problems: [`this worker-host does not know schema version ${version}`],
      });
    });

  it('reads from a file of an older version only what that version has', () => {
    pool.secrets.set('token', 'hush');
    change(
      'DROP TABLE secret_keys; DROP TRIGGER flow_run_keys_follow; DROP TABLE flow_run_keys; PRAGMA user_version = 3',
    );

    expect(check()).to.deep.include({ version: 3, problems: [] });
  });

  it('decrypts secrets with the available key: the file, the text, or the draft of a rotation', () => {
    pool.secrets.set('a', 1);
    pool.secrets.set('b', 2);
    const { secretKeyPath } = dataFilesOf(bench.home);
    const unreadable = ['a', 'b'].map((name) => `the secret '${name}' cannot be decrypted with the current key`);
    copyFileSync(secretKeyPath, join(bench.home, 'old'));
    expect([problems(), problems(PASSPHRASE)]).to.deep.equal([[], unreadable]);
    pool.secrets.rotate(null);
    copyFileSync(secretKeyPath, join(bench.home, 'new'));
    copyFileSync(join(bench.home, 'old'), secretKeyPath);
    expect(problems()).to.deep.equal(unreadable);
    copyFileSync(join(bench.home, 'new'), `${secretKeyPath}.new`);
    expect(problems()).to.deep.equal([]);
    copyFileSync(join(bench.home, 'new'), secretKeyPath);
    copyFileSync(join(bench.home, 'old'), `${secretKeyPath}.new`);
    expect(problems()).to.deep.equal([]);

    rmSync(secretKeyPath);
    rmSync(`${secretKeyPath}.new`);
    expect(problems()).to.deep.equal([`secrets exist, but the key file ${secretKeyPath} does not`]);
    change('DELETE FROM secrets');
    expect(problems()).to.deep.equal([]);
  });

  it('reports which file cannot be opened', () => {
    const files = dataFilesOf(join(bench.home, 'nothing'));

    expect(thrownBy(() => checkDatabase(files, null))).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    expect(existsSync(files.directory)).to.equal(false);
  });
});

describe('a backup', () => {
  let bench: PoolBench;
  let pool: EmbeddedPool;
  let copy: string;
  beforeEach(() => {
    bench = new PoolBench();
    pool = bench.openWithPool();
    pool.secrets.set('token', 'hush');
    copy = join(bench.home, 'copy');
  });
  afterEach(() => bench.dispose());

  const from = () => dataFilesOf(bench.home);
  const make = (options: { withKey?: boolean; snapshot?: (path: string) => void } = {}) => {
    const { withKey = false, snapshot = (path: string) => pool.database.snapshot(path) } = options;
    return backUp(from(), copy, snapshot, { withKey, secretKey: null });
  };
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it('is created for its user alone, in a directory that is created too, and reported under its own name', () => {
    copy = join(copy, 'deeper');

    const report = make({ withKey: true });

    expect(report).to.deep.include({ path: join(copy, 'worker-host.db'), pools: 1, secrets: 1, problems: [] });
    expect(readdirSync(copy).sort()).to.deep.equal(['secret.key', 'worker-host.db']);
    expect([copy, join(copy, 'worker-host.db'), join(copy, 'secret.key')].map(modeOf)).to.deep.equal([
      0o700, 0o600, 0o600,
    ]);
    expect(checkBackup(copy, null)).to.deep.equal(report);
  });

  it('accepts only an empty directory', () => {
    mkdirSync(copy);
    make();
    expect(readdirSync(copy)).to.deep.equal(['worker-host.db']);

    expect(thrownBy(() => make())).to.include({ code: 'BACKUP_DIRECTORY_INVALID' });
  });

  it('has no key if there is none', () => {
    pool.secrets.delete('token');
    rmSync(from().secretKeyPath);

    expect(make({ withKey: true }).problems).to.deep.equal([]);
    expect(readdirSync(copy)).to.deep.equal(['worker-host.db']);
  });

  it('leaves nothing if it cannot be created, or is damaged', () => {
    const cut = thrownBy(() =>
      make({
        withKey: true,
        snapshot: () => {
          throw new Error('by the test');
        },
      }),
    );
    expect(cut.message).to.equal('by the test');
    expect(readdirSync(copy)).to.deep.equal([]);
    pool.database.run(`UPDATE secrets SET sealed = 'AAAA'`);

    expect(thrownBy(() => make({ withKey: true }))).to.include({ code: 'DATABASE_COPY_UNSOUND' });
    expect(readdirSync(copy)).to.deep.equal([]);
  });

  it('reports which directory cannot be created', () => {
    writeFileSync(copy, 'a file');
    copy = join(copy, 'below');

    const error = thrownBy(() => make());
    expect(error).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    expect(error.message).to.contain(`${copy} cannot be created`);
  });

  it('is restored with its key, for its user alone', () => {
    make({ withKey: true });
    chmodSync(join(copy, 'worker-host.db'), 0o644);
    const to = dataFilesOf(join(bench.home, 'restored'));

    const report = restore(copy, to, null);

    expect(report).to.deep.include({ path: to.databasePath, pools: 1, problems: [] });
    expect(readdirSync(to.directory).sort()).to.deep.equal(['secret.key', 'worker-host.db']);
    expect([to.directory, to.databasePath, to.secretKeyPath].map(modeOf)).to.deep.equal([0o700, 0o600, 0o600]);
    expect(bench.open({ home: to.directory }).secrets.read('token')).to.equal('hush');
  });

  it('is restored next to an existing key, which is kept', () => {
    make();
    const to = dataFilesOf(join(bench.home, 'restored'));
    mkdirSync(to.directory);
    copyFileSync(from().secretKeyPath, to.secretKeyPath);
    expect(restore(copy, to, null).problems).to.deep.equal([]);

    expect(bench.open({ home: to.directory }).secrets.read('token')).to.equal('hush');
    expect(thrownBy(() => restore(copy, to, null)).message).to.contain('it contains a database');
  });

  it('is not restored without a key for its secrets, nor if there is none', () => {
    const to = dataFilesOf(join(bench.home, 'restored'));
    expect(thrownBy(() => restore(copy, to, null)).message).to.contain('it contains no worker-host.db');
    expect(thrownBy(() => checkBackup(copy, null)).message).to.contain(copy);
    make();

    expect(thrownBy(() => restore(copy, to, null))).to.include({ code: 'DATABASE_COPY_UNSOUND' });
    expect(existsSync(to.directory)).to.equal(false);
  });
});
