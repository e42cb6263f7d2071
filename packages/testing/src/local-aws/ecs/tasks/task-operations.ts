import { invalidParameter } from '../../server/aws-error.js';
import type { Answer, OperationTable } from '../../server/operation.js';
import type { EcsState } from '../ecs-state.js';
import type { Failure, RunTaskRequest } from '../ecs-types.js';
import { describeTask } from './describe-task.js';
import { listTasks } from './list-tasks.js';
import { runTask } from './run-task.js';

const MAX_DESCRIBED = 100;

/** Operations to launch, describe, list and stop tasks. */
export function taskOperations(state: EcsState): OperationTable {
  return {
    RunTask: (params) => runTask(state, params as RunTaskRequest),
    ListTasks: (params) => listTasks(state, params),
    DescribeTasks: (params) => {
      const cluster = state.clusters.get(params.cluster as string | undefined);
      const references = (params.tasks as readonly string[] | undefined) ?? [];
      if (references.length === 0) throw invalidParameter('Tasks cannot be empty.');
      if (references.length > MAX_DESCRIBED) throw invalidParameter(`tasks can have at most ${MAX_DESCRIBED} items.`);
      const withTags = ((params.include as readonly string[] | undefined) ?? []).includes('TAGS');
      state.forgetOldTasks();
      const tasks: Answer[] = [];
      const failures: Failure[] = [];
      for (const reference of references) {
        const id = state.taskIdIn(cluster, reference);
        const task = state.findTask(cluster, id);
        const seen = task === null ? null : state.reads.see('DescribeTasks', task);
        if (seen !== null) tasks.push(describeTask(seen, withTags));
        else failures.push({ arn: state.arns.task(cluster.name, id), reason: 'MISSING' });
      }
      return { tasks, failures };
    },
    StopTask: (params) => {
      const cluster = state.clusters.get(params.cluster as string | undefined);
      const reference = params.task as string | undefined;
      if (!reference) throw invalidParameter('Task can not be blank.');
      state.forgetOldTasks();
      const task = state.findTask(cluster, state.taskIdIn(cluster, reference));
      if (task === null || state.reads.see('StopTask', task) === null) {
        throw invalidParameter('The referenced task was not found.');
      }
      const reason = params.reason as string | undefined;
      state.stop(task, { code: 'UserInitiated', reason: reason ?? 'Task stopped by user' });
      task.tags = [];
      return { task: describeTask(task, true) };
    },
  };
}
