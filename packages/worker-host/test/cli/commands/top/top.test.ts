import { stripVTControlCharacters } from 'node:util';
import type { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import type { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { newRun, PoolBench, type TestWorker } from '../../../orchestrators/embedded/support/pool-bench.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('top', () => {
  let pools: PoolBench;
  let pool: EmbeddedPool;
  let worker: TestWorker;
  let bench: CommandLineBench;
  let clock: FakeClock;
  beforeEach(() => {
    pools = new PoolBench();
    pool = pools.open();
    clock = pools.clock;
    pool.pools.create({ name: 'mine', type: 'fixture', baseJobTemplate: {}, concurrencyLimit: 2 });
    worker = pools.worker();
    beat();
    bench = new CommandLineBench();
    Object.assign(bench.environment, { NO_COLOR: '1', WORKER_HOST_HOME: pools.home });
    bench.clock = clock;
  });
  afterEach(async () => {
    bench.dispose();
    await pools.dispose();
  });

  const beat = (): void => worker.workers.beat(pool.pools.read('mine').id, 'w', 30);
  const queue = (name: string): string => pool.runs.create(newRun({ name })).id;
  const start = (id: string): void => {
    worker.claim(id);
    pool.runs.propose(id, { type: 'RUNNING' });
  };
  /** Contents of the screen after the last redraw. */
  const screen = (): string => {
    const picture = bench.stdout.split('\u001b[H').at(-1) ?? '';
    return stripVTControlCharacters(picture).replaceAll('\r', '');
  };

  it('prints one snapshot if the output is not a terminal: active runs, waiting runs and ended runs, with reasons', async () => {
    const [runs, fails] = [queue('runs'), queue('fails')];
    queue('waits');
    await clock.advance(30_000);
    start(runs);
    start(fails);
    pool.runs.propose(fails, { type: 'FAILED', message: 'Exit code 4' });
    pool.pools.update('mine', { isPaused: true });
    await clock.advance(60_000);
    beat();

    const { stdout, exitCode } = await bench.run('top', '--utc');

    expect(exitCode).to.equal(0);
    expect(stdout).not.to.contain('\u001b');
    expect(stdout).to.match(
      /^mine \(fixture\), paused {2}2026-01-02 03:05:35Z\nSlots: 1 taken, limit 2\. Workers: 1 online\.\n/,
    );
    expect(stdout).to.contain("Waiting: 1, 1 late, the oldest for 1m 30s. Pool 'mine' is paused.");
    expect(stdout).to.contain('0 completed, 1 failed or crashed, 0 cancelled. Now 0.1 a minute.');
    expect(stdout).to.match(/^Active, by age: 1\n.*\n[0-9a-f]{8} +runs +- +Running +1m 00s +1m 00s +w$/m);
    expect(stdout).to.match(/^Waiting: 1\n.*\n[0-9a-f]{8} +waits +- +Late +1m 30s +default +Pool 'mine' is paused/m);
    expect(stdout).to.match(/^Ended last\n.*\n[0-9a-f]{8} +fails +- +Failed +1m 00s ago .* Exit code 4$/m);
  });

  it('prints JSON without the template of the pool', async () => {
    queue('waits');

    const { overview, waiting, active, endedPerMinute } = await bench.json('top', '--pool', 'mine');

    expect(overview).to.include({ activeRuns: 0, dueRuns: 1 });
    expect(overview.pool).to.have.all.keys('id', 'name', 'type', 'isPaused', 'concurrencyLimit');
    expect(waiting[0].waiting.kind).to.equal('next-poll');
    expect({ active, endedPerMinute }).to.deep.equal({ active: [], endedPerMinute: 0 });
  });

  it('fits any terminal, and divides its lines between the lists', async () => {
    for (let at = 0; at < 30; at += 1) queue(`run-${at}-${'x'.repeat(150)}`);
    for (const [columns, rows] of [
      [200, 60],
      [80, 24],
      [40, 12],
      [20, 3],
    ] as const) {
      bench.stdoutIsTerminal = true;
      bench.stdinIsTerminal = true;
      Object.assign(bench, { columns, rows });
      const live = bench.run('top');
      while (!bench.stdout.includes('\u001b[J')) await new Promise((resolve) => setImmediate(resolve));
      const lines = screen().split('\n');
      for (const listener of bench.keyListeners) listener('q');
      await live;

      expect(lines.length, `${columns} x ${rows}`).to.be.at.most(Math.max(rows, 7));
      if (columns > 60) for (const line of lines) expect(line.length, line).to.be.at.most(columns);
      if (rows === 24) expect(lines.join('\n')).to.match(/Waiting: 30, \d+ not shown/);
    }
  });

  it('redraws every two seconds, pauses and sorts by keys, and restores the terminal', async () => {
    const [first, second] = [queue('b-first'), queue('a-second')];
    start(first);
    await clock.advance(1000);
    start(second);
    Object.assign(bench, { stdoutIsTerminal: true, stdinIsTerminal: true });
    const press = (key: string): void => {
      for (const listener of bench.keyListeners) listener(key);
    };
    const drawn = async (text: string): Promise<void> => {
      while (!screen().includes(text)) await new Promise((resolve) => setImmediate(resolve));
    };
    const namesShown = (): readonly string[] => [...screen().matchAll(/(b-first|a-second)/g)].map(([name]) => name);

    const live = bench.run('top', '--utc');
    await drawn('03:04:06Z');
    expect(namesShown()).to.deep.equal(['b-first', 'a-second']);
    await clock.advance(2000);
    await drawn('03:04:08Z');
    press('p');
    await drawn('p resume');
    await clock.advance(10_000);
    expect(screen()).to.contain('03:04:08Z');
    press('s');
    press('s');
    await drawn('Active, by name');
    expect(namesShown()).to.deep.equal(['a-second', 'b-first']);
    press('p');
    await drawn('03:04:18Z');
    press('\u0003');
    const { exitCode, stdout } = await live;

    expect(exitCode).to.equal(0);
    expect(stdout.startsWith('\u001b[?1049h')).to.equal(true);
    expect(stdout.endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).to.equal(true);
    expect([bench.keyListeners.size, bench.stopListeners.size]).to.deep.equal([0, 0]);
  });

  it('requires the pool if there are several, and rejects one that does not exist', async () => {
    pool.pools.create({ name: 'other', type: 'fixture', baseJobTemplate: {} });

    expect((await bench.run('top')).stderr).to.contain(
      'Several work pools exist. Pass --pool with one of: mine, other.',
    );
    expect((await bench.run('top', '--pool', 'nope')).stderr).to.contain('nope');
    bench.environment.WORKER_HOST_POOL = 'other';
    expect((await bench.run('top', '--once')).stdout).to.match(/^other \(fixture\)/);
  });
});
