import { isWorkerError, type StateType } from '@worker-host/core';

/** Every exit code of the program. docs/exit-codes.md contains the same table; a test keeps the two equal. */
export const EXIT_CODES = {
  OK: { code: 0, meaning: 'Done. With `--watch`: the run ended Completed.' },
  UNEXPECTED: { code: 1, meaning: 'An unexpected error.' },
  USAGE: { code: 2, meaning: 'The command line is wrong: unknown command or option, missing or bad value.' },
  CONFIGURATION: { code: 3, meaning: 'Settings, a base job template or other input cannot be used.' },
  NOT_FOUND: { code: 4, meaning: 'The pool, queue, deployment, run, variable, secret or stack does not exist.' },
  CONFLICT: { code: 5, meaning: 'The object exists already, or its state does not allow the operation.' },
  PLUGIN: { code: 6, meaning: 'The worker plugin was not found, or could not be loaded.' },
  DATA: {
    code: 7,
    meaning:
      'The data directory, the database file or standard output cannot be used: permissions, damage, lock, full disk.',
  },
  UNAVAILABLE: { code: 8, meaning: 'The control plane or the infrastructure cannot be reached.' },
  UNAUTHORIZED: { code: 9, meaning: 'The control plane or the infrastructure refused the credentials.' },
  RUN_FAILED: { code: 10, meaning: 'The watched run ended Failed: its job exited with an error.' },
  RUN_CRASHED: { code: 11, meaning: 'The watched run ended Crashed: its infrastructure failed, or it never started.' },
  RUN_CANCELLED: { code: 12, meaning: 'The watched run ended Cancelled.' },
  CHECK_WARNED: {
    code: 13,
    meaning: '`doctor` found a risk, but nothing that prevents all runs from working.',
  },
  CHECK_FAILED: { code: 14, meaning: '`doctor` found a problem that prevents runs from working.' },
  INTERRUPTED: { code: 130, meaning: 'Stopped by Ctrl-C (SIGINT) before the command finished.' },
  TERMINATED: { code: 143, meaning: 'Stopped by SIGTERM before the command finished.' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitName = keyof typeof EXIT_CODES;

/** Row of the table for an error code; the first matching rule applies. */
const RULES: readonly (readonly [RegExp, ExitName])[] = [
  [/^USAGE$|_AMBIGUOUS$/, 'USAGE'],
  [/^INTERRUPTED$/, 'INTERRUPTED'],
  [/^TERMINATED$/, 'TERMINATED'],
  [/UNAUTHORIZED|FORBIDDEN|CREDENTIALS|ACCESS_DENIED|AUTHENTICATION/, 'UNAUTHORIZED'],
  [/^HEALTH_SERVER/, 'CONFIGURATION'],
  [/^PLUGIN|_PLUGIN_|^WORKER_TYPE|^UNKNOWN_WORKER_TYPE|_PLUGIN$/, 'PLUGIN'],
  [/^DATABASE|^DATA_|^DISK|^SECRET_UNREADABLE|^OUTPUT_/, 'DATA'],
  [/NOT_FOUND$|_GONE$|^UNKNOWN_/, 'NOT_FOUND'],
  [/EXISTS|CONFLICT|NOT_EMPTY|IN_USE|ALREADY|WRONG_STATE/, 'CONFLICT'],
  [/UNAVAILABLE|UNREACHABLE|TIMEOUT|TIMED_OUT|NOT_AVAILABLE|THROTTLED/, 'UNAVAILABLE'],
  [
    /INVALID|CONFIGUR|TEMPLATE|SETTING|UNREADABLE|MISMATCH|NOT_SUPPORTED|_ONLY$|_MISSING$|_REFUSED$|_VERSION$|REQUIRED|UNDECIDED/,
    'CONFIGURATION',
  ],
];

/** Returns the row of the table for an error. */
export function exitNameOf(error: unknown): ExitName {
  if (!isWorkerError(error)) return 'UNEXPECTED';
  return RULES.find(([pattern]) => pattern.test(error.code))?.[1] ?? 'UNEXPECTED';
}

const OUTCOMES: Partial<Record<StateType, ExitName>> = {
  COMPLETED: 'OK',
  FAILED: 'RUN_FAILED',
  CRASHED: 'RUN_CRASHED',
  CANCELLED: 'RUN_CANCELLED',
};

/** Returns the exit code for the outcome of a run. */
export function exitCodeOfOutcome(stateType: StateType): number {
  return EXIT_CODES[OUTCOMES[stateType] ?? 'UNEXPECTED'].code;
}
