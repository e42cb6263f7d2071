import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fixturePath } from './fixtures.js';

const BINARY = fileURLToPath(new URL('../../../bin/worker-host.js', import.meta.url));
const FIXTURE = fixturePath('fixture-plugin');

describe('the binary', function () {
  this.timeout(30_000);
  let directory: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'worker-host-binary-'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  const environment = () => ({ PATH: process.env.PATH, HOME: directory, WORKER_HOST_HOME: join(directory, 'home') });
  const run = (...words: readonly string[]) =>
    spawnSync(process.execPath, [BINARY, ...words], { cwd: directory, env: environment(), encoding: 'utf8' });
  const start = (...words: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [BINARY, 'start', '--pool', 'p', '--plugin', FIXTURE, ...words], {
      cwd: directory,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  };
  const printed = async (child: ChildProcess, text: string): Promise<void> => {
    let seen = '';
    while (!seen.includes(text)) {
      const [chunk] = (await once(child.stderr as NonNullable<ChildProcess['stderr']>, 'data')) as [Buffer];
      seen += chunk.toString();
    }
  };

  it('exits with the code of the command, prints results to standard output, errors to standard error', () => {
    const good = run('pool', 'create', 'p', '--type', 'fixture');
    const bad = run('pool', 'inspect', 'q');
    const unknown = run('pol');

    expect([good.status, bad.status, unknown.status]).to.deep.equal([0, 4, 2]);
    expect(good.stdout).to.equal('Created pool p of type fixture.\n');
    expect(bad.stdout).to.equal('');
    expect(bad.stderr).to.contain('code: ');
  });

  it('fails with a code if its output cannot be written', function () {
    if (!existsSync('/dev/full')) return this.skip();
    run('pool', 'create', 'p', '--type', 'fixture');
    const words = `"${process.execPath}" "${BINARY}" pool ls > /dev/full`;

    const { status, stderr } = spawnSync('sh', ['-c', words], { cwd: directory, env: environment(), encoding: 'utf8' });

    expect(status).to.equal(7);
    expect(stderr).to.match(
      /^worker-host: Writing to standard output failed: .*ENOSPC.*\n {2}code: OUTPUT_UNWRITABLE\n$/,
    );
  });

  it('prints long output completely into a pipe, and exits successfully when the reader closes it', () => {
    run('pool', 'create', 'p', '--type', 'fixture');
    const long = 'x'.repeat(300_000);
    const set = spawnSync(process.execPath, [BINARY, 'secret', 'set', 's'], { env: environment(), input: long });

    const whole = run('secret', 'get', 's');
    const script = `"${process.execPath}" "${BINARY}" secret get s | head -c 10; exit "\${PIPESTATUS[0]}"`;
    const cut = spawnSync('bash', ['-c', script], { env: environment(), encoding: 'utf8' });

    expect(set.status).to.equal(0);
    expect(whole.stdout.length).to.equal(long.length + 1);
    expect([cut.stdout, cut.stderr]).to.deep.equal(['xxxxxxxxxx', '']);
    expect(cut.status).to.equal(0);
  });

  it('shows stack traces with WORKER_HOST_DEBUG or --debug', () => {
    const byFlag = run('pool', 'inspect', 'q', '--debug');
    const without = run('pool', 'inspect', 'q');

    expect(byFlag.stderr).to.match(/\n {4}at /);
    expect(without.stderr).not.to.match(/\n {4}at /);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends a worker with 0 at the first ${signal}`, async () => {
      const child = start();
      await printed(child, 'Serving the work pool');
      const exited = once(child, 'exit');

      child.kill(signal);

      expect(await exited).to.deep.equal([0, null]);
    });
  }

  it('ends a worker that awaits its runs immediately at the second signal', async () => {
    run('pool', 'create', 'p', '--type', 'fixture');
    run('run', '--pool', 'p', '--', 'wait');
    const child = start('--drain', 'await');
    await printed(child, 'Launched on');
    const exited = once(child, 'exit');

    child.kill('SIGTERM');
    await printed(child, 'Stopping after the runs have ended.');
    child.kill('SIGTERM');

    expect(await exited).to.deep.equal([143, null]);
  });

  it('continues its runs when the readers of its log close the pipe', async () => {
    run('pool', 'create', 'p', '--type', 'fixture');
    const child = start();
    await printed(child, 'Serving the work pool');
    child.stdout?.destroy();
    child.stderr?.destroy();
    const exited = once(child, 'exit');

    const words = ['run', '--pool', 'p', '--watch', '--', 'say', 'hello'];
    const options = { cwd: directory, env: environment(), timeout: 10_000 };
    const watched = spawnSync(process.execPath, [BINARY, ...words], options);

    expect(watched.status).to.equal(0);
    expect([child.exitCode, child.signalCode]).to.deep.equal([null, null]);
    child.kill('SIGTERM');

    expect(await exited).to.deep.equal([0, null]);
  });

  it('loads no code for Prefect servers, metrics or plugins that it does not need', () => {
    run('pool', 'create', 'p', '--type', 'fixture');
    const spy = `
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(
        "export async function load(url, context, next) { process._rawDebug('LOADED ' + url); return next(url, context); }"));
    `;
    const words = ['start', '--pool', 'p', '--plugin', FIXTURE, '--run-once'];

    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(spy)}`, BINARY, ...words],
      { cwd: directory, env: environment(), encoding: 'utf8' },
    );

    const loaded = stderr.split('\n').filter((line) => line.startsWith('LOADED '));
    expect(status, stderr).to.equal(0);
    expect(loaded.some((line) => line.includes('fixture-plugin'))).to.equal(true);
    for (const unwanted of ['https-proxy-agent', '/ws/', 'prom-client', 'prefect-orchestrator', '@aws-sdk'])
      expect(
        loaded.filter((line) => line.includes(`/${unwanted.replaceAll('/', '')}`)),
        unwanted,
      ).to.deep.equal([]);
  });
});
