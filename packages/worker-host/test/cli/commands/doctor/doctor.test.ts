import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Finding } from '@worker-host/core';
import { expect } from 'chai';
import { checkDatabaseFile } from '../../../../src/cli/commands/doctor/database-checks.js';
import { unusableHome } from '../../../../src/cli/commands/doctor/machine-checks.js';
import { dataFilesOf } from '../../../../src/orchestrators/embedded/database/data-directory.js';
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
      /^FAILED {7}voice {11}Voice of mine *\n {29}-> Drink\.\n\n6 ok, 0 warnings, 1 failed, 0 not checked\n$/m,
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

  it('says how a data directory gets its permissions, and a file system writable', () => {
    const refusal = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

    expect(unusableHome('/data/home', '/data', refusal('EACCES'))).to.deep.equal({
      check: 'data directory',
      status: 'failed',
      found: '/data/home cannot be used: EACCES: no.',
      fix:
        'Choose another directory with --home or WORKER_HOST_HOME, or run: sudo mkdir -p /data/home && ' +
        'sudo chown -R "$(id -u)" /data/home && chmod -R u+rwX /data/home',
    });
    expect(unusableHome('/data/home', '/data', refusal('EROFS')).fix).to.contain(
      'or run: sudo mount -o remount,rw "$(df --output=target /data | tail -n 1)"',
    );
    expect(unusableHome('/data/home', '/data', refusal('EIO')).fix).to.equal(
      'Choose another directory with --home or WORKER_HOST_HOME.',
    );
  });

  it('says how much room a data directory will have that does not exist yet', async () => {
    const { findings } = await examine();

    expect(findings.find(({ check }) => check === 'data directory')?.found).to.match(
      /home does not exist yet and can be created; \d+ MiB are free\.$/,
    );
  });

  describe('with a Prefect server', () => {
    const answers = new Map<string, readonly [status: number, body: unknown]>();
    let server: Server;
    beforeEach(async () => {
      answers.clear();
      answers.set('/api/admin/version', [200, '3.9.1']);
      server = createServer((request, response) => {
        const [status, body] = answers.get(request.url ?? '') ?? [404, { detail: 'Not Found' }];
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      bench.environment.PREFECT_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
      bench.environment.PREFECT_SERVER_CSRF_PROTECTION_ENABLED = 'false';
    });
    afterEach(() => new Promise((closed) => server.close(closed)));

    it('shows its address and version once', async () => {
      const { exitCode, findings } = await examine();
      const url = bench.environment.PREFECT_API_URL ?? '';

      expect({ exitCode, raised: raised(findings) }).to.deep.equal({ exitCode: 0, raised: [] });
      const { found = '' } = findings.find(({ check }) => check === 'control plane') ?? {};
      expect(found).to.match(/^Prefect server at .*, version 3\.9\.1\.$/);
      expect(found.split(url)).to.have.length(2);
    });

    for (const [what, arrange] of Object.entries({
      'refuses the credentials': () => answers.set('/api/work_pools/default', [401, { detail: 'Unauthorized' }]),
      'does not answer': () => {
        bench.environment.PREFECT_API_URL = 'http://127.0.0.1:1/api';
      },
    }))
      it(`fails without a pool, too, where it ${what}`, async () => {
        arrange();

        const { exitCode, findings } = await examine();

        expect(exitCode).to.equal(14);
        expect(raised(findings).map(({ check }) => check)).to.deep.equal(['control plane']);
        expect(raised(findings)[0]?.fix).to.match(
          /^Try: curl -f http:\/\/127\.0\.0\.1:\d+\/api\/health; correct PREFECT_API_URL/,
        );
      });

    it('says how a pool is created there', async () => {
      const { findings } = await examine('--pool', 'mine');

      expect(raised(findings).map(({ fix }) => fix)).to.deep.equal([
        'Run: prefect work-pool create mine --type TYPE; or worker-host start --pool mine --type TYPE, which creates it.',
      ]);
    });
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

  describe('with a database', () => {
    const databaseOf = async () => (await examine()).findings.find(({ check }) => check === 'database');
    let path = '';
    beforeEach(async () => {
      await bench.run('pool', 'create', 'mine', '--type', 'fixture');
      path = join(bench.environment.WORKER_HOST_HOME ?? '', 'worker-host.db');
    });

    it('says what is in it', async () => {
      expect(await databaseOf()).to.deep.equal({
        check: 'database',
        status: 'ok',
        found: `${path} is sound; pools: 1, deployments: 0, runs: 0.`,
        fix: '',
      });
    });

    it('names damage, and asks nothing else of it', async () => {
      await bench.run('db', 'vacuum');
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.alloc(20 * 4096, 7), 0, undefined, 4 * 4096);
      closeSync(file);
      rmSync(`${path}-wal`, { force: true });

      const { exitCode, findings } = await examine('--pool', 'mine');

      expect(exitCode).to.equal(14);
      expect(raised(findings).map(({ check }) => check)).to.deep.equal(['database']);
      expect(raised(findings)[0]?.fix).to.match(/^Run: worker-host db check/);
    });

    it('names secrets that the key does not decrypt', async () => {
      bench.environment.WORKER_HOST_SECRET_KEY = randomBytes(32).toString('base64');
      bench.input = 'value';
      await bench.run('secret', 'set', 'token');
      bench.environment.WORKER_HOST_SECRET_KEY = randomBytes(32).toString('base64');

      expect((await databaseOf())?.found).to.contain("the secret 'token' cannot be decrypted with the current key");
    });

    it('is not checked where that takes long', () => {
      const files = dataFilesOf(bench.environment.WORKER_HOST_HOME ?? '');

      expect(checkDatabaseFile(files, null, 10)).to.include({
        status: 'not-checked',
        fix: 'Run: worker-host db check',
      });
    });
  });

  it('names what keeps the infrastructure from being checked', async () => {
    await bench.run('pool', 'create', 'mine', '--type', 'fixture');
    bench.environment.WORKER_HOST_PLUGIN = undefined;

    const { findings } = await examine('--pool', 'mine');

    expect(raised(findings).map(({ check }) => check)).to.deep.equal(['infrastructure']);
    expect(raised(findings)[0]?.found).to.contain('No plugin serves this worker type [type=fixture');
  });
});
