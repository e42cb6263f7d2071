import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import Libsql from 'libsql';
import { CommandLineBench } from '../../run-command-line.js';

describe('backup, restore and db', () => {
  let bench: CommandLineBench;
  let home: string;
  let copy: string;
  beforeEach(async () => {
    bench = new CommandLineBench();
    home = bench.environment.WORKER_HOST_HOME ?? '';
    copy = join(bench.directory, 'copy');
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
    await bench.run('run', '--pool', 'mine', '--', 'say', 'hello');
    bench.input = 'hush';
    await bench.run('secret', 'set', 'token');
  });
  afterEach(() => bench.dispose());

  const raw = (directory: string, sql: string): void => {
    const database = new Libsql(join(directory, 'worker-host.db'));
    database.exec(sql);
    database.close();
  };

  it('copy the data with its key, check the copy, and restore it', async () => {
    const backedUp = await bench.run('backup', copy, '--with-key');
    const checked = await bench.json('restore', '--check', copy);
    const elsewhere = join(bench.directory, 'elsewhere');
    const restored = await bench.run('restore', copy, '--home', elsewhere);
    bench.environment.WORKER_HOST_HOME = elsewhere;

    expect(backedUp.stdout)
      .to.match(/^holds +1 pools, 0 deployments, 1 runs, 1 secrets$/m)
      .and.match(/^state +sound$/m);
    expect(readdirSync(copy).sort()).to.deep.equal(['secret.key', 'worker-host.db']);
    for (const name of readdirSync(copy)) expect(statSync(join(copy, name)).mode & 0o777).to.equal(0o600);
    expect(checked).to.deep.include({ runs: 1, secrets: 1, problems: [] });
    expect(restored.exitCode, restored.stderr).to.equal(0);
    expect((await bench.run('secret', 'get', 'token')).stdout).to.equal('hush\n');
    expect(await bench.json('runs', 'ls')).to.have.length(1);
  });

  it('omit the key by default, and report it', async () => {
    const { stderr } = await bench.run('backup', copy);
    expect(readdirSync(copy)).to.deep.equal(['worker-host.db']);
    expect(stderr).to.contain('The backup does not contain the key of the secrets');
    const { exitCode, stdout, stderr: problems } = await bench.run('restore', '--check', copy);
    expect(exitCode).to.equal(7);
    expect(stdout).to.match(/^state +1 problems$/m);
    expect(problems).to.contain('secrets exist, but the key file');
    rmSync(join(home, 'worker-host.db'));
    for (const beside of ['-wal', '-shm']) rmSync(join(home, `worker-host.db${beside}`), { force: true });
    expect((await bench.run('restore', copy)).exitCode).to.equal(0);
    expect((await bench.run('secret', 'get', 'token')).stdout).to.equal('hush\n');
  });

  it('reject a non-empty directory, one without a backup, and a data directory with a database', async () => {
    mkdirSync(copy);
    writeFileSync(join(copy, 'other'), '');
    expect((await bench.run('backup', copy)).stderr).to.contain('it is not empty');
    expect((await bench.run('restore', copy)).stderr).to.contain('it contains a database');
    expect((await bench.run('restore', '--check', copy)).stderr).to.contain('it contains no worker-host.db');
    expect(readdirSync(copy)).to.deep.equal(['other']);
  });

  it('detect a damaged copy, and do not restore it', async () => {
    await bench.run('backup', copy, '--with-key');
    raw(copy, `PRAGMA foreign_keys = OFF; DELETE FROM flow_run_states; DELETE FROM work_queues`);
    const checked = await bench.run('restore', '--check', copy);
    const elsewhere = join(bench.directory, 'elsewhere');
    const restored = await bench.run('restore', copy, '--home', elsewhere);

    expect(checked.stderr).to.contain('DATABASE_UNSOUND').and.contain('runs whose state is missing');
    expect(checked.stderr).to.contain('a row of flow_runs refers to a row of work_queues that does not exist');
    expect(restored.stderr).to.contain('DATABASE_COPY_UNSOUND');
    expect([checked.exitCode, restored.exitCode]).to.deep.equal([7, 7]);
    expect(existsSync(join(elsewhere, 'worker-host.db'))).to.equal(false);
    writeFileSync(join(copy, 'worker-host.db'), Buffer.alloc(8192, 'x'));
    expect((await bench.run('restore', '--check', copy)).exitCode).to.equal(7);
  });

  it('check the database in use, its rules and its secrets', async () => {
    expect((await bench.run('db', 'check')).stdout).to.match(/^state +sound$/m);
    raw(home, `UPDATE flow_runs SET owner = 'x', state_type = 'COMPLETED'; UPDATE secrets SET sealed = 'AAAA'`);
    const { exitCode, stderr } = await bench.run('db', 'check');
    expect(exitCode).to.equal(7);
    expect(stderr).to.contain('ended runs with an owner: ').and.contain("the secret 'token' cannot be decrypted");
  });

  it('return the space of deleted runs', async () => {
    raw(home, `CREATE TABLE filler (x TEXT); INSERT INTO filler VALUES (hex(zeroblob(2000000)))`);
    raw(home, 'DROP TABLE filler');
    const before = await bench.json('db', 'check');
    await bench.run('db', 'vacuum');
    const after = await bench.json('db', 'check');
    expect(before.freeBytes).to.be.greaterThan(1_000_000);
    expect(after.freeBytes).to.equal(0);
    expect(after.bytes).to.be.lessThan(before.bytes - 1_000_000);
    expect(after.runs).to.equal(1);
  });

  it('rotate the key of secrets, from the file or from the environment', async () => {
    cpSync(home, copy, { recursive: true });
    const rotated = await bench.run('secret', 'rotate');
    expect(rotated.stdout).to.equal('Encrypted 1 secret with a new key.\n');
    expect((await bench.run('secret', 'get', 'token')).stdout).to.equal('hush\n');
    bench.environment.WORKER_HOST_NEW_SECRET_KEY = 'a new passphrase for secrets';
    expect((await bench.run('secret', 'rotate')).stderr).to.contain('requires WORKER_HOST_SECRET_KEY');
    bench.environment.WORKER_HOST_HOME = join(bench.directory, 'third');
    bench.environment.WORKER_HOST_SECRET_KEY = 'the first passphrase for secrets';
    await bench.run('secret', 'set', 'token');
    expect((await bench.run('secret', 'rotate')).exitCode).to.equal(0);
    bench.environment.WORKER_HOST_SECRET_KEY = 'a new passphrase for secrets';
    expect((await bench.run('secret', 'get', 'token')).stdout).to.equal('hush\n');
    delete bench.environment.WORKER_HOST_NEW_SECRET_KEY;
    expect((await bench.run('secret', 'rotate')).stderr).to.contain('set WORKER_HOST_NEW_SECRET_KEY to the new key');
  });
});
