import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../../../../packages/worker-host/bin/worker-host.js', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));

/** A command line of the real binary, and its complete output. */
export class CommandLine {
  output = '';
  readonly ended: Promise<number | null>;
  readonly #kill: () => void;

  constructor(words: readonly string[], environment: Readonly<Record<string, string>>) {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [BINARY, ...words], {
      cwd: REPOSITORY,
      env: { PATH, HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (this.output += data));
    this.ended = new Promise((resolve) => child.once('close', resolve));
    this.#kill = () => child.kill('SIGKILL');
  }

  kill(): void {
    this.#kill();
  }
}
