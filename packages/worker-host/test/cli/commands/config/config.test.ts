import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SETTING_DEFINITIONS } from '../../../../src/configuration/setting-definitions.js';
import { SETTING_CATALOGUE } from '../../../../src/orchestrators/prefect/settings/setting-catalogue.js';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

const FIXTURE = fixturePath('fixture-plugin');

describe('config show', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
    mkdirSync(join(bench.directory, '.prefect'));
  });
  afterEach(() => bench.dispose());

  const putProfiles = (text: string): string => {
    const file = join(bench.directory, '.prefect', 'profiles.toml');
    writeFileSync(file, text);
    return file;
  };

  it("shows value and source of every setting, ours and Prefect's, set or not", async () => {
    const file = putProfiles('active = "p"\n[profiles.p]\n\nPREFECT_API_URL = "http://host/api"\n');
    const configuration = join(bench.directory, 'worker-host.toml');
    writeFileSync(configuration, '# mine\npool = "mine"\n');
    writeFileSync(join(bench.directory, '.env'), 'PREFECT_WORKER_QUERY_SECONDS=3\n');
    bench.environment.WORKER_HOST_LIMIT = '4';

    const report = await bench.json('config', 'show');

    expect(report.controlPlane).to.deep.equal({
      kind: 'prefect',
      reason: `http://host/api (profile "p" of ${file}:4)`,
    });
    expect(report.configurationFile).to.equal(configuration);
    expect(report.profile).to.deep.equal({ name: 'p', file });
    expect(report.settings.map(({ name }: { name: string }) => name)).to.deep.equal(
      SETTING_DEFINITIONS.map(({ name }) => name),
    );
    const own = new Map(report.settings.map((each: { name: string }) => [each.name, each]));
    expect(own.get('pool')).to.deep.include({ value: 'mine', source: { name: 'pool', file: configuration, line: 2 } });
    expect(own.get('limit')).to.deep.include({
      value: 4,
      source: { name: 'WORKER_HOST_LIMIT', file: null, line: null },
    });
    expect(own.get('query-seconds')).to.deep.include({
      value: null,
      source: null,
      fallback: { text: '3.0', setting: 'PREFECT_WORKER_QUERY_SECONDS' },
    });
    expect(own.get('drain')).to.deep.include({ value: null, fallback: { text: 'leave', setting: null } });
    expect(report.prefectSettings.map(({ name }: { name: string }) => name)).to.deep.equal(
      SETTING_CATALOGUE.map(({ name }) => name),
    );
    const prefect = new Map(report.prefectSettings.map((each: { name: string }) => [each.name, each]));
    expect(prefect.get('PREFECT_WORKER_QUERY_SECONDS')).to.deep.include({
      value: '3.0',
      source: { kind: 'dotenv', name: 'PREFECT_WORKER_QUERY_SECONDS', file: join(bench.directory, '.env'), line: 1 },
    });
    expect(prefect.get('PREFECT_API_KEY')).to.deep.include({ value: null, source: null });
  });

  it('shows the same for people, in columns, without unset settings of Prefect', async () => {
    const file = putProfiles('active = "p"\n[profiles.p]\nPREFECT_API_URL = "http://host/api"\n');
    bench.environment.WORKER_HOST_PLUGIN = 'one, two';

    const { exitCode, stdout } = await bench.run('config', 'show');
    const complete = await bench.run('config', 'show', '--all');

    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^control plane +prefect \(http:\/\/host\/api \(profile "p" of .*profiles\.toml:3\)\)$/m);
    expect(stdout).to.match(/^plugin +one,two +WORKER_HOST_PLUGIN$/m);
    expect(stdout).to.match(/^drain +leave +default$/m);
    expect(stdout).to.contain(`PREFECT_API_URL  http://host/api  profile "p" of ${file}:3`);
    expect(stdout).not.to.contain('PREFECT_API_KEY');
    expect(complete.stdout).to.match(/^PREFECT_API_KEY +not set$/m);
  });

  it('hides secrets: keys, passwords in URLs, values of custom headers', async () => {
    bench.environment.PREFECT_API_URL = 'http://user:Pass-in-URL@host/api';
    bench.environment.PREFECT_API_KEY = 'Key-of-API';
    bench.environment.PREFECT_CLIENT_CUSTOM_HEADERS = '{"X-Gate":"Header-value"}';
    bench.environment.PREFECT_SERVER_DATABASE_CONNECTION_URL = 'postgresql://u:Pass-of-DB@host/db';

    for (const words of [
      ['config', 'show'],
      ['config', 'show', '--json'],
    ]) {
      const { exitCode, stdout, stderr } = await bench.run(...words);

      expect(exitCode).to.equal(0);
      expect(stdout + stderr).not.to.match(/Pass-in-URL|Key-of-API|Header-value|Pass-of-DB/);
      expect(stdout).to.contain('http://host/api').and.to.contain('X-Gate').and.to.contain('********');
    }
  });

  it('lists the settings of a plugin, set or not, secrets hidden', async () => {
    bench.environment.WORKER_HOST_PLUGIN = FIXTURE;
    bench.environment.WORKER_HOST_TYPE = 'fixture';
    bench.environment.FIXTURE_TOKEN = 'Word-of-day';

    const report = await bench.json('config', 'show');
    const { stdout } = await bench.run('config', 'show');

    expect(report.plugins).to.deep.equal([
      {
        type: 'fixture',
        settings: [
          { name: 'FIXTURE_VOICE', value: null, default: 'soft' },
          { name: 'FIXTURE_TOKEN', value: '********', default: 'soft' },
        ],
      },
    ]);
    expect(stdout).to.match(/^FIXTURE_VOICE +soft +default$/m);
    expect(stdout).to.match(/^FIXTURE_TOKEN +\*{8} +FIXTURE_TOKEN$/m);
  });

  it('lists those of every plugin if no type is set, and warns of one that cannot be loaded', async () => {
    bench.environment.WORKER_HOST_PLUGIN = FIXTURE;
    const listed = await bench.json('config', 'show');
    bench.environment.WORKER_HOST_PLUGIN = './there-is-none';
    const { exitCode, stderr } = await bench.run('config', 'show');

    expect(listed.plugins.map(({ type }: { type: string }) => type)).to.deep.equal(['fixture']);
    expect(exitCode).to.equal(0);
    expect(stderr).to.contain('The settings of plugins are not listed').and.to.contain('there-is-none');
  });

  it('reports ignored lines, and a profile that does not exist', async () => {
    writeFileSync(join(bench.directory, '.env'), 'PREFECT_API_URL="http://x\n');
    bench.environment.PREFECT_PROFILE = 'zz';

    const { exitCode, stdout, stderr } = await bench.run('config', 'show');

    expect(exitCode).to.equal(0);
    expect(stderr).to.contain('.env is not NAME=value').and.to.contain('Prefect profile "zz"');
    expect(stdout).to.match(/^control plane +Prefect profile "zz" does not exist/m);
  });
});

describe("a worker, with Prefect's profiles", () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
    mkdirSync(join(bench.directory, '.prefect'));
  });
  afterEach(() => bench.dispose());

  const start = () => bench.run('start', '--pool', 'mine', '--plugin', FIXTURE, '--type', 'fixture', '--run-once');

  it('does not start on the embedded pool if profiles.toml is invalid', async () => {
    writeFileSync(join(bench.directory, '.prefect', 'profiles.toml'), 'active="a\n[profiles.a]\n');

    const { exitCode, stderr } = await start();

    expect(exitCode).to.equal(3);
    expect(stderr).to.contain('profiles.toml').and.to.contain('code: PREFECT_SETTINGS_FILE_INVALID');
  });

  it('does not start on the embedded pool if the active profile does not exist', async () => {
    bench.environment.PREFECT_PROFILE = 'zz';

    const { exitCode, stderr } = await start();
    const listed = await bench.run('runs', 'ls');

    expect(exitCode).to.equal(3);
    expect(stderr)
      .to.contain('Prefect profile "zz" does not exist (environment variable PREFECT_PROFILE)')
      .and.to.contain('--orchestrator embedded')
      .and.to.contain('code: PREFECT_PROFILE_MISSING');
    expect(listed.exitCode).to.equal(3);
  });

  it('serves the embedded pool nevertheless if configured to, with a warning', async () => {
    bench.environment.PREFECT_PROFILE = 'zz';
    bench.environment.WORKER_HOST_ORCHESTRATOR = 'embedded';

    const { exitCode, stderr } = await start();

    expect(exitCode).to.equal(0);
    expect(stderr).to.contain('embedded pool (WORKER_HOST_ORCHESTRATOR)').and.to.contain('Prefect profile "zz"');
  });

  it('serves the embedded pool when an empty PREFECT_API_URL hides the profile', async () => {
    bench.environment.PREFECT_PROFILE = 'zz';
    bench.environment.PREFECT_API_URL = '';

    const { exitCode, stderr } = await start();

    expect(exitCode).to.equal(0);
    expect(stderr).to.contain('PREFECT_API_URL is empty (environment variable PREFECT_API_URL)');
  });
});
