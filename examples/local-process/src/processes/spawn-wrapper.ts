import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Launch } from '../launches/launch.js';
import { WRAPPER } from '../launches/wrapper.js';

export interface SpawnRequest {
  readonly command: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts the wrapper of a job in its own process group, with its output in the launch's file, detached from this
 * process. The launch's files show whether the wrapper claimed the launch.
 */
export async function spawnWrapper(launch: Launch, request: SpawnRequest): Promise<void> {
  const output = await open(launch.outputFile, 'a', 0o600);
  try {
    const { command, workingDirectory, environment } = request;
    const child = spawn('/bin/sh', ['-c', WRAPPER, 'worker-host-job', launch.directory, command, workingDirectory], {
      cwd: launch.directory,
      env: { ...environment },
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
  } finally {
    await output.close();
  }
}
