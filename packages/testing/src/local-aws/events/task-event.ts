import { describeTask } from '../ecs/tasks/describe-task.js';
import type { Task } from '../ecs/tasks/task.js';

const TIMES = [
  'connectivityAt',
  'createdAt',
  'executionStoppedAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppedAt',
  'stoppingAt',
] as const;

const NOT_IN_EVENTS = ['healthStatus', 'tags'] as const;

/** Returns the EventBridge event of a task's change: times as ISO texts, no tags, no health. */
export function taskEvent(task: Task, nowMs: number, id: string): string {
  const detail: Record<string, unknown> = { ...describeTask(task, false) };
  for (const name of NOT_IN_EVENTS) delete detail[name];
  for (const name of TIMES) {
    const ms = task.times[name];
    if (ms !== undefined) detail[name] = new Date(ms).toISOString();
  }
  detail.updatedAt = new Date(nowMs).toISOString();
  const [, , , region, account] = task.arn.split(':');
  return JSON.stringify({
    version: '0',
    id,
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account,
    time: new Date(Math.floor(nowMs / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
    region,
    resources: [task.arn],
    detail,
  });
}
