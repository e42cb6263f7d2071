import { homedir } from 'node:os';
import { systemClock } from '@worker-host/core';
import { OutputUnwritableError } from './cli-errors.js';
import type { CommandIo, UnhandledOrigin } from './command-io.js';
import { EXIT_CODES, exitNameOf } from './exit-codes.js';
import { ask, askHidden } from './input/ask.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The real process. */
export function createProcessIo(): CommandIo {
  let outlivesReaders = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') return endUnwritten(stream, error, outlivesReaders);
      // The reader has gone (`worker-host runs ls | head`). A listing ends successfully; a worker loses its log and
      // continues.
      if (!outlivesReaders) process.exit(0);
    });
  }
  return {
    environment: process.env,
    workingDirectory: process.cwd(),
    userHome: homedir(),
    nodeVersion: process.version,
    platform: process.platform,
    clock: systemClock,
    stdoutIsTerminal: process.stdout.isTTY === true,
    stdinIsTerminal: process.stdin.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    get columns() {
      return process.stdout.columns ?? 120;
    },
    get rows() {
      return process.stdout.rows ?? 40;
    },
    out: (text) => void process.stdout.write(text),
    drained: async () => {
      // One turn of the event loop, in which a closed pipe is detected.
      await new Promise((done) => setImmediate(done));
      if (process.stdout.writableNeedDrain) await new Promise((done) => process.stdout.once('drain', done));
    },
    err: (text) => void process.stderr.write(text),
    readInput,
    prompt: (question) => ask(question, { input: process.stdin, output: process.stderr }),
    promptHidden: (question) => askHidden(question, { input: process.stdin, output: process.stderr }),
    onStopSignal(listener) {
      for (const signal of STOP_SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, listener);
      };
    },
    onKey(listener) {
      const { stdin } = process;
      if (stdin.isTTY !== true) return () => {};
      const take = (keys: string): void => {
        for (const key of keys) listener(key);
      };
      stdin.setRawMode(true).setEncoding('utf8').on('data', take).resume();
      return () => void stdin.off('data', take).setRawMode(false).pause();
    },
    onResize(listener) {
      process.stdout.on('resize', listener);
      return () => void process.stdout.off('resize', listener);
    },
    onUnhandled(listener) {
      const take = (error: unknown, origin: UnhandledOrigin): void => {
        if (listener(error, origin)) return;
        console.error(error);
        process.exit(1);
      };
      const takeRejection = (error: unknown): void => take(error, 'unhandledRejection');
      const takeException = (error: unknown): void => take(error, 'uncaughtException');
      process.on('unhandledRejection', takeRejection);
      process.on('uncaughtException', takeException);
      return () => {
        process.off('unhandledRejection', takeRejection);
        process.off('uncaughtException', takeException);
      };
    },
    onExit(listener) {
      const exit = (code: number): void => {
        // Node itself sets another code if nothing is left that could resolve an awaited promise.
        process.exitCode = listener(Number(process.exitCode ?? code));
      };
      process.on('exit', exit);
      return () => void process.off('exit', exit);
    },
    outliveReaders: () => {
      outlivesReaders = true;
    },
    onWarning(listener) {
      process.removeAllListeners('warning');
      process.on('warning', listener);
    },
    exitNow: (code) => process.exit(code),
  };
}

/** Handles a full disk behind standard output or error. A worker loses its log and continues. */
function endUnwritten(stream: NodeJS.WriteStream, error: Error, outlivesIt: boolean): void {
  if (outlivesIt) return;
  const unwritten = new OutputUnwritableError(error);
  if (stream === process.stdout) process.stderr.write(`worker-host: ${unwritten.message}\n  code: ${unwritten.code}\n`);
  process.exit(EXIT_CODES[exitNameOf(unwritten)].code);
}

async function readInput(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) text += chunk;
  return text;
}
