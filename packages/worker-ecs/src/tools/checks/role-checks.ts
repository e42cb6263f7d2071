import type { Finding } from '@worker-host/core';
import { parseArn } from '../../aws/arn.js';
import { runsOnFargate } from '../../task-run/capacity.js';
import { textIn } from '../aws/aws-query.js';
import {
  ecrImageOf,
  executionRoleOf,
  imagesOf,
  type LaunchFacts,
  logGroupsOf,
  secretsOf,
  taskRoleOf,
} from '../launch-facts.js';
import { type CheckContext, checking, failed, isNamed, ok } from './check-context.js';
import { allowsService } from './resource-policy.js';

const ECS_TASKS = 'ecs-tasks.amazonaws.com';
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: ECS_TASKS }, Action: 'sts:AssumeRole' }],
});

/** Checks that the roles of tasks are there, and that ECS may assume them. */
export async function checkRoles(context: CheckContext): Promise<readonly Finding[]> {
  const { facts } = context;
  const task = taskRoleOf(facts);
  const execution = executionRoleOf(facts);
  return [
    ...(execution === null ? missingExecutionRole(facts) : await checkRole('execution role', execution, context)),
    ...(task === null ? [] : await checkRole('task role', task, context)),
  ];
}

function missingExecutionRole(facts: LaunchFacts): readonly Finding[] {
  const needs = [
    ...(runsOnFargate(facts.request) && logGroupsOf(facts).length > 0 ? ['the awslogs log driver'] : []),
    ...(runsOnFargate(facts.request) && imagesOf(facts).some((image) => ecrImageOf(image) !== null)
      ? ['images of ECR']
      : []),
    ...(secretsOf(facts).length > 0 ? ['secrets'] : []),
  ];
  if (needs.length === 0) return [ok('execution role', 'None is set, and none is required.')];
  return [
    failed(
      'execution role',
      `None is set, but ECS requires one for ${needs.join(', ')}.`,
      'Set execution_role_arn. Its policy: worker-host iam --role execution',
    ),
  ];
}

function checkRole(
  check: string,
  arn: string,
  { query, caller, partition }: CheckContext,
): Promise<readonly Finding[]> {
  return checking(check, async () => {
    const { account = '', resource = '' } = parseArn(arn) ?? {};
    if (caller.account !== '' && account !== '' && account !== caller.account)
      return [
        failed(
          check,
          `${arn} is in account ${account}; ECS accepts only roles of account ${caller.account}.`,
          'Use a role of the account of the cluster.',
        ),
      ];
    const name = resource.slice(resource.lastIndexOf('/') + 1);
    let role: unknown;
    try {
      role = (await query.call('iam', 'GetRole', { RoleName: name })).Role;
    } catch (error) {
      if (!isNamed(error, 'NoSuchEntity', 'NoSuchEntityException')) throw error;
      const create = `aws iam create-role --role-name ${name} --assume-role-policy-document '${TRUST}'`;
      return [failed(check, `${arn} does not exist.`, `Use another role, or run: ${create}`)];
    }
    const own = textIn(role, 'Arn');
    if (own !== '' && own !== arn)
      return [failed(check, `${arn} does not exist; the role of that name is ${own}.`, `Set ${own}.`)];
    const assume = { service: ECS_TASKS, action: 'sts:AssumeRole', resource: null, sourceAccount: caller.account };
    const sourceArns = caller.account === '' ? [] : [`arn:${partition}:ecs:${query.region}:${caller.account}:task/any`];
    // IAM returns the policy as URL-encoded JSON.
    const policy = decodeURIComponent(textIn(role, 'AssumeRolePolicyDocument'));
    if (allowsService(policy, { ...assume, sourceArns })) return [ok(check, `${arn} can be assumed by ECS.`)];
    const update = `aws iam update-assume-role-policy --role-name ${name} --policy-document '${TRUST}'`;
    return [
      failed(
        check,
        `${arn} cannot be assumed: its trust policy does not let ${ECS_TASKS} assume it for tasks of ${query.region}.`,
        `Run: ${update}`,
      ),
    ];
  });
}
