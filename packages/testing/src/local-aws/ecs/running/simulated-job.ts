import { type ContainerExit, type ContainerRun, EXIT_KILLED } from './container-run.js';

const EXIT_FAILED = 1;

/** Input of a job function of a test, called when its container starts. */
export interface SimulatedStart {
  readonly taskArn: string;
  readonly family: string;
  readonly startedBy: string | null;
  /** Name of the container. */
  readonly container: string;
  /** Entry point and command; empty if only the image defines them. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted by SIGTERM. A job that does not end then is killed after the container's stop timeout. */
  readonly terminated: AbortSignal;
  /** Writes a line of output. */
  readonly write: (line: string) => void;
}

/**
 * Behaviour of a simulated container: a recipe such as `sleep=30;exit=1`, or a promise of its exit code. A rejection
 * means exit code 1.
 */
export type SimulatedJob = (start: SimulatedStart) => string | Promise<number>;

/** A container whose exit code comes from a promise. SIGKILL ends it with 137, whatever the promise does later. */
export function runUntilSettled(exitCode: Promise<number>, terminate: () => void): ContainerRun {
  let finish: (exit: ContainerExit) => void = () => undefined;
  const exited = new Promise<ContainerExit>((resolve) => {
    finish = resolve;
  });
  exitCode.then(
    (code) => finish({ exitCode: code }),
    () => finish({ exitCode: EXIT_FAILED }),
  );
  return { pid: null, exited, terminate, kill: () => finish({ exitCode: EXIT_KILLED }) };
}
