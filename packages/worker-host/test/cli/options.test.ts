import { join } from 'node:path';
import { expect } from 'chai';
import type { Command } from 'commander';
import { CommandContext, pathOf } from '../../src/cli/command-context.js';
import { buildWholeProgram } from '../../src/cli/program.js';
import { fixturePath } from './fixtures.js';
import { CommandLineBench } from './run-command-line.js';

/** Commands that run until they are stopped, or whose output is already for scripts. */
const WITHOUT_JSON = [
  ...['start', 'ui', 'completion', 'export', 'config schema'],
  ...['secret get', 'deploy export-template'],
];

describe('options', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  const leavesOf = (command: Command): readonly Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

  it('for plugins, data and control plane are accepted by every command', async () => {
    const program = await buildWholeProgram(new CommandContext(bench.createIo(), null));

    for (const leaf of leavesOf(program)) {
      const names = leaf.options.map(({ long }) => long);
      expect(names, leaf.name()).to.include.members(['--home', '--config', '--orchestrator', '--plugin', '--debug']);
      expect(new Set(names).size, leaf.name()).to.equal(names.length);
    }
  });

  it('print JSON and YAML for scripts with every command that has a result', async () => {
    const program = await buildWholeProgram(new CommandContext(bench.createIo(), null));

    const without = leavesOf(program)
      .filter(({ options }) => !['--json', '--output'].every((name) => options.some(({ long }) => long === name)))
      .map(pathOf);

    expect(without).to.have.members(WITHOUT_JSON);
  });

  it('print the result of a change as JSON or YAML', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'x');
    await bench.run('deployment', 'create', 'd', '--pool', 'mine', '--interval', '1h', '--', 'true');
    bench.input = 'secret value';

    expect(await bench.json('variable', 'set', 'n', '{"a":1}')).to.deep.equal({ name: 'n', value: { a: 1 } });
    expect((await bench.run('variable', 'rm', 'n', '-o', 'yaml')).stdout).to.equal('name: n\ndeleted: true\n');
    expect(await bench.json('pool', 'pause', 'mine')).to.include({ name: 'mine', isPaused: true });
    expect(await bench.json('queue', 'update', 'default', '--pool', 'mine', '--priority', '3')).to.include({
      name: 'default',
      priority: 3,
    });
    expect(await bench.json('limit', 'set', 'k', '--max', '2')).to.include({ key: 'k', most: 2 });
    expect(await bench.json('schedule', 'pause', 'd')).to.have.nested.property('[0].isPaused', true);
    expect((await bench.run('secret', 'set', 's', '-o', 'json')).stdout).to.equal('{\n  "name": "s"\n}\n');
    await bench.run('run', '--pool', 'mine', '--name', 'r', '--', 'true');
    await bench.run('runs', 'cancel', 'r');
    const watched = await bench.run('runs', 'watch', 'r', '-o', 'json');
    expect(watched.exitCode).to.equal(12);
    expect(JSON.parse(watched.stdout)).to.have.nested.property('flowRun.name', 'r');
    const { contents, ...deleted } = await bench.json('pool', 'delete', 'mine', '--yes');
    expect(deleted).to.deep.equal({ name: 'mine', deleted: true });
    expect(contents).to.include({ deployments: 1 });
  });

  it('select a plugin for pool create, in place of the environment', async () => {
    const plugin = ['--plugin', fixturePath('fixture-plugin')];

    await bench.run('pool', 'create', 'mine', '--type', 'fixture', ...plugin);

    expect((await bench.json('pool', 'inspect', 'mine')).baseJobTemplate).to.have.property('job_configuration');
  });

  for (const [words, problem] of [
    [['nosuch', '--help'], "Unknown command 'nosuch'."],
    [['pol', '-h'], "Unknown command 'pol'. Did you mean pool?"],
    [['pool', 'creat', '--help'], "Unknown command 'creat'. Did you mean create?"],
    [['help', 'stat'], "Unknown command 'stat'. Did you mean start?"],
    [['help', 'pool', 'creat'], "Unknown command 'creat'. Did you mean create?"],
    [['stat', '--version'], "Unknown command 'stat'. Did you mean start?"],
    [['-V', 'nosuch'], "Unknown command 'nosuch'."],
  ] as const)
    it(`for help do not hide that ${words.join(' ')} is not a command`, async () => {
      const { exitCode, stdout, stderr } = await bench.run(...words);

      expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: '' });
      expect(stderr).to.contain(problem);
    });

  it('that all commands have may stand before the command, too', async () => {
    const home = join(bench.directory, 'elsewhere');
    await bench.run(
      '--home',
      home,
      '--plugin',
      fixturePath('fixture-plugin'),
      'pool',
      'create',
      'there',
      '--type',
      'fixture',
    );
    const names = async (...words: readonly string[]): Promise<unknown> =>
      (await bench.run(...words, 'pool', 'ls', '-o', 'name')).stdout;

    expect(await names(`--home=${home}`)).to.equal('there\n');
    expect(await names('--home', home)).to.equal('there\n');
    expect(await names()).to.equal('');
    expect(await bench.run('--hom', home, 'pool', 'ls')).to.include({ exitCode: 2 });
    expect(await bench.run('--home')).to.include({ exitCode: 2 });
  });

  it('for help do not treat arguments as commands', async () => {
    expect(await bench.run('pool', 'inspect', 'mine', '--help')).to.include({ exitCode: 0, stderr: '' });
  });

  it('for help know the aliases of commands', async () => {
    for (const words of [
      ['plugin', 'new', '--help'],
      ['help', 'plugin', 'new'],
    ])
      expect((await bench.run(...words)).stdout, words.join(' ')).to.contain('Usage: worker-host plugins new');
  });

  it('are suggested if an environment variable is misspelt', async () => {
    bench.environment.WORKER_HOST_PLUGINS = 'x';
    bench.environment.WORKER_HOST_ECS_LOG_GROUP = 'of a plugin';

    const { exitCode, stderr, stdout } = await bench.run('pool', 'ls', '--json');

    expect(exitCode).to.equal(0);
    expect(stderr).to.equal('WORKER_HOST_PLUGINS is set, but is not a setting; did you mean WORKER_HOST_PLUGIN?\n');
    expect(JSON.parse(stdout)).to.deep.equal([]);
  });

  it('keep a JSON log free of notes, because start logs misspelt variables itself', async () => {
    bench.environment.WORKER_HOST_PLUGINS = 'x';
    bench.environment.WORKER_HOST_LOG_FORMAT = 'json';

    expect((await bench.run('pool', 'ls')).stderr).to.not.contain('WORKER_HOST_PLUGINS');
  });

  it('of plugins are not misspelt for a command that does not know the plugin', async () => {
    const names =
      'PYTHON_VERSION RUNS_CHOOSE_ENDPOINTS LAUNCH_PATIENCE_SECONDS CAPACITY_WAIT_SECONDS ON_DEMAND_FROM_RELAUNCH STREAM_OUTPUT LOG_GROUP LOG_STREAM_PREFIX LOG_SETTLE_SECONDS PROVISIONING_LIMIT_SECONDS START_LIMIT_SECONDS RUN_LIMIT_SECONDS';
    for (const name of names.split(' ')) bench.environment[`WORKER_HOST_ECS_${name}`] = '1';

    expect((await bench.run('pool', 'ls')).stderr).to.not.contain('WORKER_HOST_ECS');
  });

  it('of the file are in its schema, each with its type', async () => {
    const schema = JSON.parse((await bench.run('config', 'schema')).stdout);

    expect(schema).to.include({ type: 'object', additionalProperties: false });
    expect(schema.properties.limit).to.deep.include({ type: 'integer', minimum: 1 });
    expect(schema.properties.drain).to.deep.include({ enum: ['leave', 'await'] });
    expect(schema.properties.work_queue.anyOf).to.have.length(2);
    expect(schema.properties).to.not.have.property('config');
  });
});
