import { expect } from 'chai';
import { CommandLineBench } from '../../run-command-line.js';

describe('limit commands', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    await bench.json('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  it('set, list and delete a limit', async () => {
    const set = await bench.run('limit', 'set', 'api', '--max', '2', '--rate', '10/1m', '--on-limit', 'skip');
    await bench.run('run', '--pool', 'mine', '--concurrency-key', 'api', '--', 'say');
    const listed = await bench.run('limit', 'ls');
    await bench.run('limit', 'delete', 'api');

    expect(set.stdout).to.equal('Set the limit of api: 2 at once, 10 in 60s, else skip.\n');
    expect(listed.stdout).to.match(/^api +2 at once, 10 in 60s, else skip +0 +1$/m);
    expect(await bench.json('limit', 'ls')).to.deep.equal([]);
  });

  it('set the limit of a key with a run, and of a deployment with its own options', async () => {
    await bench.run(
      ...['run', '--pool', 'mine', '--concurrency-key', 'db', '--concurrency-limit', '3', '--on-limit', 'replace'],
      ...['--', 'say'],
    );
    await bench.run('deployment', 'create', 'job', '--pool', 'mine', '--concurrency-limit', '4', '--', 'say');
    const { stdout } = await bench.run('deployment', 'inspect', 'job');

    expect(await bench.json('limit', 'ls')).to.have.length(1);
    expect((await bench.json('limit', 'ls'))[0]).to.include({ key: 'db', most: 3, onLimit: 'replace' });
    expect(stdout).to.match(/^limit +4 at once, else queue$/m);
  });

  const refused: readonly (readonly [words: readonly string[], exitCode: number, message: string])[] = [
    [['limit', 'set', 'a', '--rate', '10'], 2, '--rate expects runs per time, such as 10/1m'],
    [['limit', 'set', 'a'], 3, 'it needs a number of runs or a rate'],
    [['limit', 'delete', 'a'], 4, 'There is no limit'],
    [['run', '--pool', 'mine', '--concurrency-limit', '2', '--', 'x'], 2, 'requires --concurrency-key'],
    [['run', '--pool', 'mine', '--on-limit', 'skip', '--', 'x'], 2, '--on-limit requires --concurrency-limit'],
  ];
  for (const [words, code, message] of refused)
    it(`reject ${words.join(' ')}`, async () => {
      const { exitCode, stderr } = await bench.run(...words);
      expect(stderr).to.contain(message);
      expect(exitCode).to.equal(code);
    });
});
