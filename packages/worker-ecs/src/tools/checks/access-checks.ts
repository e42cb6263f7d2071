import type { Finding } from '@worker-host/core';
import { notReadyErrorOf } from '../../aws/errors/access-errors.js';
import { awsErrorText } from '../../aws/errors/aws-error-facts.js';
import { type AwsQuery, textIn } from '../aws/aws-query.js';
import { type CallerIdentity, failed, notChecked, ok, warning } from './check-context.js';

/** AWS refuses requests whose time is off by more than this. */
const MOST_SKEW_MS = 5 * 60_000;
const NOTED_SKEW_MS = 60_000;

/**
 * Finds out who the worker is. A null identity: the credentials are no good, so that nothing else can be checked.
 *
 * @param profile that the credentials are of; null: none is named
 */
export async function checkIdentity(
  query: AwsQuery,
  profile: string | null,
): Promise<{ readonly findings: readonly Finding[]; readonly caller: CallerIdentity | null }> {
  try {
    const answer = await query.call('sts', 'GetCallerIdentity');
    const caller = { account: textIn(answer, 'Account'), arn: textIn(answer, 'Arn') };
    return {
      findings: [ok('credentials', `${caller.arn}, account ${caller.account}, region ${query.region}.`)],
      caller,
    };
  } catch (error) {
    const unusable = notReadyErrorOf(error);
    if (unusable !== null)
      return { findings: [failed('credentials', unusable.message, fixOf(unusable, query, profile))], caller: null };
    const found = `Reading the identity of the worker from STS failed: ${awsErrorText(error)}.`;
    return { findings: [notChecked('credentials', found)], caller: { account: '', arn: '' } };
  }
}

function fixOf({ message }: Error, { region }: AwsQuery, profile: string | null): string {
  const option = profile === null ? '' : ` --profile ${profile}`;
  if (/\bSSO\b/.test(message.replace('(for SSO: aws sso login)', ''))) return `Run: aws sso login${option}`;
  const profiles = profile === null ? '' : `aws configure list${option}; `;
  return `Try: ${profiles}aws sts get-caller-identity --region ${region}${option}`;
}

/** Compares the clock of this machine with that of AWS's answers. */
export function checkClock({ clockAheadMs }: AwsQuery): readonly Finding[] {
  if (clockAheadMs === null) return [notChecked('clock', 'AWS returned no time to compare the clock with.')];
  const minutes = Math.abs(clockAheadMs) / 60_000;
  const where = clockAheadMs > 0 ? 'behind' : 'ahead of';
  const found = `The clock of this machine is ${minutes.toFixed(1)} minutes ${where} that of AWS.`;
  const fix = 'Synchronize the clock: timedatectl set-ntp true (systemd), or chronyc makestep.';
  if (Math.abs(clockAheadMs) >= MOST_SKEW_MS)
    return [failed('clock', `${found} AWS rejects requests from 5 minutes on.`, fix)];
  if (Math.abs(clockAheadMs) >= NOTED_SKEW_MS) return [warning('clock', found, fix)];
  return [ok('clock', 'The clock matches that of AWS.')];
}
