import { LaunchRefused, WorkerError } from '@worker-host/core';

/** The job has no command, and there is no default one. */
export class CommandMissingError extends LaunchRefused {
  override readonly code = 'COMMAND_MISSING';

  constructor(flowRunId: string) {
    super(`The job has no command [flowRunId=${flowRunId}]. Give it the job variable "command".`, {
      details: { flowRunId },
    });
  }
}

/** The working directory of the job does not exist, or is not a directory. */
export class WorkingDirectoryNotFoundError extends LaunchRefused {
  override readonly code = 'WORKING_DIRECTORY_NOT_FOUND';

  constructor(workingDirectory: string, options?: ErrorOptions) {
    super(
      `The job cannot start in its working directory [working_directory=${workingDirectory}]. ` +
        'Make the directory, or mend the job variable "working_directory".',
      { ...options, details: { workingDirectory } },
    );
  }
}

/**
 * The shell that wraps the job did not start, so no process is known. A later attempt finds it, or starts another one.
 */
export class LaunchFailedError extends WorkerError {
  readonly code = 'LAUNCH_FAILED';

  constructor(flowRunId: string, directory: string, options?: ErrorOptions) {
    super(
      `The process of the job did not come up [flowRunId=${flowRunId}, directory=${directory}]. ` +
        'Look for the reason in the file "output" there: is /bin/sh present and the disk writable?',
      { ...options, details: { flowRunId, directory } },
    );
  }
}

/**
 * The shell that wraps the job claimed the launch and ended before it started the job: no other shell claims it again.
 */
export class LaunchLostError extends LaunchRefused {
  override readonly code = 'LAUNCH_LOST';

  constructor(flowRunId: string, directory: string) {
    super(
      `The process of the job ended before the job began [flowRunId=${flowRunId}, directory=${directory}]. ` +
        'Look for the reason in the file "output" there, then schedule the run again.',
      { details: { flowRunId, directory } },
    );
  }
}
