import type { Finding } from '@worker-host/core';
import { type AwsQuery, listIn, textIn } from '../aws/aws-query.js';
import { secretsOf } from '../launch-facts.js';
import { type CheckContext, checking, failed, isNamed, ok } from './check-context.js';

/** Checks that the secrets of containers exist. Reads no value. */
export async function checkSecrets({ facts, query }: CheckContext): Promise<readonly Finding[]> {
  const findings = secretsOf(facts).map((from) =>
    checking('secret', async () => {
      const [, , service = '', region = query.region] = from.split(':');
      const there = query.in(region);
      const isThere = service === 'secretsmanager' ? await hasSecret(from, there) : await hasParameter(from, there);
      if (isThere) return [ok('secret', `${from} exists in ${region}.`)];
      const found = `${from} does not exist in ${region}, or is being deleted, so no task starts.`;
      return [failed('secret', found, 'Create it, or correct its ARN or name in the task definition.')];
    }),
  );
  return (await Promise.all(findings)).flat();
}

/** @param from ARN, which a JSON key, a stage and a version may follow */
async function hasSecret(from: string, query: AwsQuery): Promise<boolean> {
  const SecretId = from.split(':').slice(0, 7).join(':');
  try {
    return (await query.call('secretsmanager', 'DescribeSecret', { SecretId })).DeletedDate === undefined;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return false;
    throw error;
  }
}

/** @param from ARN or name */
async function hasParameter(from: string, query: AwsQuery): Promise<boolean> {
  const [, , , , , path = from] = from.split(':');
  const name = path.replace(/^parameter/, '');
  // An ARN has the / of names in a hierarchy once; a plain name stands behind it too.
  const Values = from.startsWith('arn:') ? [name, name.replace(/^\//, '')] : [from];
  const ParameterFilters = [{ Key: 'Name', Option: 'Equals', Values }];
  const answer = await query.call('ssm', 'DescribeParameters', { ParameterFilters });
  return listIn(answer, 'Parameters').some((parameter) => Values.includes(textIn(parameter, 'Name')));
}
