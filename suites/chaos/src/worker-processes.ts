import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../../../../packages/worker-host/bin/worker-host.js', import.meta.url));
const PRELOAD = fileURLToPath(new URL('../../preload/jumping-clock.mjs', import.meta.url));

export interface WorkerProcessOptions {
  readonly poolName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  /** Plugin given by path instead of the one that is installed. */
  readonly plugin: string | null;
}

/** Real worker processes that are started, killed and stopped at will. */
export class WorkerProcesses {
  readonly #alive = new Set<ChildProcess>();
  readonly #log: WriteStream;
  #started = 0;

  constructor(private readonly options: WorkerProcessOptions) {
    this.#log = createWriteStream(options.logPath, { flags: 'a' });
  }

  get count(): number {
    return this.#alive.size;
  }

  start(): void {
    this.#started += 1;
    const name = `worker-${this.#started}`;
    const plugin = this.options.plugin === null ? [] : ['--plugin', this.options.plugin];
    const child = spawn(
      process.execPath,
      [
        '--import',
        PRELOAD,
        BINARY,
        'start',
        '--type',
        'ecs',
        '--pool',
        this.options.poolName,
        '--name',
        name,
        '--limit',
        '8',
        ...plugin,
      ],
      { env: { ...process.env, ...this.options.environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#alive.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => this.#log.write(data.toString().replaceAll(/^(?!$)/gm, `${name} `)));
    }
    child.once('exit', (code, signal) => {
      this.#alive.delete(child);
      this.#log.write(`${name} ended [code=${code} signal=${signal}]\n`);
    });
  }

  /** Sends a signal to one of the workers; false: there is none. */
  signal(signal: NodeJS.Signals, choose: (count: number) => number): boolean {
    const child = [...this.#alive][choose(this.#alive.size)];
    if (!child) return false;
    child.kill(signal);
    return true;
  }

  /** Kills all and waits until they are gone. */
  async killAll(): Promise<void> {
    const gone = [...this.#alive].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.#alive) child.kill('SIGKILL');
    await Promise.all(gone);
    this.#log.end();
  }
}
