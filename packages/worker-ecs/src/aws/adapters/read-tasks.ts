import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '@worker-host/core';
import { assertHasEither, isObject, isTask, listOf, UnreadableAnswer } from '../connection/read-answer.js';
import type { EcsFailure, EcsTask } from '../ecs-api.js';
import { CONTAINER_MEMBERS, TASK_MEMBERS, TASK_TIMES } from '../task-members.js';

/**
 * Reads the body of a response to DescribeTasks. Of each task it returns the members of {@link EcsTask}: the response also
 * contains overrides, attachments and attributes, several times their size.
 *
 * @throws UnreadableAnswer for a body without tasks and failures; ECS always returns both.
 */
export function readTasks(body: Uint8Array): {
  readonly tasks: readonly EcsTask[];
  readonly failures: readonly EcsFailure[];
} {
  const answer = parsed(body);
  assertHasEither(answer, 'tasks', 'failures');
  return {
    tasks: listOf('tasks', answer.tasks, isTask).map((task) => taskOf(task as JsonObject)),
    failures: listOf('failures', answer.failures, isObject) as readonly EcsFailure[],
  };
}

function parsed(body: Uint8Array): JsonObject {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new UnreadableAnswer('it is not JSON');
  }
  if (!isJsonObject(answer)) throw new UnreadableAnswer('it is not a JSON object');
  return answer;
}

function taskOf(wire: JsonObject): EcsTask {
  const task: MutableJsonObject = {};
  copy(wire, task, TASK_MEMBERS);
  for (const name of TASK_TIMES) {
    const time = timeOf(wire[name]);
    if (time !== undefined) task[name] = time;
  }
  const { containers, tags } = wire;
  if (Array.isArray(containers))
    task.containers = containers.map((container) => membersOf(container, CONTAINER_MEMBERS));
  if (Array.isArray(tags)) task.tags = tags.map((tag) => membersOf(tag, ['key', 'value']));
  return task as EcsTask;
}

function membersOf(wire: JsonValue, names: readonly string[]): JsonObject {
  const members: MutableJsonObject = {};
  copy(wire as JsonObject, members, names);
  return members;
}

function copy(wire: JsonObject, to: MutableJsonObject, names: readonly string[]): void {
  for (const name of names) {
    const value = wire[name];
    if (value !== undefined && value !== null) to[name] = value;
  }
}

/** Seconds since the epoch, with a fraction, as RFC 3339. Undefined: none. */
function timeOf(seconds: JsonValue | undefined): string | undefined {
  const date = new Date(typeof seconds === 'number' ? Math.round(seconds * 1000) : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toJSON();
}
