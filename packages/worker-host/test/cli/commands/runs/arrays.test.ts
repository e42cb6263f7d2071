import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('arrays on the command line', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  const queue = (...words: readonly string[]) => bench.run('run', '--pool', 'mine', '--name', 'a', ...words);
  const startOnce = () => bench.run('start', '--pool', 'mine', '--plugin', fixturePath('fixture-plugin'), '--run-once');

  it('are created, run to their end by a worker, listed as one row, and inspected', async () => {
    const queued = await queue('--array', '2', '--array-limit', '1', '--', 'say', 'hello');
    const before = await bench.run('runs', 'ls');
    await startOnce();
    const started = await startOnce();
    const after = await bench.run('runs', 'ls');
    const inspected = await bench.run('runs', 'inspect', 'a');
    const one = await bench.run('runs', 'inspect', 'a-1');
    const log = await bench.run('runs', 'logs', 'a');

    expect(queued.stdout).to.match(/^Queued array a of 2 runs \([0-9a-f-]{36}\) in pool mine\.$/m);
    expect(queued.stderr).to.contain('worker-host runs watch ');
    expect(before.stdout.trim().split('\n')).to.have.length(2);
    expect(started.exitCode, started.stderr).to.equal(0);
    expect(after.stdout).to.match(/ a .* Completed .* 2 of 2 ended: 2 completed/);
    expect(inspected.stdout)
      .to.match(/^array +2 of 2 ended: 2 completed$/m)
      .and.to.match(/^array limit +1 active at once$/m)
      .and.to.match(/^runs +worker-host runs ls --array [0-9a-f]{8}$/m);
    expect(one.stdout).to.match(/^array run +index 1 of array [0-9a-f-]{36} \(2 runs\)$/m);
    expect(log.stderr).to.contain('An array has no log of its own.');
  });

  it('accept a range of indexes, and list the runs of one array', async () => {
    await queue('--array', '5-7', '--', 'say', 'hello');
    const runs = await bench.json('runs', 'ls', '--array', 'a', '--sort', 'name');
    expect(runs.map(({ name }: { name: string }) => name)).to.deep.equal(['a-5', 'a-6', 'a-7']);
  });

  it('are followed to their end with counts, and an exit code for the outcome', async () => {
    await queue('--array', '2', '--', 'fail', '3');
    await startOnce();
    const { exitCode, stdout, stderr } = await bench.run('runs', 'watch', 'a');
    expect(exitCode).to.equal(10);
    expect(stdout).to.contain('Failed: 2 of 2 ended: 2 failed');
    expect(stderr).to.contain('Run a ended Failed');
  });

  it('are retried and deleted by one name', async () => {
    await queue('--array', '2', '--', 'fail', '3');
    await startOnce();
    const retried = await bench.run('runs', 'retry', 'a');
    await startOnce();
    const deleted = await bench.run('runs', 'delete', 'a');
    expect(retried.stdout).to.match(/2 runs\.$/m);
    expect(deleted.stdout).to.equal('Deleted 3 runs.\n');
  });

  for (const [words, text, code = 2] of [
    [['--array', '0'], '--array'],
    [['--array', '9-5'], 'the range 9-5 is empty'],
    [['--array', '20000'], 'it must have 1 to 10000 runs (found: 20000)', 3],
    [['--array-limit', '2'], '--array-limit requires --array'],
  ] as const)
    it(`reject ${words.join(' ')}`, async () => {
      const { exitCode, stderr } = await queue(...words, '--', 'say', 'x');
      expect(exitCode).to.equal(code);
      expect(stderr).to.contain(text);
    });
});
