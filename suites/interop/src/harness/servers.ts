import { join } from 'node:path';
import type { PythonEnvironment } from '../python/python-environment.js';
import { PostgresCluster } from '../server/postgres-cluster.js';
import { PrefectServer } from '../server/prefect-server.js';
import type { ServerKind } from './scenario.js';

const AUTH_STRING = 'admin:pass-of-the-suite';
const SETTINGS: Readonly<Record<ServerKind, Readonly<Record<string, string>>>> = {
  plain: {},
  guarded: {
    PREFECT_SERVER_API_AUTH_STRING: AUTH_STRING,
    PREFECT_SERVER_CSRF_PROTECTION_ENABLED: 'true',
    PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS: '3',
    PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS: '1',
  },
  postgres: {},
};

/** The servers of one run of the suite, each started when it is first needed. */
export class Servers {
  readonly #started = new Map<ServerKind, Promise<PrefectServer>>();
  #postgres: PostgresCluster | null = null;

  constructor(
    readonly python: PythonEnvironment,
    private readonly root: string,
  ) {}

  authString(kind: ServerKind): string | null {
    return kind === 'guarded' ? AUTH_STRING : null;
  }

  get(kind: ServerKind): Promise<PrefectServer> {
    const started = this.#started.get(kind) ?? this.#start(kind);
    this.#started.set(kind, started);
    return started;
  }

  /** Processes of a started server, without their children: its own and that of its database. */
  async processIds(kind: ServerKind): Promise<readonly number[]> {
    const { pid } = await this.get(kind);
    const ids = [pid, kind === 'postgres' ? this.#postgres?.pid : undefined];
    return ids.filter((id) => id !== undefined);
  }

  async stop(): Promise<void> {
    for (const server of this.#started.values()) await (await server.catch(() => null))?.down();
    await this.#postgres?.stop();
  }

  async #start(kind: ServerKind): Promise<PrefectServer> {
    const home = join(this.root, `server-${kind}`);
    const options = { python: this.python, home, settings: SETTINGS[kind] };
    if (kind !== 'postgres') return PrefectServer.start(options);
    this.#postgres = await PostgresCluster.start();
    return PrefectServer.start({ ...options, databaseUrl: this.#postgres.connectionUrl });
  }
}
