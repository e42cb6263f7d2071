import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';

import { type ContainerExit, type ContainerRun, exitCodeOfSignal, StartFailure } from './container-run.js';
import { LineSplitter } from './line-splitter.js';
import type { ProcessReaper } from './process-reaper.js';

const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;
/** How long output can still arrive after the container's processes were killed. */
const DRAIN_MS = 1000;

export interface ProcessOptions {
  /** Program and arguments; at least one entry. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly onLine: (line: string) => void;
  readonly reaper: ProcessReaper | null;
}

/**
 * Starts a command as a process of this machine, in its own process group. When it exits, the rest of the group is
 * killed, as a container ends with its first process.
 */
export function startProcess(options: ProcessOptions): ContainerRun {
  const [file = '', ...args] = options.command;
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      detached: true,
      cwd: options.directory,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw new StartFailure(`CannotStartContainerError: Error response from daemon: ${String(error)}`);
  }
  const splitters = [child.stdout, child.stderr].map((stream) => {
    const splitter = new LineSplitter(options.onLine);
    stream?.on('data', (chunk: Buffer) => splitter.write(chunk));
    return splitter;
  });
  const { pid } = child;
  if (pid !== undefined) options.reaper?.add(pid);
  const exited = new Promise<ContainerExit>((resolve) => {
    const finish = (exitCode: number) => {
      for (const splitter of splitters) splitter.end();
      resolve({ exitCode });
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (pid !== undefined) return;
      options.onLine(`exec ${file}: ${describeSpawnError(error)}`);
      finish(error.code === 'ENOENT' ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
    });
    child.once('exit', () => {
      if (pid !== undefined) {
        killGroup(pid);
        options.reaper?.remove(pid);
      }
      const timer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS);
      child.once('close', () => clearTimeout(timer));
    });
    child.once('close', (code, signal) => {
      if (pid !== undefined) finish(code ?? exitCodeOfSignal(signal === null ? 0 : constants.signals[signal]));
    });
  });
  return {
    pid: pid ?? null,
    exited,
    terminate: () => {
      child.kill('SIGTERM');
    },
    kill: () => {
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(pid);
    },
  };
}

function describeSpawnError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'executable file not found in $PATH';
  return error.code === 'EACCES' ? 'permission denied' : error.message;
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
