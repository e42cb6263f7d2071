import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

const MOST_WORKERS = 2;

export const USAGE = `Usage: mutants [PATH...] [--changed [BASE]] [--minutes N] [--workers N] [--list]

Mutation tests: changes the compiled code in one place at a time and runs the tests that reach it. A change that no test
notices has survived. Exits with 1 when the tests catch less than 85 % of the changes in one of the folders.

  PATH              source folder, source file or package (default: the run lifecycle in worker-host and worker-ecs)
  --changed [BASE]  only lines that differ from the commit BASE (default: the merge base with main, or HEAD~1)
  --minutes N       tests a sample of the mutants that fits into N minutes
  --workers N       number of processes (default: one per processor, at most ${MOST_WORKERS})
  --list            lists the mutants without testing them`;

/** Thrown for an invalid command line. */
export class UsageError extends Error {
  name = 'UsageError';
}

/**
 * Parses the command line. `changedSince` is null for all lines, '' for lines changed since the default base. `isPath`
 * returns whether an argument is a path, which distinguishes `--changed PATH` from `--changed BASE`.
 */
export function parseCommandLine(args, isPath) {
  const { values, tokens } = parsed(args.filter((argument, index) => argument !== '--' || index > 0));
  const paths = [];
  let changedSince = null;
  let mayBeBase = false;
  for (const { kind, name, value } of tokens) {
    if (kind === 'option' && name === 'changed') changedSince = '';
    if (kind === 'positional') {
      if (mayBeBase && !isPath(value)) changedSince = value;
      else paths.push(value);
    }
    mayBeBase = kind === 'option' && name === 'changed';
  }
  return {
    paths,
    changedSince,
    minutes: values.minutes === undefined ? null : numberOf('minutes', values.minutes, 0),
    workers: numberOf('workers', values.workers ?? String(Math.min(MOST_WORKERS, availableParallelism())), 1),
    isListOnly: values.list ?? false,
    isHelp: values.help ?? false,
  };
}

function parsed(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      tokens: true,
      options: {
        changed: { type: 'boolean' },
        minutes: { type: 'string' },
        workers: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function numberOf(option, text, least) {
  const number = Number(text);
  if (text.trim() === '' || !(number >= least) || number === Number.POSITIVE_INFINITY) {
    throw new UsageError(`--${option} must be a number of at least ${least}, not '${text}'.`);
  }
  return number;
}
