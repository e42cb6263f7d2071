/** How a container ended. */
export interface ContainerExit {
  readonly exitCode: number;
}

/** A running container. */
export interface ContainerRun {
  /** Process of this machine, or null. */
  readonly pid: number | null;
  /** Resolves when the container and all its output have ended. Never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** Sends SIGTERM to the main process. */
  terminate(): void;
  /** Sends SIGKILL to everything in the container. */
  kill(): void;
}

/** Why a task cannot start, with the message of AWS. */
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

/** Returns the exit code of a shell or a container engine for a process that a signal ended. */
export function exitCodeOfSignal(signalNumber: number): number {
  return SIGNAL_EXIT_BASE + signalNumber;
}
