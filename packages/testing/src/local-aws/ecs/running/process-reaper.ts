import { type ChildProcess, spawn } from 'node:child_process';

/** Reads `+ group` and `- group` lines; kills the remaining groups when its input ends for any reason. */
const SCRIPT = [
  '$1 == "+" { g[$2] }',
  '$1 == "-" { delete g[$2] }',
  'END { for (p in g) system("kill -KILL -" p " 2>/dev/null"); system("rm -rf -- \\"$DIRECTORY\\"") }',
].join('\n');

/**
 * Kills the processes of tasks when this process ends in any way, including SIGKILL: a small helper process holds the
 * other end of a pipe and acts when it closes. It also removes the directory of the tasks.
 */
export class ProcessReaper {
  #helper: ChildProcess | null = null;

  /** Starts the helper, if it is not running. */
  open(directory: string): void {
    this.#helper ??= this.#start(directory);
  }

  add(group: number): void {
    this.#helper?.stdin?.write(`+ ${group}\n`);
  }

  remove(group: number): void {
    this.#helper?.stdin?.write(`- ${group}\n`);
  }

  /** Ends the helper, which kills what is still registered. */
  close(): void {
    this.#helper?.stdin?.end();
    this.#helper = null;
  }

  #start(directory: string): ChildProcess {
    const env = { PATH: process.env.PATH, DIRECTORY: directory };
    const helper = spawn('awk', [SCRIPT], { detached: true, env, stdio: ['pipe', 'ignore', 'ignore'] });
    helper.unref();
    helper.on('error', () => undefined);
    helper.stdin?.on('error', () => undefined);
    return helper;
  }
}
