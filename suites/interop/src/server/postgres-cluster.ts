import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

const run = promisify(execFile);
const LIBRARY = '/usr/lib/postgresql';
const ACCOUNT = 'postgres';

/** Folder with PostgreSQL's server programs; null: there is none. */
export function postgresPrograms(): string | null {
  if (!existsSync(LIBRARY)) return null;
  const versions = readdirSync(LIBRARY).sort((a, b) => Number(b) - Number(a));
  return (
    versions.map((version) => join(LIBRARY, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb'))) ?? null
  );
}

/** A throw-away PostgreSQL cluster. It refuses to run as root, so root lends it the account made for it. */
export class PostgresCluster {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly bin: string,
  ) {}

  /** @param isSynced whether commits are on the disk before they are answered, as by default of PostgreSQL */
  static async start({ isSynced = false } = {}): Promise<PostgresCluster> {
    const bin = postgresPrograms();
    if (bin === null) throw new Error('PostgreSQL is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'worker-host-postgres-'));
    const cluster = new PostgresCluster(folder, await freePort(), bin);
    if (process.getuid?.() === 0) {
      const id = async (flag: string): Promise<number> => Number((await run('id', [flag, ACCOUNT])).stdout);
      chmodSync(folder, 0o755);
      chownSync(folder, await id('-u'), await id('-g'));
    }
    const data = join(folder, 'data');
    await cluster.#asAccount('initdb', ['-D', data, '-U', ACCOUNT, '-A', 'trust', '-E', 'UTF8', '--no-sync']);
    const options = `-p ${cluster.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=${isSynced ? 'on' : 'off'}`;
    await cluster.#asAccount('pg_ctl', ['-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start']);
    await cluster.#asAccount('createdb', ['-h', '127.0.0.1', '-p', String(cluster.port), '-U', ACCOUNT, 'prefect']);
    return cluster;
  }

  get connectionUrl(): string {
    return `postgresql+asyncpg://${ACCOUNT}@127.0.0.1:${this.port}/prefect`;
  }

  /** The process that the others of the cluster are children of. */
  get pid(): number {
    return Number.parseInt(readFileSync(join(this.folder, 'data/postmaster.pid'), 'utf8'), 10);
  }

  async stop(): Promise<void> {
    await this.#asAccount('pg_ctl', ['-D', join(this.folder, 'data'), '-m', 'immediate', 'stop']).catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #asAccount(program: string, args: readonly string[]): Promise<void> {
    const command = join(this.bin, program);
    // pg_ctl leaves its server with the pipes of its caller, so none are given.
    const options = { cwd: '/', timeout: 60_000, stdio: 'ignore' as const };
    if (process.getuid?.() !== 0) await run(command, args, options);
    else
      await run('setpriv', [`--reuid=${ACCOUNT}`, `--regid=${ACCOUNT}`, '--clear-groups', command, ...args], options);
  }
}
