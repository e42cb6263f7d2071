import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('iam', () => {
  let bench: CommandLineBench;
  beforeEach(async () => {
    bench = new CommandLineBench();
    bench.environment.WORKER_HOST_PLUGIN = fixturePath('fixture-plugin');
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
  });
  afterEach(() => bench.dispose());

  it('writes all roles in the first format, of the pool with its job variables', async () => {
    const { exitCode, stdout, stderr } = await bench.run('iam', '--pool', 'mine', '--job-variable', 'command=say x');

    expect(exitCode).to.equal(0);
    expect(stdout).to.equal('json of speaker and listener for null in say x\n');
    expect(stderr).to.equal('Sing it.\n');
  });

  it('writes the requested role, format and account', async () => {
    const asked = ['--role', 'listener', '--format', 'song', '--account', '7'];

    const answer = await bench.json('iam', '--pool', 'mine', ...asked);

    expect(answer).to.deep.equal({
      format: 'song',
      roles: ['listener'],
      text: 'song of listener for 7 in null\n',
      notes: ['Sing it.'],
    });
  });

  it('needs no pool with a template file and a type', async () => {
    const template = await bench.json('plugins', 'inspect', 'fixture');
    writeFileSync(join(bench.directory, 'template.json'), JSON.stringify(template));

    const { stdout } = await bench.run('iam', '--type', 'fixture', '--base-job-template', 'template.json');

    expect(stdout).to.contain('json of speaker and listener');
  });

  it('checks the permissions, with the exit code of doctor', async () => {
    const { exitCode, stdout } = await bench.run('iam', '--pool', 'mine', '--check');

    expect(exitCode).to.equal(14);
    expect(stdout).to.contain('Nobody may speak.').and.to.contain('-> Let them.');
  });

  it('rejects roles and formats that the plugin does not have, and lists the existing ones', async () => {
    const role = await bench.run('iam', '--pool', 'mine', '--role', 'singer');
    const format = await bench.run('iam', '--pool', 'mine', '--format', 'yaml');
    const nothing = await bench.run('iam');

    expect(role.stderr).to.contain('--role expects one of speaker, listener, found singer.');
    expect(format.stderr).to.contain('--format expects one of json, song, found yaml.');
    expect(nothing.stderr).to.contain('Pass --pool');
    expect([role, format, nothing].map(({ exitCode }) => exitCode)).to.deep.equal([2, 2, 2]);
  });

  it('reports that the plugin does not support it', async () => {
    const silent = join(bench.directory, 'silent.mjs');
    const fixture = join(fixturePath('fixture-plugin'), 'index.js');
    writeFileSync(
      silent,
      `import { plugin as p } from '${fixture}'; export const plugin = { ...p, type: 'silent', tools: undefined };`,
    );
    await bench.run('pool', 'create', 'quiet', '--type', 'silent', '--base-job-template', await templateFile());

    const { exitCode, stderr } = await bench.run('iam', '--pool', 'quiet', '--plugin', silent);

    expect(exitCode).to.equal(3);
    expect(stderr).to.contain("The plugin of type 'silent' does not support `worker-host iam`.");
    expect(stderr).to.contain('code: TOOL_NOT_SUPPORTED');
  });

  const templateFile = async (): Promise<string> => {
    writeFileSync(join(bench.directory, 't.json'), JSON.stringify(await bench.json('plugins', 'inspect', 'fixture')));
    return 't.json';
  };
});
