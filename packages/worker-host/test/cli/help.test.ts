import { expect } from 'chai';
import type { Command } from 'commander';
import { CommandContext } from '../../src/cli/command-context.js';
import { buildProgram, COMMAND_ENTRIES } from '../../src/cli/program.js';
import { CommandLineBench } from './run-command-line.js';

describe('help', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  const leavesOf = async (name: string): Promise<readonly Command[]> => {
    const program = await buildProgram(new CommandContext(bench.createIo(), null), name, '0');
    const command = program.commands.find((each) => each.name() === name);
    if (command === undefined) throw new Error(`no command ${name}`);
    return command.commands.length === 0 ? [command] : command.commands;
  };

  for (const { name } of COMMAND_ENTRIES) {
    it(`documents every command of ${name}: what it does, each option, an example`, async () => {
      for (const leaf of await leavesOf(name)) {
        const words = leaf.name() === name ? [name] : [name, leaf.name()];

        const { exitCode, stdout } = await bench.run(...words, '--help');

        expect(exitCode).to.equal(0);
        expect(stdout).to.contain('Examples:\n  # ');
        expect(leaf.description().length, `description of ${words.join(' ')}`).to.be.greaterThan(15);
        for (const option of leaf.options) expect(option.description, option.flags).to.match(/.{5,}/);
        for (const argument of leaf.registeredArguments) expect(argument.description).to.match(/.{5,}/);
      }
    });

    it(`shows only examples of ${name} that its commands accept`, async () => {
      for (const leaf of await leavesOf(name)) {
        const path = leaf.name() === name ? [name] : [name, leaf.name()];
        const { stdout } = await bench.run(...path, '--help');
        const examples = stdout
          .slice(stdout.indexOf('Examples:'))
          .split('\n')
          .filter((line) => /^ {2}\S*.*worker-host /.test(line));

        const options = [
          ...examples
            .join('\n')
            .replaceAll(/ -- .*/g, '')
            .replaceAll(/\|.*/g, '')
            .matchAll(/ (--?[a-z][a-z-]*)/g),
        ];

        expect(examples).not.to.equal([]);
        const known = (await Promise.all(COMMAND_ENTRIES.map((entry) => leavesOf(entry.name)))).flat();
        for (const [, flag] of options)
          expect(
            known.some((each) =>
              each.options.some((option) => option.short === flag || option.long === flag || flag === '--help'),
            ),
            String(flag),
          ).to.equal(true);
      }
    });
  }

  it('of a command shows its own options before the common ones', async () => {
    const { stdout } = await bench.run('pool', 'inspect', '--help');
    const { stdout: bare } = await bench.run('secret', 'get', '--help');

    expect(stdout.indexOf('Options:')).to.be.within(0, stdout.indexOf('Common options:'));
    expect(bare)
      .to.contain('Common options:')
      .and.to.not.match(/^Options:/m);
  });

  it('is printed by the program alone, by help and by --help', async () => {
    const byOption = await bench.run('--help');
    const byCommand = await bench.run('help');

    expect(byOption.exitCode).to.equal(0);
    expect(byCommand.stdout).to.equal(byOption.stdout);
    for (const { name, summary } of COMMAND_ENTRIES)
      expect(byOption.stdout).to.contain(name).and.to.contain(summary.slice(0, 30));
  });

  it('of a command is the same by help and by --help', async () => {
    const byOption = await bench.run('start', '--help');
    const byCommand = await bench.run('help', 'start');

    expect(byCommand).to.deep.equal(byOption);
    expect(byOption.stdout).to.contain('--prefetch-seconds');
  });

  it('is printed with the exit code for misuse if a group is called without a command', async () => {
    const { exitCode, stdout } = await bench.run('pool');

    expect(exitCode).to.equal(2);
    expect(stdout).to.contain('Usage: worker-host pool');
  });

  const mistakes: readonly (readonly [words: readonly string[], message: string, help: string])[] = [
    [['stat'], "Unknown command 'stat'. Did you mean start?", 'worker-host --help'],
    [['pool', 'creat'], "Unknown command 'creat'. Did you mean create?", 'worker-host pool --help'],
    [['start', '--polo', 'x'], "Unknown option '--polo'. Did you mean --pool?", 'worker-host start --help'],
    [['pool', 'create', 'x'], "Required option '-t, --type <type>' not specified.", 'worker-host pool create --help'],
    [['pool', 'inspect'], "Missing required argument 'name'.", 'worker-host pool inspect --help'],
    [['start', '--drain', 'now'], 'Allowed choices are leave, await.', 'worker-host start --help'],
    [
      ['start', '--limit', 'many'],
      '--limit expects a whole number of at least 1, found "many".',
      'worker-host start --help',
    ],
    [['pool', 'limit', 'p', 'many'], 'expects a whole number', 'worker-host pool limit --help'],
    [['run', '--pool', 'p', '--job-variable', 'x', '--', 'true'], 'expects name=value', 'worker-host run --help'],
    [['run', '--pool', 'p', '--'], 'Pass a command after `--`.', 'worker-host run --help'],
    [['start', '--limit', '0'], '--limit expects a whole number of at least 1, found "0".', 'worker-host start --help'],
  ];
  for (const [words, message, help] of mistakes) {
    it(`reports what is wrong with ${words.join(' ')}`, async () => {
      const { exitCode, stdout, stderr } = await bench.run(...words);

      expect(exitCode).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.contain(message).and.to.contain(`See \`${help}\``).and.to.contain('code: USAGE');
    });
  }

  it('prints the version', async () => {
    const { exitCode, stdout } = await bench.run('--version');

    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^\d+\.\d+\.\d+/);
  });
});
