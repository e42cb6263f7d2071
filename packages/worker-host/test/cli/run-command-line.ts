import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '@worker-host/core';
import type { CommandIo } from '../../src/cli/command-io.js';
import { executeCommandLine } from '../../src/cli/command-line.js';

/** Result of a command line. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A working directory with a data directory in it, and the command line over both, in this process. */
export class CommandLineBench {
  readonly directory = mkdtempSync(join(tmpdir(), 'worker-host-cli-'));
  readonly environment: Record<string, string | undefined> = { WORKER_HOST_HOME: join(this.directory, 'home') };
  readonly warningListeners = new Set<(warning: Error) => void>();
  readonly stopListeners = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>();
  readonly keyListeners = new Set<(key: string) => void>();
  /** Prompts at the terminal. */
  readonly questions: string[] = [];
  clock: Clock = systemClock;
  nodeVersion = 'v24.1.0';
  input = '';
  stdinIsTerminal = false;
  stdoutIsTerminal = false;
  stderrIsTerminal = false;
  columns = 120;
  rows = 40;
  /** Output of the running command. */
  stdout = '';
  stderr = '';

  async run(...words: readonly string[]): Promise<Ran> {
    this.stdout = '';
    this.stderr = '';
    const exitCode = await executeCommandLine(words, this.createIo());
    return { exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** Returns the output of a command with `--json`. Throws if it failed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read output of many shapes
  async json(...words: readonly string[]): Promise<any> {
    const end = words.indexOf('--');
    const own = end < 0 ? words : words.slice(0, end);
    const ran = await this.run(...own, '--json', ...(end < 0 ? [] : words.slice(end)));
    if (ran.exitCode !== 0) throw new Error(`${words.join(' ')} exited with ${ran.exitCode}: ${ran.stderr}`);
    return JSON.parse(ran.stdout);
  }

  createIo(): CommandIo {
    return {
      environment: this.environment,
      workingDirectory: this.directory,
      userHome: this.directory,
      platform: 'linux',
      nodeVersion: this.nodeVersion,
      clock: this.clock,
      stdoutIsTerminal: this.stdoutIsTerminal,
      stdinIsTerminal: this.stdinIsTerminal,
      stderrIsTerminal: this.stderrIsTerminal,
      columns: this.columns,
      rows: this.rows,
      out: (text) => {
        this.stdout += text;
      },
      drained: async () => {},
      err: (text) => {
        this.stderr += text;
      },
      readInput: async () => this.input,
      prompt: async (question) => {
        this.questions.push(question);
        return this.input;
      },
      promptHidden: async () => this.input,
      onUnhandled: () => () => {},
      onExit: () => () => {},
      onStopSignal: (listener) => {
        this.stopListeners.add(listener);
        return () => this.stopListeners.delete(listener);
      },
      onKey: (listener) => {
        this.keyListeners.add(listener);
        return () => this.keyListeners.delete(listener);
      },
      onResize: () => () => {},
      outliveReaders: () => {},
      onWarning: (listener) => void this.warningListeners.add(listener),
      exitNow: (code) => {
        throw new Error(`exitNow(${code})`);
      },
    };
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
