import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FakeCluster } from './fake-cluster.js';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const HOST = join(dirname(createRequire(import.meta.url).resolve('worker-host')), '../../bin/worker-host.js');
const LOOK_EVERY_MS = 50;

describe('a worker with the kubernetes plugin that is killed', function () {
  this.timeout(120_000);
  let cluster: FakeCluster;
  let home: string;
  let environment: NodeJS.ProcessEnv;
  let living: NodeJS.Timeout;
  const workers: ChildProcess[] = [];

  before(async () => {
    cluster = await FakeCluster.open();
    home = mkdtempSync(join(tmpdir(), 'kubernetes-'));
    const kubeconfig = join(home, 'kubeconfig.yaml');
    const { address, token } = cluster.server;
    const [clusters, users] = [[{ name: 'c', cluster: { server: address } }], [{ name: 'u', user: { token } }]];
    const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
    writeFileSync(kubeconfig, JSON.stringify({ 'current-context': 'x', clusters, users, contexts }));
    environment = {
      PATH: process.env.PATH,
      HOME: home,
      WORKER_HOST_HOME: home,
      KUBECONFIG: kubeconfig,
      WORKER_HOST_PLUGIN: PACKAGE,
    };
    living = setInterval(() => cluster.live(), LOOK_EVERY_MS);
  });
  after(async () => {
    clearInterval(living);
    for (const worker of workers) worker.kill('SIGKILL');
    await cluster.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  /** In a separate process: this one is the cluster, and must continue. */
  const host = async (...words: readonly string[]): Promise<string> => {
    const child = spawn(process.execPath, [HOST, ...words], { env: environment });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
    const [code] = await once(child, 'close');
    expect(code, text).to.equal(0);
    return text;
  };
  const startWorker = (): ChildProcess => {
    const worker = spawn(process.execPath, [HOST, 'start', '--pool', 'k', '--type', 'kubernetes'], {
      env: environment,
      stdio: 'ignore',
    });
    workers.push(worker);
    return worker;
  };
  const until = async (isMet: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isMet())) await sleep(LOOK_EVERY_MS);
  };

  it('resumes the job, copies its complete output, and reports its end', async () => {
    await host('pool', 'create', 'k', '--type', 'kubernetes');
    const made = await host(
      'run',
      '--pool',
      'k',
      '--name',
      'first',
      '--job-variable',
      'image=busybox:1',
      '--json',
      '--',
      'sleep',
      'infinity',
    );
    const { id } = JSON.parse(made) as { readonly id: string };
    const first = startWorker();
    await until(() => cluster.launchesOf(id) === 1 && cluster.isRunning(id));
    cluster.print(id, ['before the kill']);
    await until(async () => (await host('runs', 'logs', 'first')).includes('before the kill'));

    first.kill('SIGKILL');
    await once(first, 'exit');
    cluster.print(id, ['after the kill']);
    startWorker();
    cluster.release(id);
    await until(async () => (await host('runs', 'ls')).includes('Completed'));

    const log = await host('runs', 'logs', 'first');
    expect(log.match(/before the kill/g)).to.have.length(1);
    expect(log.match(/after the kill/g)).to.have.length(1);
    expect(cluster.launchesOf(id)).to.equal(1);
  });
});
