import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ENDLESS_EXIT_CODE } from './mutant-switch.mjs';

const PROGRAM = fileURLToPath(new URL('./run-tests.mjs', import.meta.url));
const KEPT_ERROR_OUTPUT = 4_000;
const running = new Set();

/** A process that runs the tests of one package. It leads its own process group, so that killing it kills its children. */
export class TestProcess {
  #child;
  #errorOutput = '';
  #waiting = null;

  constructor(folder) {
    this.#child = fork(PROGRAM, [], { cwd: folder, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    running.add(this);
    this.#child.stderr.on('data', (data) => {
      this.#errorOutput = (this.#errorOutput + data).slice(-KEPT_ERROR_OUTPUT);
    });
    this.#child.on('message', ({ answer, failure }) => {
      this.#settle(failure === undefined ? { kind: 'answered', answer } : { kind: 'failed', reason: failure });
    });
    this.#child.on('exit', (exitCode, signal) => {
      running.delete(this);
      const kind = exitCode === ENDLESS_EXIT_CODE ? 'endless' : 'ended';
      this.#settle({ kind, reason: `ended with ${exitCode ?? signal}\n${this.#errorOutput}` });
    });
  }

  /**
   * Sends an order. Resolves with the kind of outcome: `answered`; `failed`: the order threw; `ended`: the process exited;
   * `endless`: an endless loop, or no answer within the time. After all but `answered` the process is killed.
   */
  ask(name, order, withinMs) {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#settle({ kind: 'endless', reason: `no answer in ${withinMs} ms` }),
        withinMs,
      );
      this.#waiting = (outcome) => {
        clearTimeout(timer);
        this.#waiting = null;
        if (outcome.kind !== 'answered') this.kill();
        resolve(outcome);
      };
      if (!running.has(this)) return this.#settle({ kind: 'ended', reason: this.#errorOutput });
      this.#child.send({ name, ...order });
    });
  }

  kill() {
    running.delete(this);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }

  #settle(outcome) {
    this.#waiting?.(outcome);
  }
}

/** Kills all test processes that still run. */
export function killTestProcesses() {
  for (const each of running) each.kill();
}
