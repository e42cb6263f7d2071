import type { ConfigurationProblem, WorkerError } from '@worker-host/core';
import { LAUNCH_RULES } from './rules/task-run-rules.js';
import type { LaunchRule, TaskRunToCheck } from './rules/task-run-to-check.js';
import { TaskRunRequestError } from './task-run-errors.js';

/** An error that represents one problem of the configuration. */
export type ProblemError = WorkerError & { readonly problem: ConfigurationProblem };

function isProblemError(error: unknown): error is ProblemError {
  return error instanceof Error && typeof (error as { problem?: unknown }).problem === 'object';
}

/** Collects errors that represent one problem each, so that all are reported together. */
export class ProblemErrors {
  readonly all: ProblemError[] = [];

  /** Records the error and returns the fallback. @throws the error, if it represents no single problem. */
  keep<T>(error: unknown, fallback: T): T {
    if (!isProblemError(error)) throw error;
    this.all.push(error);
    return fallback;
  }

  /** Returns the result of the function; the fallback, if it fails with one problem. */
  attempt<T, F>(deed: () => T, fallback: F): T | F {
    try {
      return deed();
    } catch (error) {
      return this.keep(error, fallback);
    }
  }
}

/** Returns everything in a task run that AWS, or a rule of an extension, would reject. Pure. */
export function findTaskRunProblems(
  run: TaskRunToCheck,
  rules: readonly LaunchRule[] = LAUNCH_RULES,
): readonly ConfigurationProblem[] {
  const byName = new Map(rules.map(({ name, check }) => [name, check]));
  return [...byName.values()].flatMap((check) => check(run));
}

/** Returns the problems whose path is not among the known ones. */
export function unlessKnown(
  problems: readonly ConfigurationProblem[],
  known: readonly ConfigurationProblem[],
): readonly ConfigurationProblem[] {
  const paths = new Set(known.map(({ path }) => path));
  return problems.filter(({ path }) => !paths.has(path));
}

/**
 * Rejects, before AWS does, what AWS would reject.
 *
 * @param failures errors of the preparation of the run.
 * @param ofMembers members that are not in AWS's service model.
 * @throws TaskRunRequestError with every problem; a failure itself, if it is the only one.
 */
export function checkTaskRun(
  run: TaskRunToCheck,
  failures: readonly ProblemError[],
  ofMembers: readonly ConfigurationProblem[],
  rules: readonly LaunchRule[] = LAUNCH_RULES,
): void {
  const problems = [
    ...unlessKnown(
      failures.map(({ problem }) => problem),
      ofMembers,
    ),
    ...ofMembers,
    ...unlessKnown(findTaskRunProblems(run, rules), ofMembers),
  ];
  const [failure] = failures;
  if (failure && problems.length === 1) throw failure;
  if (problems.length > 0) throw new TaskRunRequestError(problems);
}
