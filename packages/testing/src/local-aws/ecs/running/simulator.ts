import type { Clock } from '@worker-host/core';

import type { Task, TaskContainer } from '../tasks/task.js';
import { containerCommand } from './container-environment.js';
import { type ContainerRun, StartFailure } from './container-run.js';
import { startSimulated } from './simulated-container.js';
import { runUntilSettled, type SimulatedJob } from './simulated-job.js';
import { parseSimulation, SIMULATE_VARIABLE, SIMULATED_IMAGE } from './simulation.js';

/** Runs containers without processes: by a recipe, or by a job function of a test. */
export class Simulator {
  readonly #clock: Clock;
  readonly #simulate: string | SimulatedJob | null;

  /** @param simulate recipe or job of every container without its own recipe. Null: none. */
  constructor(clock: Clock, simulate: string | SimulatedJob | null) {
    this.#clock = clock;
    this.#simulate = simulate;
  }

  /**
   * Starts a simulated container: its environment contains a recipe, its image is the simulated one, or all containers
   * are simulated. Returns null for any other.
   *
   * @throws StartFailure if the recipe is invalid.
   */
  start(
    task: Task,
    container: TaskContainer,
    environment: Readonly<Record<string, string>>,
    write: (line: string) => void,
  ): ContainerRun | null {
    const { definition, override } = container;
    const own = environment[SIMULATE_VARIABLE];
    if (own !== undefined) return this.#runRecipe(own, write);
    if (typeof this.#simulate === 'string') return this.#runRecipe(this.#simulate, write);
    if (this.#simulate === null) return isSimulatedImage(definition.image) ? this.#runRecipe('', write) : null;
    const terminated = new AbortController();
    const job = this.#simulate({
      taskArn: task.arn,
      family: task.definition.family,
      startedBy: task.request.startedBy ?? null,
      container: definition.name,
      command: containerCommand(definition, override),
      environment,
      terminated: terminated.signal,
      write,
    });
    if (typeof job === 'string') return this.#runRecipe(job, write);
    return runUntilSettled(job, () => terminated.abort());
  }

  #runRecipe(recipe: string, write: (line: string) => void): ContainerRun {
    const simulation = parseSimulation(recipe);
    if (typeof simulation === 'string') {
      throw new StartFailure(`CannotStartContainerError: ${SIMULATE_VARIABLE}: ${simulation}`);
    }
    return startSimulated(simulation, this.#clock, write);
  }
}

function isSimulatedImage(image: string): boolean {
  return image === SIMULATED_IMAGE || image.startsWith(`${SIMULATED_IMAGE}:`);
}
