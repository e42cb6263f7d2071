import { mkdirSync, mkdtempSync, rm, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '@worker-host/core';

import type { LogStore } from '../../logs/log-store.js';
import type { Task, TaskContainer } from '../tasks/task.js';
import { containerCommand, containerEnvironment } from './container-environment.js';
import { type ContainerRun, StartFailure } from './container-run.js';
import type { Launcher } from './launcher.js';
import { startProcess } from './process-container.js';
import { ProcessReaper } from './process-reaper.js';
import { startSimulated } from './simulated-container.js';
import type { Simulator } from './simulator.js';
import { openTaskLog } from './task-logs.js';

export interface LauncherOptions {
  readonly clock: Clock;
  readonly taskEnvironment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly workingDirectory: string | null;
  /** Starts simulated containers. */
  readonly simulator: Simulator;
  /** Whether processes outlive the server. */
  readonly keep: boolean;
}

const IDLE = { sleepSeconds: Number.POSITIVE_INFINITY, exitCode: 0, lines: 0, ignoresTerm: false };

/** Starts containers as processes of this machine, or on timers if they are simulated. */
export class ContainerLauncher implements Launcher {
  readonly #options: LauncherOptions;
  readonly #reaper: ProcessReaper | null;
  #home: string | null = null;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#reaper = options.keep ? null : new ProcessReaper();
  }

  start(task: Task, container: TaskContainer, storeOf: (region: string | null) => LogStore): ContainerRun {
    const { definition, override } = container;
    const onLine = openTaskLog(task, container, storeOf);
    const own = containerEnvironment(definition, override, this.#options.taskEnvironment, this.#options.secrets);
    const simulated = this.#options.simulator.start(task, container, own, onLine);
    if (simulated !== null) return simulated;
    const command = containerCommand(definition, override);
    if (command.length === 0) {
      const others = task.containers.some((one) => containerCommand(one.definition, one.override).length > 0);
      if (others) return startSimulated(IDLE, this.#options.clock, onLine);
      throw new StartFailure(
        'CannotStartContainerError: Error response from daemon: no command specified (the local AWS runs no images: give the container a command)',
      );
    }
    const home = this.#taskDirectory(task);
    const base = { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' };
    return startProcess({
      command,
      environment: { ...base, ...own },
      directory: existingDirectory(definition.workingDirectory) ?? this.#options.workingDirectory ?? home,
      onLine,
      reaper: this.#reaper,
    });
  }

  cleanUp(task: Task): void {
    if (this.#home !== null) rm(join(this.#home, task.id), { recursive: true, force: true }, () => undefined);
  }

  close(): void {
    this.#reaper?.close();
    if (this.#home !== null && !this.#options.keep) rmSync(this.#home, { recursive: true, force: true });
    this.#home = null;
  }

  #taskDirectory(task: Task): string {
    try {
      this.#home ??= mkdtempSync(join(tmpdir(), 'local-aws-'));
      this.#reaper?.open(this.#home);
      const directory = join(this.#home, task.id);
      mkdirSync(directory, { recursive: true });
      return directory;
    } catch (error) {
      const why = `${error instanceof Error ? error.message : String(error)} (the local AWS gives each task a directory there: set TMPDIR)`;
      throw new StartFailure(`CannotStartContainerError: Error response from daemon: ${why}`);
    }
  }
}

/** The working directory of a container is used only if it exists on this machine. */
function existingDirectory(path: string | undefined): string | null {
  if (path === undefined) return null;
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : null;
}
