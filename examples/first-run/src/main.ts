import { firstRun } from './first-run.js';
import { parseOptions } from './options.js';

const EXIT_SECOND_SIGNAL = 130;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The handler of `exit` ends the worker.
    if (stop.signal.aborted) process.exit(EXIT_SECOND_SIGNAL);
    stop.abort();
  });
const { stdout: output, env: environment } = process;
try {
  process.exitCode = await firstRun(parseOptions(process.argv.slice(2)), { output, environment, stop: stop.signal });
} catch (error) {
  process.stderr.write(
    `The first run failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
