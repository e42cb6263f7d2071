import { AwsError } from '../../server/aws-error.js';
import type { Answer } from '../../server/operation.js';
import type { Failure } from '../ecs-types.js';
import { describeTaskAsLaunched } from './describe-task.js';
import type { Task } from './task.js';

const MAX_AGE_MS = 24 * 3_600_000;
const AFTER_STOP_MS = 3_600_000;

interface Remembered {
  readonly parameters: string;
  readonly tasks: readonly Task[];
  readonly failures: readonly Failure[];
  readonly atMs: number;
}

/**
 * Remembers what RunTask did for a client token, per cluster. A token is valid for the lower of 24 hours and one hour
 * after the last of its tasks has stopped. Source: ECS Developer Guide, "Ensuring idempotency".
 */
export class TokenStore {
  readonly #nowMs: () => number;
  readonly #byToken = new Map<string, Remembered>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  remember(scope: string, parameters: string, tasks: readonly Task[], failures: readonly Failure[]): void {
    this.#byToken.set(scope, { parameters, tasks, failures, atMs: this.#nowMs() });
  }

  /**
   * The answer that the token got at first, or null when it is free. Throws ConflictException when it was used with
   * other parameters.
   */
  replay(scope: string, parameters: string): Answer | null {
    const known = this.#byToken.get(scope);
    if (known === undefined) return null;
    const nowMs = this.#nowMs();
    if (nowMs >= validUntilMs(known)) {
      this.#byToken.delete(scope);
      return null;
    }
    if (known.parameters !== parameters) {
      throw new AwsError(
        'ConflictException',
        'The RunTask request could not be processed due to conflicts. The provided clientToken is already in use with a different RunTask request.',
        { fields: { resourceIds: known.tasks.map((task) => task.arn) } },
      );
    }
    const isOld = nowMs - known.atMs >= AFTER_STOP_MS;
    return {
      tasks: known.tasks.map(replayTask),
      failures: isOld ? known.failures.map(() => ({})) : known.failures,
    };
  }
}

/** A task that has stopped comes back with these three members only. */
function replayTask(task: Task): Answer {
  if (task.times.stoppedAt === undefined) return describeTaskAsLaunched(task);
  return { taskArn: task.arn, lastStatus: task.lastStatus, desiredStatus: task.desiredStatus };
}

function validUntilMs({ tasks, atMs }: Remembered): number {
  const stops = tasks.map((task) => task.times.stoppedAt ?? Number.POSITIVE_INFINITY);
  const lastStop = tasks.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...stops);
  return Math.min(atMs + MAX_AGE_MS, lastStop + AFTER_STOP_MS);
}
