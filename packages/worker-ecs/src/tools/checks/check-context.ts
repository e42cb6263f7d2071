import type { Finding } from '@worker-host/core';
import type { AwsClients } from '../../aws/aws-clients.js';
import { accessDenialOf } from '../../aws/errors/access-denial.js';
import { awsErrorText, isUnanswered } from '../../aws/errors/aws-error-facts.js';
import type { EcsSettings } from '../../ecs-settings.js';
import type { AwsQuery } from '../aws/aws-query.js';
import type { LaunchFacts } from '../launch-facts.js';

/** Who the worker is at AWS. */
export interface CallerIdentity {
  /** Empty: STS does not say. */
  readonly account: string;
  /** Empty: STS does not say. */
  readonly arn: string;
}

/** What a check works with. */
export interface CheckContext {
  readonly facts: LaunchFacts;
  readonly settings: EcsSettings;
  /** In the region of the cluster. */
  readonly query: AwsQuery;
  readonly clients: AwsClients;
  readonly caller: CallerIdentity;
  readonly partition: string;
  readonly pool: string;
}

export function ok(check: string, found: string): Finding {
  return { check, status: 'ok', found, fix: '' };
}

export function warning(check: string, found: string, fix: string): Finding {
  return { check, status: 'warning', found, fix };
}

export function failed(check: string, found: string, fix: string): Finding {
  return { check, status: 'failed', found, fix };
}

export function notChecked(check: string, found: string, fix = ''): Finding {
  return { check, status: 'not-checked', found, fix };
}

/** Runs a check; what AWS does not let it see, or does not answer, is not checked. */
export async function checking(check: string, act: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await act();
  } catch (error) {
    const denial = accessDenialOf(error);
    if (denial !== null) {
      const action = denial.action ?? 'the call';
      return [notChecked(check, `The worker has no permission ${action}.`, `To enable this check, allow ${action}.`)];
    }
    const why = isUnanswered(error) ? 'AWS did not respond' : 'AWS rejected the request';
    return [notChecked(check, `${why}: ${awsErrorText(error)}.`)];
  }
}

/** Whether a call failed because what it names does not exist. */
export function isNamed(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.some((code) => error.name === code || error.name.endsWith(`.${code}`));
}

/** Where something may be instead. */
const COMMON_REGIONS =
  'us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-west-1 eu-west-2 eu-central-1 eu-north-1 ap-southeast-1 ap-southeast-2 ap-northeast-1'.split(
    ' ',
  );

/** The other regions in which something is found; one that does not answer counts as without it. */
export async function regionsWith(
  query: AwsQuery,
  isIn: (there: AwsQuery) => Promise<boolean>,
): Promise<readonly string[]> {
  const regions = COMMON_REGIONS.filter((region) => region !== query.region);
  const found = await Promise.all(
    regions.map(async (region) => ((await isIn(query.in(region)).catch(() => false)) ? [region] : [])),
  );
  return found.flat();
}
