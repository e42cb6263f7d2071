import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@worker-host/core';
import { expect } from 'chai';
import Database from 'libsql';
import { fixturePath } from './fixtures.js';
import { CommandLineBench } from './run-command-line.js';

const COMMANDS: readonly (readonly string[])[] = [
  ['pool', 'ls'],
  ['run', '--pool', 'mine', '--', 'say', 'x'],
  ['start', '--pool', 'mine', '--plugin', fixturePath('fixture-plugin'), '--run-once'],
];

describe('an unusable data directory', () => {
  let bench: CommandLineBench;
  let home: string;
  beforeEach(() => {
    bench = new CommandLineBench();
    home = join(bench.directory, 'home');
  });
  afterEach(() => bench.dispose());

  for (const words of COMMANDS) {
    const name = words.slice(0, 2).join(' ');

    it(`because its path is a file is reported by ${name}`, async () => {
      writeFileSync(home, 'not a directory');

      const { exitCode, stderr } = await bench.run(...words);

      expect(exitCode).to.equal(7);
      expect(stderr)
        .to.contain(home)
        .and.to.contain('Move away what is in its place')
        .and.to.contain('WORKER_HOST_HOME');
      expect(stderr).to.contain('code: DATA_DIRECTORY_UNUSABLE');
    });

    it(`because its database is damaged is reported by ${name}, and the file is unchanged`, async () => {
      mkdirSync(home);
      const file = join(home, 'worker-host.db');
      writeFileSync(file, 'this is no database, but long enough to be read as one '.repeat(100));
      const before = readFileSync(file);

      const { exitCode, stderr } = await bench.run(...words);

      expect(exitCode).to.equal(7);
      expect(stderr)
        .to.contain(file)
        .and.to.match(/code: DATABASE_(DAMAGED|FOREIGN)/);
      expect(readFileSync(file).equals(before)).to.equal(true);
    });
  }

  it('because it is not writable is reported', async function () {
    if (process.getuid?.() === 0) this.skip();
    mkdirSync(home, { mode: 0o500 });

    const { exitCode, stderr } = await bench.run('pool', 'ls');
    chmodSync(home, 0o700);

    expect(exitCode).to.equal(7);
    expect(stderr).to.contain('code: DATA_DIRECTORY_UNUSABLE');
  });

  it('because the database has a newer version is reported', async () => {
    await bench.run('pool', 'ls');
    const database = new Database(join(home, 'worker-host.db'));
    database.pragma('user_version = 9999');
    database.close();

    const { exitCode, stderr } = await bench.run('pool', 'ls');

    expect(exitCode).to.equal(7);
    expect(stderr).to.contain('code: DATABASE_TOO_NEW');
  });

  it('because another process holds the lock is reported in time', async () => {
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
    const holder = new Database(join(home, 'worker-host.db'));
    holder.exec('BEGIN EXCLUSIVE');
    let nowMs = 0;
    bench.clock = {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      random: () => 0.5,
      sleep: async (ms) => {
        nowMs += ms;
      },
    };

    const { exitCode, stderr } = await bench.run('run', '--pool', 'mine', '--', 'say', 'x');
    holder.exec('ROLLBACK');
    holder.close();

    expect(exitCode).to.equal(7);
    expect(stderr).to.contain('code: DATABASE_LOCKED');
    bench.clock = systemClock;
    expect(await bench.json('runs', 'ls')).to.deep.equal([]);
  });
});
