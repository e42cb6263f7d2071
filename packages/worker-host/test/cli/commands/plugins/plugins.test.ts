import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

const FIXTURE = fixturePath('fixture-plugin');

describe('plugins', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
  });
  afterEach(() => bench.dispose());

  it('ls shows type, package with version, and how it was found', async () => {
    const { exitCode, stdout } = await bench.run('plugins', 'ls', '--plugin', FIXTURE);

    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^TYPE +PACKAGE +WHAT IT DOES +FOUND$/m);
    expect(stdout).to.match(/^fixture +fixture-plugin 1\.2\.3 +Jobs of words, for tests\. +--plugin$/m);
  });

  it('ls shows plugins that cannot be loaded together with the others', async () => {
    mkdirSync(join(bench.directory, 'node_modules'));
    cpSync(fixturePath('throwing-plugin'), join(bench.directory, 'node_modules', 'throwing-plugin'), {
      recursive: true,
    });
    writeFileSync(join(bench.directory, 'package.json'), '{ "dependencies": { "throwing-plugin": "*" } }');

    const { exitCode, stdout, stderr } = await bench.run('plugins', 'ls', '--plugin', FIXTURE);

    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('fixture-plugin');
    expect(stderr).to.contain('Cannot be loaded: throwing-plugin').and.to.contain('this plugin is broken inside');
  });

  it('inspect --json prints the base job template unchanged', async () => {
    const template = await bench.json('plugins', 'inspect', 'fixture', '--plugin', FIXTURE);

    expect(Object.keys(template)).to.deep.equal(['job_configuration', 'variables']);
    expect(template.job_configuration.command).to.equal('{{ command }}');
    expect(Object.keys(template.variables.properties)).to.include.members(['command', 'env', 'labels', 'name']);
  });

  it('inspect shows each job variable with its description', async () => {
    const { stdout } = await bench.run('plugins', 'inspect', 'fixture', '--plugin', FIXTURE);

    expect(stdout)
      .to.contain('fixture-plugin 1.2.3')
      .and.to.match(/^command +string +- +Command line of the job/m);
  });

  it('inspect of an unknown type lists the known ones', async () => {
    const { exitCode, stderr } = await bench.run('plugins', 'inspect', 'fixtur', '--plugin', FIXTURE);

    expect(exitCode).to.equal(6);
    expect(stderr).to.contain('type=fixtur').and.to.contain('known types=').and.to.contain('fixture');
    expect(stderr).to.contain('code: PLUGIN_TYPE_UNKNOWN');
  });

  it('that throw on load are named with their cause', async () => {
    const { exitCode, stderr } = await bench.run('plugins', 'ls', '--plugin', fixturePath('throwing-plugin'));

    expect(exitCode).to.equal(6);
    expect(stderr).to.contain('throwing-plugin').and.to.contain('this plugin is broken inside');
    expect(stderr).to.contain('code: PLUGIN_LOAD_FAILED').and.to.contain('Fix it, or omit it');
  });

  it('of a wrong shape are reported with path, expected and found', async () => {
    const { exitCode, stderr } = await bench.run('plugins', 'ls', '--plugin', fixturePath('shapeless-plugin'));

    expect(exitCode).to.equal(6);
    expect(stderr)
      .to.contain('plugin.apiVersion: expected 2, got 99')
      .and.to.contain('plugin.register: expected a function');
  });

  for (const [specifier, advice] of [
    ['./nowhere', 'Check the path.'],
    ['/nowhere/at-all', 'Check the path.'],
    ['no-such-package', 'npm install no-such-package'],
  ] as const)
    it(`that do not exist, as ${specifier}, are reported with what to do`, async () => {
      const { exitCode, stderr } = await bench.run('plugins', 'ls', '--plugin', specifier);

      expect(exitCode).to.equal(6);
      expect(stderr).to.contain('No such package, directory or file').and.to.contain(advice);
    });

  for (const [name, type] of [
    ['worker-host-nomad', 'nomad'],
    ['@me/nomad-plugin', 'nomad'],
    ['plugin', 'plugin'],
  ] as const)
    it(`new ${name} creates a project of type ${type}`, async () => {
      const { exitCode, stdout, stderr } = await bench.run('plugin', 'new', name);

      const directory = name.replace('@me/', '');
      expect([exitCode, stdout.includes(`pools of type ${type} `)]).to.deep.equal([0, true]);
      expect(stderr).to.include(`cd ${directory} && npm install`);
      const read = (file: string) => readFileSync(join(bench.directory, directory, file), 'utf8');
      expect(JSON.parse(read('package.json'))).to.deep.include({ name, workerHost: { type } });
      expect(read('src/job-worker.ts')).to.include(`readonly type = '${type}'`);
      expect(read('.gitignore')).to.include('node_modules');
      for (const file of ['package.json', 'README.md', 'src/index.ts']) expect(read(file)).not.to.match(/__[A-Z]/);
    });

  it('new writes nothing into a non-empty or unwritable directory, or for invalid names', async () => {
    writeFileSync(join(bench.directory, 'file'), '');
    for (const [words, exitCode, code] of [
      [['nomad', '--directory', '.'], 5, 'PROJECT_DIRECTORY_NOT_EMPTY'],
      [['nomad', '--directory', 'file/below'], 3, 'PROJECT_DIRECTORY_INVALID'],
      [['Nomad'], 2, 'USAGE'],
      [['../nomad'], 2, 'USAGE'],
      [['no.mad'], 2, 'USAGE'],
      [['nomad', '--type', 'No Mad'], 2, 'USAGE'],
    ] as const) {
      const ran = await bench.run('plugins', 'new', ...words);

      expect(ran.stderr).to.include(`code: ${code}`);
      expect(ran.exitCode, words.join(' ')).to.equal(exitCode);
    }
    expect(readdirSync(bench.directory)).to.deep.equal(['file']);
  });
});
