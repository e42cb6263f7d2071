import { executeCommandLine } from './command-line.js';
import { createProcessIo } from './process-io.js';

/** Runs the command line of this process and ends the process with its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader went away (`worker-host runs ls | head`): nothing is left to be said to it.
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  const exitCode = await executeCommandLine(argv.slice(2), createProcessIo());
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(exitCode);
}
