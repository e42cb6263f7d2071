import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PythonEnvironment, postgresPrograms, Servers, World } from '@worker-host/suite-interop';
import type { LocalAwsOptions } from '@worker-host/testing/local-aws';
import { cpuMsOf } from '../processes.js';
import type { Contender } from './contender.js';
import { Side } from './side.js';

/** What was measured of both workers. */
export interface Each<Result> {
  readonly peer?: Result;
  readonly ours: Result;
}

/** One Prefect server, on PostgreSQL where that is installed, on which all workers are measured one after the other. */
export class Arena {
  readonly #root = mkdtempSync(join(tmpdir(), 'worker-host-bench-'));
  readonly #servers: Servers;
  #sides = 0;

  constructor(
    private readonly python: PythonEnvironment,
    /** Null: worker-host is measured alone. */
    readonly peer: Contender | null,
    readonly ours: Contender,
  ) {
    this.#servers = new Servers(python, this.#root);
  }

  /** The database of the server. */
  get database(): 'PostgreSQL' | 'SQLite' {
    return postgresPrograms() === null ? 'SQLite' : 'PostgreSQL';
  }

  /** Measures the peer, if there is one, then worker-host. */
  async measureEach<Result>(measure: (contender: Contender) => Promise<Result>): Promise<Each<Result>> {
    const peer = this.peer === null ? undefined : await measure(this.peer);
    return { ...(peer === undefined ? {} : { peer }), ours: await measure(this.ours) };
  }

  /** Opens a pool, a local AWS and a proxy for a worker, lets them be measured and closes them. */
  async with<Result>(
    contender: Contender,
    aws: LocalAwsOptions,
    measure: (side: Side) => Promise<Result>,
  ): Promise<Result> {
    this.#sides += 1;
    const pool = `bench-${this.#sides}`;
    const server = await this.#servers.get(this.#kind);
    const world = new World({ python: this.python, server, authString: null, folder: join(this.#root, pool), pool });
    try {
      return await measure(await Side.open(world, contender, aws));
    } finally {
      await world.close();
    }
  }

  /** Processor time of the server and its database, in milliseconds. */
  async serverCpuMs(): Promise<number> {
    const ids = await this.#servers.processIds(this.#kind);
    return ids.reduce((sum, id) => sum + cpuMsOf(id), 0);
  }

  async close(): Promise<void> {
    await this.#servers.stop();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  get #kind(): 'postgres' | 'plain' {
    return this.database === 'PostgreSQL' ? 'postgres' : 'plain';
  }
}
