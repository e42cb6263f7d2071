import { executeCommandLine } from './command-line.js';
import { createProcessIo } from './process-io.js';

/** Runs the command line of this process and ends the process with its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const exitCode = await executeCommandLine(argv.slice(2), createProcessIo());
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(exitCode);
}
