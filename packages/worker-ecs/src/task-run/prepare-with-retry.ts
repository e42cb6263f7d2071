import type { Clock, Logger } from '@worker-host/core';
import { isAbort, isAwsError, isCredentialFailure, isThrottle, isUnanswered } from '../aws/errors/aws-error-facts.js';
import { adviceOn, LaunchPreparationError, PreparationRefusedError } from './launch-errors.js';
import type { PreparedTaskRun } from './launch-types.js';

const CREDENTIALS_SECONDS = 5;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Options of the retries of a preparation. */
export interface PreparationRetry {
  readonly flowRunId: string;
  readonly clock: Clock;
  /** How long to retry while AWS does not respond. 0: not at all. */
  readonly patienceSeconds: number;
  /** Ends the retries when aborted. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Prepares a task run, with retries while AWS throttles or does not respond: nothing has been launched, so nothing is
 * duplicated. Rejected credentials are retried for a few seconds, because temporary ones are renewed.
 *
 * @throws PreparationRefusedError if AWS rejects a call; LaunchPreparationError if AWS does not respond in time;
 * unusable credentials, our own errors and the signal's reason unchanged.
 */
export async function prepareWithRetry(
  prepare: () => Promise<PreparedTaskRun>,
  { flowRunId, clock, patienceSeconds, signal, logger }: PreparationRetry,
): Promise<PreparedTaskRun> {
  const beganMs = clock.monotonicMs();
  for (let tries = 1; ; tries += 1) {
    try {
      return await prepare();
    } catch (error) {
      if (!isAwsError(error) || isAbort(error) || signal.aborted) throw error;
      const lastedSeconds = (clock.monotonicMs() - beganMs) / 1000;
      const kind = kindOf(error);
      if (kind === 'refused') throw new PreparationRefusedError(flowRunId, error);
      if (kind === 'credentials' && lastedSeconds >= Math.min(CREDENTIALS_SECONDS, patienceSeconds)) throw error;
      if (kind === 'passing' && lastedSeconds >= patienceSeconds) {
        throw new LaunchPreparationError(flowRunId, error, tries, lastedSeconds);
      }
      if (tries === 1) logger.warn(`Preparing the launch failed; retrying. ${adviceOn(error)}`, { error });
    }
    const ceilingMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
    await clock.sleep(ceilingMs * (0.5 + clock.random() / 2), signal);
  }
}

function kindOf(error: unknown): 'passing' | 'credentials' | 'refused' {
  if (isThrottle(error) || isUnanswered(error)) return 'passing';
  return isCredentialFailure(error) ? 'credentials' : 'refused';
}
