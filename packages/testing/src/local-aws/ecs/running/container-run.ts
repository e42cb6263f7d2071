/** How a container ended. */
export interface ContainerExit {
  readonly exitCode: number;
}

/** A container that runs. */
export interface ContainerRun {
  /** Process of this machine, or null. */
  readonly pid: number | null;
  /** Settles when the container and all its output have ended. Never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** SIGTERM to the main process. */
  terminate(): void;
  /** SIGKILL to everything in the container. */
  kill(): void;
}

/** Why a task cannot start, in AWS's words. */
export class StartFailure extends Error {
  readonly containerReason: string;
  readonly stoppedReason: string;
  readonly stopCode: string;

  constructor(containerReason: string, stoppedReason = containerReason, stopCode = 'TaskFailedToStart') {
    super(stoppedReason);
    this.containerReason = containerReason;
    this.stoppedReason = stoppedReason;
    this.stopCode = stopCode;
  }
}

const SIGNAL_EXIT_BASE = 128;
export const EXIT_KILLED = SIGNAL_EXIT_BASE + 9;
export const EXIT_TERMINATED = SIGNAL_EXIT_BASE + 15;

/** The exit code a shell or a container engine gives for a process ended by a signal. */
export function exitCodeOfSignal(signalNumber: number): number {
  return SIGNAL_EXIT_BASE + signalNumber;
}
