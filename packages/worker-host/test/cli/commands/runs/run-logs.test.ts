import { FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import { EmbeddedPool } from '../../../../src/orchestrators/embedded/embedded-pool.js';
import { CommandLineBench } from '../../run-command-line.js';

const NOW_MS = Date.UTC(2026, 4, 1, 12);

describe('runs logs', () => {
  let bench: CommandLineBench;
  let id: string;
  beforeEach(async () => {
    bench = new CommandLineBench();
    bench.clock = new FakeClock({ nowMs: NOW_MS });
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
    id = (await bench.json('run', '--pool', 'mine', '--', 'say', 'x')).id;
  });
  afterEach(() => bench.dispose());

  const store = (lines: readonly (readonly [message: string, level: number, agoMs: number])[]): void => {
    const pool = EmbeddedPool.open({ home: bench.environment.WORKER_HOST_HOME ?? '' });
    pool.database.write(() => {
      for (const [message, level, agoMs] of lines)
        pool.database.run(
          'INSERT INTO logs (flow_run_id, name, level, message, timestamp_ms) VALUES (?, ?, ?, ?, ?)',
          ...[id, 'x', level, message, NOW_MS - agoMs],
        );
    });
    pool.close();
  };
  const messages = async (...words: readonly string[]): Promise<string> =>
    (await bench.run('runs', 'logs', id, '--plain', ...words)).stdout.trimEnd().replaceAll('\n', ' ');

  it('prints the last lines, lines since a time, of a level, or with a text', async () => {
    store([
      ['first', 20, 3_600_000],
      ['detail', 10, 2000],
      ['Careful', 30, 1000],
      ['bad', 40, 500],
    ]);

    expect(await messages()).to.equal('first Careful bad');
    expect(await messages('--level', 'debug')).to.equal('first detail Careful bad');
    expect(await messages('--level', 'warning')).to.equal('Careful bad');
    expect(await messages('--tail', '2')).to.equal('Careful bad');
    expect(await messages('--tail', '0')).to.equal('');
    expect(await messages('--since', '1m', '--level', 'debug')).to.equal('detail Careful bad');
    expect(await messages('--search', 'careful')).to.equal('Careful');
    expect((await bench.run('runs', 'logs', id, '--tail', 'x')).stderr).to.contain('--tail expects a whole number');
  });

  it('prints lines in order of time, with date and zone as configured', async () => {
    store([
      ['state of the worker', 20, 1000],
      ['output that was copied later', 20, 2000],
    ]);

    const { stdout } = await bench.run('runs', 'logs', id, '--utc');

    expect(stdout).to.equal(
      '2026-05-01 11:59:58.000Z | INFO    | output that was copied later\n2026-05-01 11:59:59.000Z | INFO    | state of the worker\n',
    );
  });

  it('shows no control characters on a terminal, and all of them in a file', async () => {
    store([['50%\r100%\u001b[2J', 20, 0]]);
    expect(await messages()).to.equal('50%\r100%\u001b[2J');

    bench.stdoutIsTerminal = true;

    expect(await messages()).to.equal('50%\\r100%\\e[2J');
  });

  it('reads the next page only after the reader has consumed the previous one', async () => {
    store(Array.from({ length: 2500 }, (_, index) => [`line ${index}`, 20, 0] as const));
    const io = bench.createIo();
    let waits = 0;
    const drained = (): Promise<void> => {
      waits += 1;
      return new Promise(() => {});
    };
    bench.createIo = () => ({ ...io, drained });

    void bench.run('runs', 'logs', id, '--plain');
    while (waits === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));

    expect(bench.stdout.trimEnd().split('\n')).to.have.length(1000);
    expect(waits).to.equal(1);
  });
});
