import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../../../../packages/worker-host/bin/worker-host.js', import.meta.url));
const PRELOAD = fileURLToPath(new URL('../../preload/loop-watch.mjs', import.meta.url));
const PROBE_MS = 250;
const PROBE_LIMIT_MS = 2000;

/** Results of the liveness probe of a worker. */
export interface Probes {
  readonly sent: number;
  /** One text for each probe without a timely 200. */
  readonly failed: readonly string[];
}

/** One real worker process, whose liveness is probed as by Kubernetes, but more often. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #failed: string[] = [];
  readonly #stopping = new AbortController();
  readonly #probing: Promise<void>;
  #sent = 0;
  #exit: string | null = null;

  constructor(
    private readonly loopFile: string,
    private readonly port: number,
    logPath: string,
    environment: Readonly<Record<string, string>>,
  ) {
    const words = ['start', '--type', 'ecs', '--pool', 'hostile', '--name', 'w', '--limit', '60', '--with-healthcheck'];
    const at = ['--webserver-host', '127.0.0.1', '--webserver-port', String(port)];
    this.#child = spawn(process.execPath, ['--import', PRELOAD, BINARY, ...words, ...at], {
      env: { ...process.env, ...environment, LOOP_WATCH_FILE: loopFile, LOOP_WATCH_AFTER_MS: '3000' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(logPath);
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.pipe(log, { end: false });
    this.#child.once('exit', (code, signal) => {
      this.#exit = `the worker ended with ${signal ?? code}`;
    });
    this.#probing = this.#probe();
  }

  get probes(): Probes {
    const ended = this.#exit === null ? [] : [this.#exit];
    return { sent: this.#sent, failed: [...this.#failed, ...ended] };
  }

  /** Longest time for which the event loop was blocked, in milliseconds. */
  get blockedMs(): number {
    try {
      return Number(readFileSync(this.loopFile, 'utf8'));
    } catch {
      return 0;
    }
  }

  /** Resolves with the time from SIGTERM to the end of the worker, in milliseconds. */
  async stop(): Promise<number> {
    this.#stopping.abort();
    await this.#probing;
    if (this.#exit !== null) return 0;
    const startedMs = performance.now();
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    await gone;
    clearTimeout(kill);
    return performance.now() - startedMs;
  }

  async #probe(): Promise<void> {
    let isUp = false;
    while (!this.#stopping.signal.aborted) {
      try {
        const signal = AbortSignal.timeout(PROBE_LIMIT_MS);
        const { status } = await fetch(`http://127.0.0.1:${this.port}/health`, { signal });
        if (status !== 200) this.#failed.push(`/health answered ${status}`);
        isUp = true;
        this.#sent += 1;
      } catch (error) {
        if (isUp && this.#exit === null) this.#failed.push(`/health: ${String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    }
  }
}
