import { isFinalStateType } from '@worker-host/core';
import {
  type ArrayFact,
  type ExecutionFact,
  type Observed,
  parseStartedBy,
  type RunFact,
  type TaskFact,
} from './facts.js';

/** Something that must hold whatever happened. `check` gives one line for each breach. */
export interface Invariant {
  readonly name: string;
  check(observed: Observed): readonly string[];
}

const TAKEN_BY_INFRASTRUCTURE = new Set(['SpotInterruption', 'TerminationNotice', 'InfrastructureHealth']);

export const INVARIANTS: readonly Invariant[] = [
  {
    name: 'every run is final',
    check: ({ runs }) => runs.filter((run) => !isFinal(run)).map((run) => `${run.id} is ${run.stateType}`),
  },
  {
    name: 'every array ends as its runs do',
    check: ({ arrays }) =>
      arrays
        .filter((array) => !endsOf(array).includes(array.stateType))
        .map(({ id, stateType, runStateTypes }) => `${id} is ${stateType}, its runs are ${runStateTypes.join(', ')}`),
  },
  {
    name: 'every task tells whose it is',
    check: ({ tasks }) =>
      tasks.filter((task) => !parseStartedBy(task.startedBy)).map((task) => `${task.taskArn}: ${task.startedBy}`),
  },
  {
    name: 'one task at most for a launch of an attempt',
    check: ({ tasks }) =>
      [...groupBy(tasks, (task) => task.startedBy ?? task.taskArn)]
        .filter(([, same]) => same.length > 1)
        .map(([startedBy, same]) => `${startedBy}: ${same.map((task) => task.taskArn).join(', ')}`),
  },
  {
    name: 'user code runs once unless the infrastructure took it away',
    check: ({ executions, tasks }) => {
      const byArn = new Map(tasks.map((task) => [task.taskArn, task]));
      return [...groupBy(executions, (execution) => execution.flowRunId)].flatMap(([flowRunId, all]) => {
        const kept = all.filter((execution) => !wasTaken(execution, byArn.get(execution.taskArn)));
        return kept.length > 1
          ? [`${flowRunId} ran in ${kept.map((execution) => execution.taskArn).join(' and ')}`]
          : [];
      });
    },
  },
  {
    name: 'no task lives whose run is final',
    check: ({ runs, tasks }) => {
      const final = new Set(runs.filter(isFinal).map((run) => run.id));
      return tasks
        .filter((task) => !task.isStopped)
        .filter((task) => final.has(parseStartedBy(task.startedBy)?.flowRunId ?? ''))
        .map((task) => task.taskArn);
    },
  },
  {
    name: 'no slot is leaked',
    check: ({ activeSlots }) => (activeSlots === 0 ? [] : [`${activeSlots} slots are taken`]),
  },
  {
    name: 'no log line is doubled',
    check: ({ runs }) =>
      runs.flatMap((run) => {
        const jobLines = run.logLines.filter((line) => line.startsWith('job-line '));
        return doubled(jobLines).map((line) => `${run.id}: ${line}`);
      }),
  },
  {
    name: 'every end is true',
    check: ({ runs, executions }) => {
      const byRun = groupBy(executions, (execution) => execution.flowRunId);
      return runs.flatMap((run) => falseEnd(run, byRun.get(run.id) ?? []));
    },
  },
  {
    name: 'no run crashes for want of a launch',
    check: ({ runs, tasks }) => {
      const launched = new Set(tasks.map((task) => parseStartedBy(task.startedBy)?.flowRunId));
      return runs
        .filter((run) => run.stateType === 'CRASHED' && !launched.has(run.id))
        .map((run) => `${run.id} is CRASHED, and no task was ever launched for it`);
    },
  },
];

/** How an array may end: a request to cancel it may come too late. */
function endsOf({ runStateTypes, cancelRequested }: ArrayFact): readonly string[] {
  if (runStateTypes.some((type) => !isFinalStateType(type))) return [];
  if (runStateTypes.every((type) => type === 'COMPLETED')) return ['COMPLETED'];
  const hasFailed = runStateTypes.some((type) => type === 'FAILED' || type === 'CRASHED');
  return [...(hasFailed ? ['FAILED'] : []), ...(cancelRequested ? ['CANCELLED'] : [])];
}

function falseEnd(run: RunFact, executions: readonly ExecutionFact[]): readonly string[] {
  const ended = executions.filter((execution) => execution.ended);
  if (run.stateType === 'COMPLETED' && (run.job === 'fail' || ended.length === 0)) {
    return [`${run.id} is COMPLETED, but its job ${run.job === 'fail' ? 'fails' : 'never ended by itself'}`];
  }
  if (run.stateType === 'CANCELLED' && !run.cancelRequested) return [`${run.id} is CANCELLED, but nobody asked for it`];
  if (run.stateType === 'FAILED' && run.job !== 'fail' && ended.length > 0) {
    return [`${run.id} is FAILED, but its job ended well`];
  }
  if (run.stateType === 'CRASHED' && ended.length > 0) return [`${run.id} is CRASHED, but its job ended by itself`];
  return [];
}

function wasTaken(execution: ExecutionFact, task: TaskFact | undefined): boolean {
  return !execution.ended && task !== undefined && TAKEN_BY_INFRASTRUCTURE.has(task.stopCode ?? '');
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

function doubled(lines: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const line of lines) (seen.has(line) ? twice : seen).add(line);
  return [...twice];
}

function isFinal({ stateType }: RunFact): boolean {
  return stateType !== null && isFinalStateType(stateType);
}
