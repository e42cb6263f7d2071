import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { COMMAND_ENTRIES } from '../../../../src/cli/program.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('completion', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  /** What bash completes the last word to. */
  const completedByBash = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await bench.run('completion', 'bash');
    const file = join(bench.directory, 'completion.bash');
    writeFileSync(file, stdout);
    const line = ['worker-host', ...words].map((word) => `'${word}'`).join(' ');
    const script = `source ${file}; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _worker_host; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8', cwd: bench.directory }).trim().split('\n');
  };

  const isInstalled = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

  it('of bash completes commands, their commands, options and choices', async () => {
    expect(await completedByBash('')).to.include.members(COMMAND_ENTRIES.map(({ name }) => name));
    expect(await completedByBash('po')).to.deep.equal(['pool']);
    expect(await completedByBash('pool', 'cr')).to.deep.equal(['create']);
    expect(await completedByBash('pool', 'create', '--con')).to.have.members(['--concurrency-limit', '--config']);
    expect(await completedByBash('start', '--pool', 'x', '--drain', '')).to.deep.equal(['leave', 'await']);
    expect(await completedByBash('completion', 'z')).to.deep.equal(['zsh']);
  });

  it('of bash completes below a second name of a command', async () => {
    expect(await completedByBash('plugin', 'n')).to.deep.equal(['new']);
  });

  it('of bash completes the value behind an equals sign, of which bash makes a word', async () => {
    expect(await completedByBash('start', '--drain', '=', 'l')).to.deep.equal(['leave']);
    expect(await completedByBash('start', '--drain', '=')).to.deep.equal(['leave', 'await']);
    expect(await completedByBash('start', '--drain=l')).to.deep.equal(['--drain=leave']);
  });

  it('of bash completes files where any value goes, and nothing behind --', async () => {
    writeFileSync(join(bench.directory, 'template of mine.json'), '');

    const files = await completedByBash('pool', 'create', '--base-job-template', 'temp');
    expect(files).to.deep.equal(['template of mine.json']);
    expect(await completedByBash('run', '--', '')).to.deep.equal(['']);
  });

  it('of zsh and fish name every command', async () => {
    const zsh = await bench.run('completion', 'zsh');
    const fish = await bench.run('completion', 'fish');

    expect(zsh.stdout).to.match(/^#compdef worker-host\n/);
    for (const { name } of COMMAND_ENTRIES) {
      expect(zsh.stdout).to.contain(`'${name}')`);
      expect(fish.stdout).to.match(new RegExp(`^complete -c worker-host -f .* -a '${name}' -d`, 'm'));
    }
    expect(fish.stdout).to.contain("-n '__fish_seen_subcommand_from start' -l drain -x -a 'leave await'");
  });

  it('of fish completes a real command line', async function () {
    if (!isInstalled('fish')) return void this.skip();
    const file = join(bench.directory, 'completion.fish');
    writeFileSync(file, (await bench.run('completion', 'fish')).stdout);
    const complete = (line: string): readonly string[] =>
      execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((each) => each.split('\t')[0] ?? '');

    expect(complete('worker-host deploy s')).to.have.members(['service', 'status']);
    expect(complete('worker-host plugin n')).to.deep.equal(['new']);
    expect(complete('worker-host start --drain l')).to.deep.equal(['leave']);
  });

  it('of zsh completes the first real command line, loaded from fpath', async function () {
    if (!isInstalled('zsh')) return void this.skip();
    const folder = join(bench.directory, 'functions');
    mkdirSync(folder);
    writeFileSync(join(folder, '_worker-host'), (await bench.run('completion', 'zsh')).stdout);
    // A terminal of its own: zsh completes nothing without one. zpty -r waits for the pattern.
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "fpath=(${folder} \\$fpath); autoload -Uz compinit; compinit -u -D; print rea''dy"
      zpty -r shell out '*ready*'
      zpty -w -n shell $'worker-host plugin ins\t'
      zpty -r shell out '*inspect*'
      print completed`;

    const { stdout } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8', timeout: 20_000 });

    expect(stdout).to.contain('completed');
  });

  it('refuses other shells', async () => {
    expect(await bench.run('completion', 'tcsh')).to.include({ exitCode: 2 });
  });
});
