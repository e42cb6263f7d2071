import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigurationFileError, SettingsInvalidError } from '../../src/configuration/configuration-errors.js';
import { resolveHostSettings, type SettingSources } from '../../src/configuration/resolve-host-settings.js';
import { environmentNameOf, fileKeyOf, SETTING_DEFINITIONS } from '../../src/configuration/setting-definitions.js';

describe('host settings', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'worker-host-settings-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const sources = (more: Partial<SettingSources> = {}): SettingSources => ({
    flags: {},
    environment: { WORKER_HOST_HOME: join(directory, 'home') },
    workingDirectory: directory,
    userHome: directory,
    platform: 'linux',
    ...more,
  });
  const writeConfiguration = (text: string, path = join(directory, 'worker-host.toml')) => writeFileSync(path, text);
  const problemsOf = async (given: SettingSources) => {
    try {
      await resolveHostSettings(given);
    } catch (error) {
      if (error instanceof SettingsInvalidError) return error.problems;
      throw error;
    }
    return [];
  };

  it('prefers the flag, then the environment variable, then the configuration file', async () => {
    writeConfiguration('pool = "of-file"\ntype = "of-file"\nname = "of-file"\n');
    const environment = { WORKER_HOST_POOL: 'of-environment', WORKER_HOST_TYPE: 'of-environment' };

    const settings = await resolveHostSettings(sources({ flags: { pool: 'of-flag' }, environment }));

    expect([settings.get('pool'), settings.sourceOf('pool')]).to.deep.equal(['of-flag', '--pool']);
    expect([settings.get('type'), settings.sourceOf('type')]).to.deep.equal(['of-environment', 'WORKER_HOST_TYPE']);
    expect(settings.get('name')).to.equal('of-file');
    expect(settings.sourceOf('name')).to.equal(`name in ${join(directory, 'worker-host.toml')}:3`);
    expect([settings.get('limit'), settings.sourceOf('limit')]).to.deep.equal([undefined, undefined]);
  });

  it('reads every kind of value from the environment', async () => {
    const environment = {
      WORKER_HOST_WORK_QUEUE: 'fast, slow,',
      WORKER_HOST_LIMIT: '5',
      WORKER_HOST_PREFETCH_SECONDS: '2.5',
      WORKER_HOST_RUN_ONCE: 'yes',
      WORKER_HOST_DRAIN: 'await',
    };

    const settings = await resolveHostSettings(sources({ environment }));

    expect(settings.get('work-queue')).to.deep.equal(['fast', 'slow']);
    expect(settings.get('limit')).to.equal(5);
    expect(settings.get('prefetch-seconds')).to.equal(2.5);
    expect(settings.get('run-once')).to.equal(true);
    expect(settings.get('drain')).to.equal('await');
  });

  it('treats an empty environment variable as not set', async () => {
    const settings = await resolveHostSettings(sources({ environment: { WORKER_HOST_LIMIT: '' } }));

    expect(settings.get('limit')).to.equal(undefined);
  });

  it('reports all problems of all sources at once', async () => {
    writeConfiguration('limit = 0\nwork_queu = "x"\nrun_once = "yes"\n');
    const environment = { WORKER_HOST_DRAIN: 'now', WORKER_HOST_QUERY_SECONDS: 'often' };

    const problems = await problemsOf(sources({ flags: { 'log-level': 'loud' }, environment }));

    const file = join(directory, 'worker-host.toml');
    expect(problems.map(({ where }) => where)).to.have.members([
      '--log-level',
      'WORKER_HOST_DRAIN',
      'WORKER_HOST_QUERY_SECONDS',
      `limit in ${file}:1`,
      `work_queu in ${file}:2`,
      `run_once in ${file}:3`,
    ]);
    const byPlace = new Map(problems.map((problem) => [problem.where, problem]));
    expect(byPlace.get('WORKER_HOST_DRAIN')).to.include({ expected: 'one of leave, await', found: '"now"' });
    expect(byPlace.get(`limit in ${file}:1`)).to.include({ expected: 'a whole number of at least 1', found: '0' });
    expect(byPlace.get(`work_queu in ${file}:2`)?.expected).to.contain('did you mean work_queue?');
  });

  const edges: readonly (readonly [text: string, isGood: boolean])[] = [
    ['1', true],
    ['0', false],
    ['-1', false],
    ['1.5', false],
    ['0x10', false],
    ['', true],
  ];
  for (const [text, isGood] of edges) {
    it(`${isGood ? 'accepts' : 'rejects'} the limit ${JSON.stringify(text)}`, async () => {
      const problems = await problemsOf(sources({ environment: { WORKER_HOST_LIMIT: text } }));

      expect(problems.length === 0).to.equal(isGood);
    });
  }

  it('reports where a configuration file is invalid', async () => {
    writeConfiguration('pool = "x"\nlimit = = 3\n');

    const error = await resolveHostSettings(sources()).catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(ConfigurationFileError);
    expect((error as Error).message)
      .to.contain('worker-host.toml')
      .and.to.contain('line 2, column 9');
  });

  it('fails if the given configuration file is missing', async () => {
    const error = await resolveHostSettings(sources({ flags: { config: 'missing.toml' } })).catch(
      (reason: unknown) => reason,
    );

    expect(error).to.be.instanceOf(ConfigurationFileError);
  });

  it('finds the configuration file in the data directory if there is none in the working directory', async () => {
    const home = join(directory, 'home');
    mkdirSync(home);
    writeConfiguration('pool = "of-home"\n', join(home, 'worker-host.toml'));

    const settings = await resolveHostSettings(sources());

    expect(settings.get('pool')).to.equal('of-home');
  });

  const places: readonly (readonly [platform: string, environment: Record<string, string>, home: string])[] = [
    ['linux', {}, '/home/ada/.local/share/worker-host'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/worker-host'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada/.local/share/worker-host'],
    ['darwin', {}, '/home/ada/Library/Application Support/worker-host'],
    ['linux', { WORKER_HOST_HOME: '/srv/jobs' }, '/srv/jobs'],
  ];
  for (const [platform, environment, home] of places) {
    it(`stores its data in ${home} on ${platform} with ${JSON.stringify(environment)}`, async () => {
      const settings = await resolveHostSettings(sources({ platform, environment, userHome: '/home/ada' }));

      expect(settings.home).to.equal(home);
    });
  }

  it('spells every name once for flag, environment variable and file key', () => {
    const names = SETTING_DEFINITIONS.map(({ name }) => name);

    expect(new Set(names).size).to.equal(names.length);
    expect(environmentNameOf('work-queue')).to.equal('WORKER_HOST_WORK_QUEUE');
    expect(fileKeyOf('work-queue')).to.equal('work_queue');
  });
});
