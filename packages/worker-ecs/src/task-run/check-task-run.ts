import type { ConfigurationProblem, WorkerError } from '@worker-host/core';
import { LAUNCH_RULES } from './rules/task-run-rules.js';
import type { LaunchRule, TaskRunToCheck } from './rules/task-run-to-check.js';
import { TaskRunRequestError } from './task-run-errors.js';

/** An error that stands for one problem of the configuration. */
export type ProblemError = WorkerError & { readonly problem: ConfigurationProblem };

function isProblemError(error: unknown): error is ProblemError {
  return error instanceof Error && typeof (error as { problem?: unknown }).problem === 'object';
}

/** Gathers errors that stand for one problem each, so that all are told at once. */
export class ProblemErrors {
  readonly all: ProblemError[] = [];

  /** Keeps the error and gives the fallback. @throws the error, where it stands for no single problem. */
  keep<T>(error: unknown, fallback: T): T {
    if (!isProblemError(error)) throw error;
    this.all.push(error);
    return fallback;
  }

  /** What the deed gives; the fallback, where it fails for one problem. */
  attempt<T, F>(deed: () => T, fallback: F): T | F {
    try {
      return deed();
    } catch (error) {
      return this.keep(error, fallback);
    }
  }
}

/** All that AWS, or a rule of somebody else's, would refuse of a task run. Pure. */
export function findTaskRunProblems(
  run: TaskRunToCheck,
  rules: readonly LaunchRule[] = LAUNCH_RULES,
): readonly ConfigurationProblem[] {
  const byName = new Map(rules.map(({ name, check }) => [name, check]));
  return [...byName.values()].flatMap((check) => check(run));
}

/** The problems whose path none of the known ones has. */
export function unlessKnown(
  problems: readonly ConfigurationProblem[],
  known: readonly ConfigurationProblem[],
): readonly ConfigurationProblem[] {
  const paths = new Set(known.map(({ path }) => path));
  return problems.filter(({ path }) => !paths.has(path));
}

/**
 * Refuses, before AWS does, what AWS would refuse.
 *
 * @param failures what went wrong while the run was made ready.
 * @param ofMembers what AWS's service model does not take.
 * @throws TaskRunRequestError with every problem at once; a failure itself, where it is all there is.
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
