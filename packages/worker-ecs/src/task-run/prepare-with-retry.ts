import type { Clock, Logger } from '@worker-host/core';
import { isAbort, isAwsError, isCredentialFailure, isThrottle, isUnanswered } from '../aws/aws-error-facts.js';
import { adviceOn, LaunchPreparationError } from './launch-errors.js';
import type { PreparedTaskRun } from './launch-types.js';

const SETTLING_SECONDS = 60;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** What a preparation is carried out with. */
export interface PreparationPatience {
  readonly flowRunId: string;
  readonly clock: Clock;
  /** How long an AWS that gives no answer is outlasted. 0: not at all. */
  readonly patienceSeconds: number;
  /** Ends the waiting when aborted. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Makes a task run ready, again and again while AWS throttles, gives no answer or does not take the keys yet: nothing has
 * been launched, so nothing is repeated.
 *
 * @throws LaunchPreparationError for what AWS says in the end; errors of our own and the signal's reason unchanged.
 */
export async function preparePatiently(
  prepare: () => Promise<PreparedTaskRun>,
  { flowRunId, clock, patienceSeconds, signal, logger }: PreparationPatience,
): Promise<PreparedTaskRun> {
  const beganMs = clock.monotonicMs();
  for (let tries = 1; ; tries += 1) {
    try {
      return await prepare();
    } catch (error) {
      if (!isAwsError(error) || isAbort(error) || signal.aborted) throw error;
      const lastedSeconds = (clock.monotonicMs() - beganMs) / 1000;
      if (lastedSeconds >= patienceFor(error, patienceSeconds)) {
        throw new LaunchPreparationError(flowRunId, error, tries, lastedSeconds);
      }
      if (tries === 1) {
        logger.warn(`AWS does not give what the launch needs; it is asked again. ${adviceOn(error)}`, { error });
      }
    }
    const ceilingMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
    await clock.sleep(ceilingMs * (0.5 + clock.random() / 2), signal);
  }
}

function patienceFor(error: unknown, patienceSeconds: number): number {
  if (isThrottle(error) || isUnanswered(error)) return patienceSeconds;
  return isCredentialFailure(error) ? Math.min(SETTLING_SECONDS, patienceSeconds) : 0;
}
