import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandLineBench } from '../../run-command-line.js';

describe('variable and secret commands', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  it('store a variable as JSON if it is JSON', async () => {
    for (const [name, value] of [
      ['text', 'hello'],
      ['number', '512'],
      ['map', '{"a":[1]}'],
      ['exact', '[2.0,1098765432109876543]'],
    ] as const)
      expect((await bench.run('variable', 'set', name, value)).exitCode).to.equal(0);

    expect((await bench.run('variable', 'get', 'text')).stdout).to.equal('hello\n');
    expect(await bench.json('variable', 'get', 'text')).to.equal('hello');
    expect(await bench.json('variable', 'get', 'number')).to.equal(512);
    expect(await bench.json('variable', 'get', 'map')).to.deep.equal({ a: [1] });
    expect((await bench.run('variable', 'get', 'exact', '--json')).stdout).to.equal(
      '[\n  2.0,\n  1098765432109876543\n]\n',
    );
    expect((await bench.run('variable', 'ls')).stdout).to.match(/^number +512$/m);
  });

  it('list values with escaped control characters and directional marks', async () => {
    await bench.run('variable', 'set', 'odd', 'a\x1b[2J\nb');
    await bench.run('variable', 'set', 'odder', '["\u202e\u009b"]');

    const { stdout } = await bench.run('variable', 'ls');

    expect(stdout).to.contain('a\\e[2J\\nb').and.to.contain('["\\u202e\\x9b"]');
  });

  it('replace and remove a variable', async () => {
    await bench.run('variable', 'set', 'v', 'one');
    await bench.run('variable', 'set', 'v', 'two');
    const replaced = await bench.json('variable', 'get', 'v');
    await bench.run('variable', 'rm', 'v');

    expect(replaced).to.equal('two');
    expect((await bench.run('variable', 'get', 'v')).exitCode).to.equal(4);
  });

  it('read a secret from standard input, without its final line break', async () => {
    bench.input = 'hunter2-hunter2\n';

    const { exitCode, stdout } = await bench.run('secret', 'set', 'token');
    const got = await bench.run('secret', 'get', 'token');

    expect([exitCode, stdout]).to.deep.equal([0, 'Set secret token.\n']);
    expect(got.stdout).to.equal('hunter2-hunter2\n');
  });

  it('prompt for a secret at a terminal', async () => {
    bench.stdinIsTerminal = true;
    bench.input = 'typed-secret';

    await bench.run('secret', 'set', 'token');

    expect((await bench.run('secret', 'get', 'token')).stdout).to.equal('typed-secret\n');
  });

  it('never list the value of a secret, nor store it in plain text', async () => {
    bench.input = 'hunter2-hunter2';
    await bench.run('secret', 'set', 'token');

    const text = await bench.run('secret', 'ls');
    const json = await bench.run('secret', 'ls', '--json');

    expect(`${text.stdout}${json.stdout}`).to.contain('token').and.not.to.contain('hunter2');
    const home = bench.environment.WORKER_HOST_HOME ?? '';
    for (const file of readdirSync(home)) expect(readFileSync(join(home, file)).includes('hunter2')).to.equal(false);
  });

  it('reject an empty secret, and one on the command line', async () => {
    const empty = await bench.run('secret', 'set', 'token');
    const typed = await bench.run('secret', 'set', 'token', 'value-on-the-line');

    expect([empty.exitCode, typed.exitCode]).to.deep.equal([2, 2]);
    expect(typed.stderr).not.to.contain('value-on-the-line');
  });

  it('remove a secret', async () => {
    bench.input = 'hunter2-hunter2';
    await bench.run('secret', 'set', 'token');

    await bench.run('secret', 'rm', 'token');

    expect((await bench.run('secret', 'get', 'token')).exitCode).to.equal(4);
  });
});
