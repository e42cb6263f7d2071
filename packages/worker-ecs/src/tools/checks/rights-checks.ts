import type { Finding } from '@worker-host/core';
import { type AwsQuery, listIn, textIn } from '../aws/aws-query.js';
import { executionRoleOf, taskRoleOf } from '../launch-facts.js';
import { executionStatements, taskStatements } from '../permissions/role-statements.js';
import { type Statement, workerStatements } from '../permissions/worker-statements.js';
import { type CheckContext, checking, failed, notChecked, ok } from './check-context.js';

/** Lets IAM simulate what the worker needs. */
export function checkRights(context: CheckContext): Promise<readonly Finding[]> {
  const { facts, settings, query, caller, partition, pool } = context;
  return checking('permissions of the worker', async () => {
    if (caller.arn === '') return [notChecked('permissions of the worker', 'The identity of the worker is unknown.')];
    if (/:root$/.test(caller.arn))
      return [ok('permissions of the worker', 'The worker is the root user, which has all permissions.')];
    const account = caller.account;
    const statements = workerStatements(facts, settings, { partition, region: query.region, account, pool });
    return await simulate('permissions of the worker', statements, await principalOf(caller.arn, query), query);
  });
}

/** Lets IAM simulate what ECS does as the execution role, and what the launch turns on for the task role. */
export async function checkRightsOfRoles(context: CheckContext): Promise<readonly Finding[]> {
  const { facts, query, caller, partition, pool } = context;
  const place = { partition, region: query.region, account: caller.account, pool };
  const roles = [
    ['permissions of the execution role', executionRoleOf(facts), executionStatements(facts, place)],
    ['permissions of the task role', taskRoleOf(facts), taskStatements(facts)],
  ] as const;
  const findings = roles.map(([check, role, statements]) =>
    role === null || statements.length === 0
      ? Promise.resolve([])
      : checking(check, () => simulate(check, statements, role, query)),
  );
  return (await Promise.all(findings)).flat();
}

async function simulate(
  check: string,
  statements: readonly Statement[],
  source: string,
  query: AwsQuery,
): Promise<readonly Finding[]> {
  const denied = (await Promise.all(statements.map((statement) => deniedOf(statement, source, query)))).flat();
  if (denied.length === 0) return [ok(check, `${source} has all required permissions.`)];
  return denied.map(({ statement, actions }) =>
    failed(
      statement.Sid === 'Roles' ? 'iam:PassRole' : check,
      `${source} lacks ${actions.join(', ')} on ${statement.Resource.join(', ')}.`,
      `Allow: ${JSON.stringify({ ...statement, Action: actions })}`,
    ),
  );
}

/** The role behind a session, or the user. */
async function principalOf(arn: string, query: AwsQuery): Promise<string> {
  const [, partition, account, name] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (name === undefined) return arn;
  try {
    const { Role } = await query.call('iam', 'GetRole', { RoleName: name });
    return textIn(Role, 'Arn') || arn;
  } catch {
    // Good for roles without a path.
    return `arn:${partition}:iam::${account}:role/${name}`;
  }
}

async function deniedOf(
  statement: Statement,
  source: string,
  query: AwsQuery,
): Promise<readonly { readonly statement: Statement; readonly actions: readonly string[] }[]> {
  const context = Object.values(statement.Condition ?? {}).flatMap((keys) => Object.entries(keys));
  const answer = await query.call('iam', 'SimulatePrincipalPolicy', {
    PolicySourceArn: source,
    ActionNames: statement.Action,
    ResourceArns: statement.Resource,
    ContextEntries: context.map(([ContextKeyName, value]) => ({
      ContextKeyName,
      ContextKeyValues: [value],
      ContextKeyType: 'string',
    })),
  });
  const denied = listIn(answer, 'EvaluationResults').filter((each) => textIn(each, 'EvalDecision') !== 'allowed');
  const actions = [...new Set(denied.map((each) => textIn(each, 'EvalActionName')))];
  return actions.length === 0 ? [] : [{ statement, actions }];
}
