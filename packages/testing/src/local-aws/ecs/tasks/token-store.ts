import { AwsError } from '../../server/aws-error.js';
import type { Answer } from '../../server/operation.js';
import type { Failure } from '../ecs-types.js';
import { describeTaskAsLaunched } from './describe-task.js';
import type { Task } from './task.js';

const MAX_AGE_MS = 24 * 3_600_000;
const AFTER_STOP_MS = 3_600_000;
const FIRST_SWEEP = 100;
/** Growth since the last sweep after which the next one is due. */
const SWEEP_GROWTH = 1.25;

/** Outcome of RunTask for a token: launched or rejected. */
export interface TokenUse {
  readonly tasks: readonly Task[];
  readonly failures: readonly Failure[];
  readonly refusal: AwsError | null;
}

interface Remembered extends TokenUse {
  readonly parameters: string;
  readonly atMs: number;
}

/**
 * Stores the outcome of RunTask for a client token, per cluster, and so per account and region. A token is valid for 24
 * hours, and at most one hour after the last of its tasks has stopped. Source: ECS Developer Guide, "Ensuring
 * idempotency".
 */
export class TokenStore {
  readonly #nowMs: () => number;
  readonly #byToken = new Map<string, Remembered>();
  #sweepAtSize = FIRST_SWEEP;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Number of stored tokens. */
  get size(): number {
    return this.#byToken.size;
  }

  remember(scope: string, parameters: string, use: TokenUse): void {
    this.#byToken.set(scope, { parameters, ...use, atMs: this.#nowMs() });
    if (this.#byToken.size >= this.#sweepAtSize) this.#sweep();
  }

  /**
   * Returns the first response for the token, or null if it is unused. Throws the error that it got at first, and
   * ConflictException if it was used with other parameters.
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
    if (known.refusal !== null) throw known.refusal;
    const isOld = nowMs - known.atMs >= AFTER_STOP_MS;
    return {
      tasks: known.tasks.map(replayTask),
      failures: isOld ? known.failures.map(() => ({})) : known.failures,
    };
  }

  /** Removes tokens that are no longer valid. */
  #sweep(): void {
    const nowMs = this.#nowMs();
    for (const [scope, known] of this.#byToken) if (nowMs >= validUntilMs(known)) this.#byToken.delete(scope);
    this.#sweepAtSize = Math.max(FIRST_SWEEP, this.#byToken.size * SWEEP_GROWTH);
  }
}

/** The response for a stopped task contains only these three members. */
function replayTask(task: Task): Answer {
  if (task.times.stoppedAt === undefined) return describeTaskAsLaunched(task);
  return { taskArn: task.arn, lastStatus: task.lastStatus, desiredStatus: task.desiredStatus };
}

function validUntilMs({ tasks, atMs }: Remembered): number {
  const stops = tasks.map((task) => task.times.stoppedAt ?? Number.POSITIVE_INFINITY);
  const lastStop = tasks.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...stops);
  return Math.min(atMs + MAX_AGE_MS, lastStop + AFTER_STOP_MS);
}
