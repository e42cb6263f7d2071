import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('runs in bulk', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  const startOnce = () => bench.run('start', '--pool', 'mine', '--plugin', fixturePath('fixture-plugin'), '--run-once');
  const queue = (name: string, ...words: readonly string[]) =>
    bench.json('run', '--pool', 'mine', '--name', name, '--tag', 'x', '--', ...words);
  const states = async (): Promise<Readonly<Record<string, string>>> => {
    const runs = (await bench.json('runs', 'ls')) as readonly { readonly name: string; readonly stateName: string }[];
    return Object.fromEntries(runs.map(({ name, stateName }) => [name, stateName]));
  };

  it('are counted and need confirmation before a filter deletes them', async () => {
    await queue('a', 'say', 'hello');
    await queue('b', 'fail', '3');
    await startOnce();
    await queue('c', 'say', 'waits');

    const dry = await bench.run('runs', 'delete', '--pool', 'mine', '--dry-run');
    const scripted = await bench.run('runs', 'delete', '--pool', 'mine');
    bench.stdinIsTerminal = true;
    bench.input = 'no';
    const refused = await bench.run('runs', 'delete', '--pool', 'mine');
    bench.input = 'y';
    const deleted = await bench.run('runs', 'delete', '--pool', 'mine');

    expect(dry.stdout).to.equal('Would delete 2 runs (1 completed, 1 failed).\n');
    expect([scripted.exitCode, refused.exitCode]).to.deep.equal([2, 130]);
    expect(scripted.stderr).to.contain('This would delete 2 runs (1 completed, 1 failed). Add --yes to confirm.');
    expect(bench.questions).to.have.length(2);
    expect(deleted.stdout).to.equal('Deleted 2 runs.\n');
    expect(await states()).to.deep.equal({ c: 'Scheduled' });
  });

  it('are retried, with changed variables and parameters, only failed ones unless they are named', async () => {
    await queue('a', 'say', 'hello');
    await queue('b', 'fail', '3');
    await startOnce();

    const many = await bench.json(
      'runs',
      'retry',
      '--tag',
      'x',
      '--yes',
      '--param',
      'n=2',
      '--job-variable',
      'command=say again',
    );
    const one = await bench.run('runs', 'retry', 'a');
    await startOnce();

    expect(many).to.deep.equal({ counts: { FAILED: 1 }, changed: 1 });
    expect(one.stdout).to.equal('Scheduled again: 1 run.\n');
    expect(await states()).to.deep.equal({ a: 'Completed', b: 'Completed' });
    const changed = await bench.json('runs', 'inspect', 'b');
    expect(changed.parameters).to.deep.equal({ n: 2 });
    expect(changed.attempts).to.have.length(2);
    expect((await bench.run('runs', 'logs', 'b', '--attempt', '2', '--plain')).stdout).to.contain('again');
  });

  it('are cancelled by a filter', async () => {
    for (const name of ['a', 'b']) await queue(name, 'say');
    const cancelled = await bench.run('runs', 'cancel', '--state', 'scheduled', '--yes');
    expect(cancelled.stdout).to.equal('Cancelled, or requested to stop: 2 runs.\n');
    expect(await states()).to.deep.equal({ a: 'Cancelled', b: 'Cancelled' });
  });

  it('exclude runs that are too recent for --older-than, and those of other deployments', async () => {
    await queue('a', 'say');
    await bench.run('deployment', 'create', 'job', '--pool', 'mine', '--', 'say');
    expect((await bench.run('runs', 'cancel', '--older-than', '1h', '--yes')).stdout).to.equal(
      'No runs were selected.\n',
    );
    expect((await bench.run('runs', 'cancel', '--deployment', 'job', '--yes')).stdout).to.equal(
      'No runs were selected.\n',
    );
    expect(await states()).to.deep.equal({ a: 'Scheduled' });
  });

  it('are pruned by the retention of their pool', async () => {
    for (const name of ['a', 'b']) await queue(name, 'say');
    await startOnce();
    const shown = await bench.run('pool', 'retention', 'mine');
    await bench.run('pool', 'retention', 'mine', '--state', 'completed', '--max-age', '7d', '--max-runs', '0');
    const set = await bench.run('pool', 'retention', 'mine');
    const dry = await bench.run('runs', 'prune', '--dry-run');
    const pruned = await bench.run('runs', 'prune', '--yes');

    expect(shown.stdout)
      .to.match(/^completed +30d 0h +100000$/m)
      .and.match(/^failed +90d 0h +100000$/m);
    expect(set.stdout)
      .to.match(/^completed +7d 0h +0$/m)
      .and.match(/^failed +90d 0h +100000$/m);
    expect(dry.stdout).to.equal('2 runs would be deleted.\n');
    expect(pruned.stdout).to.equal('Deleted 2 runs.\n');
    expect(await states()).to.deep.equal({});
  });

  const refused: readonly (readonly [words: readonly string[], exitCode: number, message: string])[] = [
    [['runs', 'delete'], 2, 'Pass runs, or select them with --pool'],
    [['runs', 'delete', '--state', 'running'], 2, 'Allowed choices are'],
    [['runs', 'retry', 'nothing'], 4, 'There is no flow run'],
    [['runs', 'delete', '--pool', 'nothing', '--yes'], 4, 'There is no work pool'],
    [['pool', 'retention', 'mine', '--max-age', '0d'], 2, '--max-age expects a duration'],
  ];
  for (const [words, code, message] of refused)
    it(`reject ${words.join(' ')}`, async () => {
      const { exitCode, stderr } = await bench.run(...words);
      expect(stderr).to.contain(message);
      expect(exitCode).to.equal(code);
    });
});

describe('run --after', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  it('starts a run when others have ended as specified', async () => {
    const startOnce = () =>
      bench.run('start', '--pool', 'mine', '--plugin', fixturePath('fixture-plugin'), '--run-once');
    await bench.run('run', '--pool', 'mine', '--name', 'first', '--', 'fail', '3');
    const after = ['run', '--pool', 'mine', '--after', 'first'];
    await bench.run(...after, '--name', 'good', '--', 'say');
    await bench.run(...after, '--name', 'bad', '--after-condition', 'failed', '--', 'say');
    await startOnce();
    await startOnce();

    const runs = (await bench.json('runs', 'ls')) as readonly { readonly name: string; readonly stateName: string }[];
    const states = Object.fromEntries(runs.map(({ name, stateName }) => [name, stateName]));
    expect(states).to.deep.equal({ first: 'Failed', good: 'Skipped', bad: 'Completed' });
  });

  it('rejects a condition without a run, and a run that does not exist', async () => {
    const alone = await bench.run('run', '--pool', 'mine', '--after-condition', 'ended', '--', 'say');
    const unknown = await bench.run('run', '--pool', 'mine', '--after', 'nothing', '--', 'say');
    expect([alone.exitCode, unknown.exitCode]).to.deep.equal([2, 4]);
  });
});
