import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresCluster, postgresPrograms } from '@worker-host/suite-interop';
import { cpuMsOf } from '../processes.js';

const PACKAGES = { 'pg-boss': '10.4.2', bullmq: '6.7.0', ioredis: '5.11.1', 'graphile-worker': '0.17.3' };
const START_TRIES = 100;

/** A server of a peer, and the processor time that it has used. */
export interface PeerServer {
  readonly url: string;
  readonly cpuMs: () => number;
}

/** PostgreSQL and Redis as Debian packages them, and the packages of the peers in a directory outside of the workspace. */
export class PeerServers {
  readonly #stops: (() => Promise<void> | void)[] = [];

  /** Installs the packages once. Returns their directory. */
  async packages(): Promise<string> {
    const folder = join(homedir(), '.cache/worker-host/peers');
    const names = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
    const isThere = (name: string): boolean => existsSync(join(folder, 'node_modules', name, 'package.json'));
    if (Object.keys(PACKAGES).every(isThere)) return folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...names], { cwd: folder });
    return folder;
  }

  /** A cluster that syncs each commit; null where PostgreSQL is not installed. */
  async postgres(): Promise<PeerServer | null> {
    if (postgresPrograms() === null) return null;
    const cluster = await PostgresCluster.start({ isSynced: true });
    this.#stops.push(() => cluster.stop());
    return { url: cluster.connectionUrl.replace('+asyncpg', ''), cpuMs: () => cpuMsOf(cluster.pid) };
  }

  /** A server with an append-only file; null where Redis is not installed. */
  async redis(sync: 'always' | 'everysec'): Promise<PeerServer | null> {
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-redis-'));
    const port = await freePort();
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const child: ChildProcess = spawn('redis-server', [...words, '--appendonly', 'yes', '--appendfsync', sync], {
      stdio: 'ignore',
    });
    const isMissing = new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(true));
      child.once('spawn', () => resolve(false));
    });
    this.#stops.push(() => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
    if (await isMissing) return null;
    for (let tries = 0; tries < START_TRIES && !existsSync(join(folder, 'appendonlydir')); tries += 1) await sleep(100);
    return { url: `redis://127.0.0.1:${port}`, cpuMs: () => cpuMsOf(child.pid) };
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
