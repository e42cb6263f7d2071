import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '@worker-host/core';
import { expect } from 'chai';
import { fixturePath } from '../../fixtures.js';
import { CommandLineBench } from '../../run-command-line.js';

describe('doctor', () => {
  let bench: CommandLineBench;
  beforeEach(() => {
    bench = new CommandLineBench();
    bench.environment.WORKER_HOST_PLUGIN = fixturePath('fixture-plugin');
  });
  afterEach(() => bench.dispose());

  const examine = async (
    ...words: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly findings: readonly Finding[] }> => {
    const { exitCode, stdout } = await bench.run('doctor', ...words, '--json');
    return { exitCode, findings: JSON.parse(stdout).findings };
  };
  const raised = (findings: readonly Finding[]): readonly Finding[] =>
    findings.filter(({ status }) => status === 'failed' || status === 'warning');

  it('finds nothing wrong with a fresh machine, and makes nothing', async () => {
    const { exitCode, findings } = await examine();

    expect({ exitCode, raised: raised(findings) }).to.deep.equal({ exitCode: 0, raised: [] });
    expect(findings.map(({ check }) => check)).to.deep.equal([
      'Node',
      'settings',
      'data directory',
      'control plane',
      'pool',
    ]);
    expect(existsSync(bench.environment.WORKER_HOST_HOME ?? '')).to.equal(false);
  });

  it('lets the plugin check the pool, with the template rendered', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');

    const { exitCode, findings } = await examine('--pool', 'mine');

    expect(exitCode).to.equal(0);
    expect(findings.slice(-2)).to.deep.equal([
      { check: 'pool', status: 'ok', found: "'mine' is of type 'fixture'.", fix: '' },
      { check: 'voice', status: 'ok', found: 'Voice of mine ', fix: '' },
    ]);
  });

  it('checks with the parts of extensions', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    const file = join(bench.directory, 'silent.mjs');
    writeFileSync(
      file,
      `export const extension = {
        kind: 'worker-extension', apiVersion: 2, name: 'silent', types: ['fixture'], registerHost() {},
        register: (container) => container.registerInstance(Symbol.for('worker-host.token.WorkerOptions'),
          { workPoolName: 'another', environment: { FIXTURE_HEALTH: 'warning' } }),
      };`,
    );

    const { exitCode, findings } = await examine('--pool', 'mine', '--extension', file);
    const missing = await bench.run('doctor', '--pool', 'mine', '--extension', './missing.mjs');

    expect([exitCode, findings.at(-1)?.found]).to.deep.equal([13, 'Voice of another ']);
    expect(missing.stdout).to.contain('Extensions could not be loaded');
  });

  for (const [status, code] of [
    ['ok', 0],
    ['not-checked', 0],
    ['warning', 13],
    ['failed', 14],
  ] as const)
    it(`exits with ${code} where a finding is ${status}`, async () => {
      await bench.run('pool', 'create', 'mine', '--type', 'fixture');
      bench.environment.FIXTURE_HEALTH = status;

      expect((await examine('--pool', 'mine')).exitCode).to.equal(code);
    });

  it('prints a line for each check, and what to do below it', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    bench.environment.FIXTURE_HEALTH = 'failed';

    const { stdout } = await bench.run('doctor', '--pool', 'mine');

    expect(stdout).to.match(
      /^FAILED {7}voice {11}Voice of mine *\n {29}-> Drink\.\n\n5 ok, 0 warnings, 1 failed, 0 not checked\n$/m,
    );
  });

  it('names an unknown setting and the one that was meant', async () => {
    bench.environment.WORKER_HOST_LIMTI = '5';

    const { exitCode, findings } = await examine();

    expect(exitCode).to.equal(13);
    expect(raised(findings)).to.deep.equal([
      {
        check: 'settings',
        status: 'warning',
        found: 'WORKER_HOST_LIMTI is set, but is not a setting; did you mean WORKER_HOST_LIMIT?',
        fix: 'Rename it to WORKER_HOST_LIMIT.',
      },
    ]);
  });

  it('names every setting that cannot be used', async () => {
    bench.environment.WORKER_HOST_LIMIT = 'many';
    writeFileSync(join(bench.directory, 'worker-host.toml'), 'pol = "x"\n');

    const { exitCode, findings } = await examine();

    expect(exitCode).to.equal(14);
    expect(raised(findings).map(({ found }) => found)).to.deep.equal([
      'WORKER_HOST_LIMIT: expected a whole number of at least 1, found "many".',
      `pol in ${join(bench.directory, 'worker-host.toml')}:1: expected a setting (did you mean pool?), found an unknown key.`,
    ]);
  });

  it('names a data directory that cannot be used', async () => {
    writeFileSync(join(bench.directory, 'file'), '');
    bench.environment.WORKER_HOST_HOME = join(bench.directory, 'file', 'home');
    const below = await examine();
    bench.environment.WORKER_HOST_HOME = join(bench.directory, 'file');
    const file = await examine();

    for (const { exitCode, findings } of [below, file]) {
      expect(exitCode).to.equal(14);
      expect(raised(findings).map(({ check }) => check)).to.deep.equal(['data directory']);
      expect(raised(findings)[0]?.found).to.match(/ cannot be used: .*(?:is no|not a) directory/);
      expect(raised(findings)[0]?.fix).to.contain('--home');
    }
  });

  it('warns of a data directory that others may write to', async () => {
    const home = bench.environment.WORKER_HOST_HOME ?? '';
    mkdirSync(home);
    (await import('node:fs')).chmodSync(home, 0o777);

    expect(raised((await examine()).findings)).to.deep.equal([
      {
        check: 'data directory',
        status: 'warning',
        found: `Other users can write to ${home}.`,
        fix: `Run: chmod 700 ${home}`,
      },
    ]);
  });

  it('names a Node that gets no fixes', async () => {
    bench.nodeVersion = 'v20.20.2';

    expect(raised((await examine()).findings)).to.deep.equal([
      {
        check: 'Node',
        status: 'warning',
        found: 'v20.20.2 is past its end of life, and the AWS SDK stops supporting it in January 2027.',
        fix: 'Use Node 22 or newer.',
      },
    ]);
  });

  it('names a pool that does not exist, and how it is made', async () => {
    const nothing = await examine('--pool', 'mine');
    await bench.run('pool', 'create', 'other', '--type', 'fixture');
    const other = await examine('--pool', 'mine');

    for (const { exitCode, findings } of [nothing, other]) {
      expect(exitCode).to.equal(14);
      expect(raised(findings)).to.deep.equal([
        {
          check: 'pool',
          status: 'failed',
          found: "Pool 'mine' does not exist.",
          fix: 'Run: worker-host pool create mine --type TYPE',
        },
      ]);
    }
  });

  it('names what keeps the infrastructure from being checked', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    bench.environment.WORKER_HOST_PLUGIN = undefined;

    const { findings } = await examine('--pool', 'mine');

    expect(raised(findings).map(({ check }) => check)).to.deep.equal(['infrastructure']);
    expect(raised(findings)[0]?.found).to.contain('No plugin serves this worker type [type=fixture');
  });
});
