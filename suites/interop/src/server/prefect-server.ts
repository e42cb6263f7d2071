import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PythonEnvironment } from '../python/python-environment.js';
import { Child } from './child.js';
import { freePort } from './free-port.js';

export interface PrefectServerOptions {
  readonly python: PythonEnvironment;
  /** Directory of this server alone. */
  readonly home: string;
  /** More settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Another database than a SQLite file. */
  readonly databaseUrl?: string;
}

const READY_TIMEOUT_MS = 180_000;

/** A real Prefect server with its own port and database. */
export class PrefectServer {
  #child: Child | null = null;

  private constructor(
    private readonly options: PrefectServerOptions,
    readonly port: number,
  ) {}

  static async start(options: PrefectServerOptions): Promise<PrefectServer> {
    mkdirSync(options.home, { recursive: true });
    const server = new PrefectServer(options, await freePort());
    const database = server.databaseFile;
    const ready = join(options.python.cache, 'migrated.db');
    if (options.databaseUrl === undefined && existsSync(ready)) cpSync(ready, database);
    await server.up();
    if (options.databaseUrl === undefined && !existsSync(ready)) {
      await server.down();
      cpSync(database, ready);
      await server.up();
    }
    return server;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.port}/api`;
  }

  /** Its process; undefined while it is down. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Its SQLite file. */
  get databaseFile(): string {
    return join(this.options.home, 'prefect.db');
  }

  get logFile(): string {
    return join(this.options.home, 'server.log');
  }

  /** Starts, or restarts on the same port and database. */
  async up(): Promise<void> {
    const { python, home, settings, databaseUrl } = this.options;
    const env = {
      PATH: `${python.bin}:${process.env.PATH ?? ''}`,
      HOME: home,
      PREFECT_HOME: home,
      PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
      DO_NOT_TRACK: '1',
      PREFECT_SERVER_UI_ENABLED: 'false',
      PREFECT_SERVER_DATABASE_CONNECTION_URL: databaseUrl ?? `sqlite+aiosqlite:///${this.databaseFile}`,
      ...settings,
    };
    const args = ['server', 'start', '--host', '127.0.0.1', '--port', String(this.port), '--log-level', 'WARNING'];
    const child = new Child(join(python.bin, 'prefect'), args, { env, cwd: home, logFile: this.logFile });
    this.#child = child;
    const endsAt = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      if (child.hasExited || Date.now() > endsAt) {
        throw new Error(`The Prefect server did not start:\n${readFileSync(this.logFile, 'utf8').slice(-3000)}`);
      }
      const isReady = await fetch(`${this.apiUrl}/ready`).then(
        (response) => response.ok,
        () => false,
      );
      if (isReady) return;
      await sleep(100);
    }
  }

  async down(): Promise<void> {
    await this.#child?.stop();
    this.#child = null;
  }

  /** Like a power failure. */
  async crash(): Promise<void> {
    await this.#child?.kill();
    await this.down();
  }
}
