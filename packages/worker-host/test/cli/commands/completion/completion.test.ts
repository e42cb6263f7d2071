import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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

  it('of bash completes commands, their commands, options and choices', async () => {
    expect(await completedByBash('')).to.include.members(COMMAND_ENTRIES.map(({ name }) => name));
    expect(await completedByBash('po')).to.deep.equal(['pool']);
    expect(await completedByBash('pool', 'cr')).to.deep.equal(['create']);
    expect(await completedByBash('pool', 'create', '--con')).to.have.members(['--concurrency-limit', '--config']);
    expect(await completedByBash('start', '--pool', 'x', '--drain', '')).to.deep.equal(['leave', 'await']);
    expect(await completedByBash('completion', 'z')).to.deep.equal(['zsh']);
  });

  it('of bash completes files where any value goes, and nothing behind --', async () => {
    writeFileSync(join(bench.directory, 'template.json'), '');

    expect(await completedByBash('pool', 'create', '--base-job-template', 'temp')).to.deep.equal(['template.json']);
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

  it('refuses other shells', async () => {
    expect(await bench.run('completion', 'tcsh')).to.include({ exitCode: 2 });
  });
});
