import type { Clock } from '@worker-host/core';

import { type ContainerExit, type ContainerRun, EXIT_KILLED, EXIT_TERMINATED } from './container-run.js';
import type { Simulation } from './simulation.js';

/** Runs a container on a timer instead of a process. */
export function startSimulated(simulation: Simulation, clock: Clock, onLine: (line: string) => void): ContainerRun {
  for (let line = 1; line <= simulation.lines; line += 1) onLine(`line ${line}`);
  let finish: (exit: ContainerExit) => void = () => undefined;
  const exited = new Promise<ContainerExit>((resolve) => {
    finish = resolve;
  });
  const waiting = new AbortController();
  const end = (exitCode: number) => {
    waiting.abort();
    finish({ exitCode });
  };
  if (simulation.sleepSeconds === 0) {
    finish({ exitCode: simulation.exitCode });
  } else if (Number.isFinite(simulation.sleepSeconds)) {
    clock.sleep(simulation.sleepSeconds * 1000, waiting.signal).then(
      () => finish({ exitCode: simulation.exitCode }),
      () => undefined,
    );
  }
  return {
    pid: null,
    exited,
    terminate: () => {
      if (!simulation.ignoresTerm) end(EXIT_TERMINATED);
    },
    kill: () => end(EXIT_KILLED),
  };
}
