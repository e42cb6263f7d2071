import { isWorkerError } from '@worker-host/core';

import { HELP } from './command-help.js';
import { parseCommand } from './command-options.js';
import type { LocalAws } from './server/local-aws.js';
import { startLocalAws } from './server/start.js';

const EXIT_CANNOT_START = 1;
const EXIT_USAGE = 2;

/** What the command uses of its process; replaced in tests. */
export interface CommandSurroundings {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Resolves when the command must end. */
  readonly untilStopped: () => Promise<void>;
  readonly setExitCode: (code: number) => void;
}

const OF_THIS_PROCESS: CommandSurroundings = {
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    }),
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

/** The program `local-aws`: starts a local AWS, prints how to connect to it, and ends it on a signal. */
export async function runLocalAwsCommand(
  args: readonly string[],
  surroundings: CommandSurroundings = OF_THIS_PROCESS,
): Promise<void> {
  let aws: LocalAws;
  try {
    const command = parseCommand(args);
    if (command.wantsHelp) {
      surroundings.print(HELP);
      return;
    }
    aws = await startLocalAws(command.options);
    for (const fault of command.faults) aws.faults.add(fault);
    surroundings.print(command.wantsJson ? asJson(aws) : asExports(aws));
  } catch (error) {
    surroundings.printError(`${describeFailure(error)}\n`);
    surroundings.setExitCode(isWorkerError(error) ? EXIT_USAGE : EXIT_CANNOT_START);
    return;
  }
  await surroundings.untilStopped();
  await aws.close();
}

function asExports(aws: LocalAws): string {
  const lines = Object.entries(aws.environment).map(([name, value]) => `export ${name}=${value}`);
  return [`# Local AWS at ${aws.url}. Paste this where the worker or the aws command line runs:`, ...lines, ''].join(
    '\n',
  );
}

function asJson(aws: LocalAws): string {
  const { url, port, account, region, environment } = aws;
  return `${JSON.stringify({ url, port, account, region, environment })}\n`;
}

function describeFailure(error: unknown): string {
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return 'The port is in use, perhaps by another local AWS. Choose another with --port, or 0 for a free one.';
  }
  if (isWorkerError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
