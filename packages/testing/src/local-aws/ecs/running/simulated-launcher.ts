import type { Clock } from '@worker-host/core';

import type { LogStore } from '../../logs/log-store.js';
import type { Task, TaskContainer } from '../tasks/task.js';
import { containerEnvironment } from './container-environment.js';
import type { ContainerRun } from './container-run.js';
import type { Launcher } from './launcher.js';
import { startSimulated } from './simulated-container.js';
import type { SimulatedJob } from './simulated-job.js';
import { Simulator } from './simulator.js';
import { openTaskLog } from './task-logs.js';

export interface SimulatedLauncherOptions {
  readonly clock: Clock;
  /** Recipe or job of containers without their own recipe. Null: they exit with 0 immediately. */
  readonly simulate: string | SimulatedJob | null;
  readonly taskEnvironment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

const DONE = { sleepSeconds: 0, exitCode: 0, lines: 0, ignoresTerm: false };

/** Runs every container on the clock or by a test's job, none as a process. */
export class SimulatedLauncher implements Launcher {
  readonly #options: SimulatedLauncherOptions;
  readonly #simulator: Simulator;

  constructor(options: SimulatedLauncherOptions) {
    this.#options = options;
    this.#simulator = new Simulator(options.clock, options.simulate);
  }

  start(task: Task, container: TaskContainer, storeOf: (region: string | null) => LogStore): ContainerRun {
    const { clock, taskEnvironment, secrets } = this.#options;
    const write = openTaskLog(task, container, storeOf);
    const environment = containerEnvironment(container.definition, container.override, taskEnvironment, secrets);
    return this.#simulator.start(task, container, environment, write) ?? startSimulated(DONE, clock, write);
  }

  cleanUp(): void {
    // Nothing to remove.
  }

  close(): void {
    // Nothing to close.
  }
}
