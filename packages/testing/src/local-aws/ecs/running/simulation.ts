/** Behaviour of a container without a process. */
export interface Simulation {
  /** Seconds it runs. `forever` in the recipe: Infinity. */
  readonly sleepSeconds: number;
  readonly exitCode: number;
  /** Lines it writes when it starts. */
  readonly lines: number;
  /** Whether it continues after SIGTERM, until SIGKILL. */
  readonly ignoresTerm: boolean;
}

/** Image whose containers are simulated. */
export const SIMULATED_IMAGE = 'local-aws/simulated';

/** Environment variable of a container with its recipe; it makes containers of any image simulated. */
export const SIMULATE_VARIABLE = 'LOCAL_AWS_SIMULATE';

/**
 * Parses a recipe such as `sleep=30;exit=1;lines=3;ignore-term=1`. Returns a text with the problem if it is invalid.
 */
export function parseSimulation(recipe: string): Simulation | string {
  const simulation = { sleepSeconds: 0, exitCode: 0, lines: 0, ignoresTerm: false };
  for (const part of recipe.split(';')) {
    const [key = '', value = ''] = part.split('=').map((text) => text.trim());
    if (key === '') continue;
    const number = value === 'forever' ? Number.POSITIVE_INFINITY : Number(value);
    if (value === '' || !(number >= 0)) return `${key} must be a number, not '${value}'`;
    if (key === 'sleep') simulation.sleepSeconds = number;
    else if (key === 'exit') simulation.exitCode = number;
    else if (key === 'lines') simulation.lines = number;
    else if (key === 'ignore-term') simulation.ignoresTerm = number !== 0;
    else return `${key} is not known, known are sleep, exit, lines, ignore-term`;
  }
  return simulation;
}
