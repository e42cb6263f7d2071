import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import { EmbeddedPool } from '../../src/orchestrators/embedded/embedded-pool.js';
import { fixturePath } from './fixtures.js';
import { CommandLineBench } from './run-command-line.js';

describe('lists', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    bench.clock = new FakeClock({ nowMs: Date.UTC(2026, 4, 1, 12) });
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());
  const queue = (name: string, ...words: readonly string[]) =>
    bench.json('run', '--pool', 'mine', '--name', name, ...words, '--', 'say', name);
  const shownAt = async (columns: number, ...words: readonly string[]): Promise<readonly string[]> => {
    bench.stdoutIsTerminal = true;
    bench.environment.NO_COLOR = '1';
    bench.columns = columns;
    return (await bench.run(...words)).stdout.trimEnd().split('\n');
  };

  it('fit the terminal, and keep ids, names and states', async () => {
    await queue('x'.repeat(255));
    for (const columns of [200, 120, 80, 60, 40]) {
      const lines = await shownAt(columns, 'runs', 'ls');
      for (const line of lines) expect(line.length, `${columns}: ${line}`).to.be.at.most(columns);
      expect(lines[0]).to.match(/^ID +NAME .*STATE +WHEN/);
      expect(lines[1]).to.match(/^[0-9a-f]{8} {2}x+…/);
    }
  });

  it('show names with escaped control characters', async () => {
    const { id } = await queue('good');
    const pool = EmbeddedPool.open({ home: bench.environment.WORKER_HOST_HOME ?? '' });
    pool.database.run('UPDATE flow_runs SET name = ? WHERE id = ?', 'evil\u001b[2J\nrow', id);
    pool.close();

    const { stdout } = await bench.run('runs', 'ls');

    expect(stdout).to.contain('evil\\e[2J\\nrow');
    expect(stdout.split('\n')).to.have.length(3);
  });

  it('reject such a name of a new run', async () => {
    for (const name of ['evil\u001b[2J', 'two\nlines', 'x'.repeat(256), ' ']) {
      const { exitCode, stderr } = await bench.run('run', '--pool', 'mine', '--name', name, '--', 'say');

      expect(exitCode, name).to.equal(3);
      expect(stderr).to.contain('1 to 255 characters, without control characters');
      expect(stderr.length).to.be.below(600);
    }
    expect((await bench.run('pool', 'create', 'a\tb', '--type', 'fixture')).exitCode).to.equal(3);
  });

  it('report how many more there are and how to continue, separately from the output', async () => {
    for (const name of ['one', 'two', 'three', 'four', 'five']) await queue(name);

    const first = await bench.run('runs', 'ls', '--limit', '2', '-o', 'name');
    const after = /--after ([0-9a-f-]+)/.exec(first.stderr)?.[1] ?? '';
    const second = await bench.run('runs', 'ls', '--limit', '3', '--after', after, '-o', 'name');

    expect(first.stdout).to.equal('five\nfour\n');
    expect(first.stderr).to.match(/^and 3 more: use --limit to show more, or --after [0-9a-f]{8} to continue\.\n$/);
    expect(second).to.include({ stdout: 'three\ntwo\none\n', stderr: '' });
  });

  it('print JSON and YAML with the same content', async () => {
    await queue('one', '--tag', 'red');

    const json = await bench.run('runs', 'ls', '-o', 'json');
    const yaml = await bench.run('runs', 'ls', '--output', 'yaml');

    expect(JSON.parse(json.stdout)[0]).to.include({ name: 'one', isLate: false, deploymentName: null, attempt: 0 });
    expect(yaml.stdout).to.contain('  name: one\n').and.to.contain('  tags:\n    - red\n');
    expect((await bench.run('runs', 'ls', '--json', '-o', 'wide')).exitCode).to.equal(2);
    const error = await bench.run('runs', 'ls', '-o', 'json', '--pool', 'nope');
    expect(JSON.parse(error.stderr).error.code).to.equal('NOT_FOUND');
  });

  it('mark late runs with the reason, and find them by this state', async () => {
    await queue('late', '--work-queue', 'default');
    await (bench.clock as FakeClock).advance(3_600_000);
    await queue('fresh');

    const { stdout } = await bench.run('runs', 'ls', '--state', 'late', '--state', 'failed');

    expect(stdout).to.match(/late +- +mine +Late +1h 00m ago +- +- +No worker serves pool 'mine'\. Start one/);
    expect(stdout).not.to.contain('fresh');
  });

  it('filter by tag, queue, text and time', async () => {
    await queue('old', '--tag', 'red');
    await (bench.clock as FakeClock).advance(3_600_000);
    await queue('new');
    const namesOf = async (...words: readonly string[]) =>
      (await bench.run('runs', 'ls', '-o', 'name', ...words)).stdout;

    expect(await namesOf('--tag', 'red')).to.equal('old\n');
    expect(await namesOf('--search', 'NE')).to.equal('new\n');
    expect(await namesOf('--since', '30m')).to.equal('new\n');
    expect(await namesOf('--until', '30m')).to.equal('old\n');
    expect(await namesOf('--until', '2026-05-01T12:30:00Z')).to.equal('old\n');
    expect(await namesOf('--work-queue', 'other')).to.equal('');
    expect(await namesOf('--worker', 'w')).to.equal('');
    expect(await namesOf('--sort', 'name')).to.equal('new\nold\n');
  });

  it('show more columns with -o wide, whatever the terminal', async () => {
    const { id } = await queue('one');

    const [heading, row] = await shownAt(60, 'runs', 'ls', '-o', 'wide', '--utc');

    expect(heading).to.contain('QUEUE').and.to.contain('WORKER').and.to.contain('FULL ID');
    expect(row).to.contain(id).and.to.contain('2026-05-01 12:00:00Z');
  });

  it('of workers contain those that currently serve a pool', async () => {
    const none = await bench.run('workers', 'ls');
    expect(none.stderr).to.contain('worker-host start --pool POOL');
    const run = await queue('waits');
    const other = new CommandLineBench();
    other.environment.WORKER_HOST_HOME = bench.environment.WORKER_HOST_HOME;
    const plugin = fixturePath('fixture-plugin');
    const working = other.run('start', '--pool', 'mine', '--name', 'w1', '--limit', '3', '--plugin', plugin);
    while ((await bench.json('workers', 'ls', '--pool', 'mine')).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));

    const [worker] = await bench.json('workers', 'ls');
    const { stdout } = await bench.run('workers', 'ls', '--pool', 'mine');
    while ((await bench.json('runs', 'inspect', run.id)).stateType !== 'COMPLETED')
      await new Promise((resolve) => setTimeout(resolve, 5));
    for (const listener of other.stopListeners) listener('SIGTERM');
    await working;
    other.dispose();

    expect(worker).to.include({ name: 'w1', status: 'online', limit: 3, workPoolName: 'mine', version: '0.1.0' });
    expect(stdout).to.match(/^w1 +mine +online +\d\/3 +all +0\.1\.0 /m);
    expect(await bench.json('workers', 'ls')).to.deep.equal([]);
  });
});
