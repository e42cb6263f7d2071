import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

const PLUGIN = ['--plugin', fixturePath('fixture-plugin')];

describe('render', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
    bench.environment.WORKER_HOST_PLUGIN = fixturePath('fixture-plugin');
  });
  afterEach(() => bench.dispose());

  const writeTemplate = async (name: string, env: Record<string, string> = {}): Promise<string> => {
    const template = await bench.json('plugins', 'inspect', 'fixture', ...PLUGIN);
    template.variables.properties.env.default = env;
    writeFileSync(join(bench.directory, name), JSON.stringify(template));
    return name;
  };

  it('shows the requests of a command line in a pool, their sizes and notes', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');

    const { exitCode, stdout } = await bench.run('render', '--pool', 'mine', ...PLUGIN, '--', 'say', 'hello');

    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^# Speak\n# words: 2 of 8 words \(25 %\)\n\{$/m);
    expect(stdout).to.contain('"pool": "mine"').and.to.contain('"say",').and.to.contain('# Nobody listens.');
  });

  it('launches nothing and creates no run', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    await bench.run('render', '--pool', 'mine', ...PLUGIN, '--', 'say', 'hello');

    expect(await bench.json('runs', 'ls')).to.deep.equal([]);
  });

  it('explains each value: run, deployment, pool default, template, worker', async () => {
    const template = await writeTemplate('template.json', { OF_POOL: 'p', OF_BOTH: 'p' });
    await bench.run('pool', 'create', 'mine', '--type', 'fixture', '--base-job-template', template);
    await bench.run(
      'deployment',
      'create',
      'daily',
      '--pool',
      'mine',
      '--job-variable',
      'env={"OF_BOTH":"d"}',
      '--',
      'x',
    );
    const run = await bench.json('run', 'daily', '--job-variable', 'env.OF_RUN=r');

    const { requests } = await bench.json('render', '--run', run.id, '--explain', ...PLUGIN);

    const sources = Object.fromEntries(
      requests[0].values.map(({ path, source }: { path: string; source: string }) => [path, source]),
    );
    expect(sources).to.include({
      'words[0]': 'deployment variable command',
      'surroundings[OF_POOL]': 'pool default of env.OF_POOL',
      'surroundings[OF_BOTH]': 'deployment variable env.OF_BOTH',
      'surroundings[OF_RUN]': 'run variable env.OF_RUN',
      'surroundings[PREFECT__FLOW_RUN_ID]': 'worker',
      voice: 'worker: nobody shouts',
      pool: 'worker',
    });
    expect(requests[0].values).to.deep.include({
      path: 'surroundings[OF_BOTH]',
      value: 'd',
      source: 'deployment variable env.OF_BOTH',
    });
  });

  it('hides secrets, by their names and by their origins', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    bench.input = 'the-very-secret';
    await bench.run('secret', 'set', 'key');
    const env = 'env={"DB_PASSWORD":"hunter22","KEY":"{{ prefect.blocks.secret.key }}"}';

    for (const more of [[], ['--explain'], ['--json']]) {
      const { stdout } = await bench.run(
        'render',
        '--pool',
        'mine',
        ...PLUGIN,
        '--job-variable',
        env,
        ...more,
        '--',
        'x',
      );

      expect(stdout).to.contain('DB_PASSWORD').and.to.not.contain('hunter22').and.to.not.contain('the-very-secret');
    }
  });

  it('renders a template file without pool and server', async () => {
    const template = await writeTemplate('template.json');
    bench.environment.PREFECT_API_URL = 'http://127.0.0.1:1/api';

    const offline = ['--type', 'fixture', '--base-job-template', template, ...PLUGIN];
    const { exitCode, stdout, stderr } = await bench.run('render', ...offline, '--explain', '--', 'say', 'x');

    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
    expect(stdout).to.match(/^words\[0\] +"say" +command line variable command$/m);
  });

  it('compares with the infrastructure, a deployment and a template', async () => {
    const template = await writeTemplate('template.json', { NEW: '1' });
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    await bench.run('deployment', 'create', 'a', '--pool', 'mine', '--', 'say', 'a');
    await bench.run('deployment', 'create', 'b', '--pool', 'mine', '--', 'say', 'b');

    const registered = await bench.run('render', 'a', ...PLUGIN, '--diff', 'registered');
    const deployment = await bench.run('render', 'a', ...PLUGIN, '--diff', 'deployment:b');
    const file = await bench.run('render', 'a', ...PLUGIN, '--diff', `template:${template}`);

    expect(registered.stdout).to.equal('# Speak: speech 7 -> this launch\n~ voice: "loud" -> "soft"\n');
    expect(deployment.stdout).to.contain('# Speak: deployment b -> a\n~ words[1]: "b" -> "a"\n');
    expect(file.stdout).to.equal('# Speak: the pool\'s template -> template.json\n+ surroundings[NEW]: "1"\n');
  });

  it('reports what is missing', async () => {
    const nothing = await bench.run('render', ...PLUGIN);
    const both = await bench.run('render', 'a', '--run', 'b', ...PLUGIN);
    const noType = await bench.run('render', '--base-job-template', 'x.json', ...PLUGIN);
    const target = await bench.run('render', '--pool', 'mine', '--diff', 'that', ...PLUGIN);

    expect(nothing.stderr).to.contain('Pass a deployment, --run, or --pool and a command line.');
    expect(both.stderr).to.contain('Pass a deployment or a run, not both.');
    expect(noType.stderr).to.contain('Pass --type, the worker type');
    expect([nothing, both, noType].map(({ exitCode }) => exitCode)).to.deep.equal([2, 2, 2]);
    expect(target.exitCode).to.equal(4);
  });

  it('shows the configuration of a job if its plugin has no preview', async () => {
    const { previewSubject } = await import('../../../../src/cli/commands/render/preview-subject.js');
    const { subjectOfTemplate } = await import('../../../../src/cli/render-subject.js');
    const { CommandContext } = await import('../../../../src/cli/command-context.js');
    const { newCommand } = await import('../../../../src/cli/command-parts.js');
    const { loadPlugins } = await import('../../../../src/plugins/load-plugins.js');
    const { buildBaseJobTemplate } = await import('@worker-host/core');
    const found = { specifiers: [fixturePath('fixture-plugin')], workingDirectory: bench.directory, type: 'fixture' };
    const plugin = { ...(await loadPlugins(found)).get('fixture'), tools: undefined };
    const subject = subjectOfTemplate('fixture', buildBaseJobTemplate(plugin), { jobVariables: { command: 'say x' } });
    const context = new CommandContext(bench.createIo(), null);
    const settings = await context.settings(newCommand('render', ''));

    const { preview, sources } = await previewSubject(subject, plugin, context, {
      readsInfrastructure: false,
      settings,
    });

    expect(preview.requests[0]?.body).to.deep.include({ command: 'say x' });
    expect(sources.sourceOf(['command'], preview.requests[0]?.origins ?? [])).to.equal('command line variable command');
  });
});
