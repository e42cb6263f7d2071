import { type PermissionsRequest, type PermissionsTool, TOKENS, type ToolContext } from '@worker-host/core';
import { parseArn } from '../../aws/arn.js';
import { environmentRegion, namedRegion } from '../../aws/region.js';
import type { ECSJobConfiguration } from '../../configuration/ecs-job-configuration.js';
import { clusterOf } from '../../ecs-run-configuration.js';
import { readEcsSettings } from '../../ecs-settings.js';
import { linkedDefinition } from '../../task-run/known-configuration.js';
import { checkPermissions } from '../checks/check-pool.js';
import { executionRoleOf, isDefinitionKnown, type LaunchFacts, partitionOf, taskRoleOf } from '../launch-facts.js';
import { planLaunch } from '../preview-launch.js';
import { DOCTOR_STATEMENTS } from './doctor-statements.js';
import { POLICY_FORMATS, type RolePolicy } from './policy-formats.js';
import { executionStatements, taskStatements } from './role-statements.js';
import { type PolicyPlace, workerStatements } from './worker-statements.js';

const UNKNOWN_ACCOUNT = 'ACCOUNT';
const UNKNOWN_REGION = 'REGION';

/** Writes the policies of a pool's worker and roles from its configuration; only `check` calls AWS. */
export const permissions: PermissionsTool = {
  roles: ['worker', 'execution', 'task', 'doctor'],
  formats: Object.keys(POLICY_FORMATS),
  write: writePermissions,
  check: checkPermissions,
};

async function writePermissions(
  request: PermissionsRequest,
  tool: ToolContext,
): Promise<{ readonly text: string; readonly notes: readonly string[] }> {
  const { environment, workPoolName: pool } = tool.container.resolve(TOKENS.WorkerOptions);
  const configuration = request.configuration as ECSJobConfiguration;
  const { prepared, definitions } = await planLaunch({ ...request, readsInfrastructure: false }, tool);
  const isLinked = linkedDefinition(configuration) !== null;
  const definition = definitions.proposed ?? prepared.taskDefinition;
  const facts: LaunchFacts = { configuration, request: prepared.request, definition, isLinked };
  const place = placeOf(facts, pool, { given: request.account, environment });
  const settings = readEcsSettings(environment);
  const known: Readonly<Record<string, RolePolicy>> = {
    worker: { role: 'worker', trusted: null, statements: workerStatements(facts, settings, place) },
    execution: { role: 'execution', trusted: 'ecs-tasks.amazonaws.com', statements: executionStatements(facts, place) },
    task: { role: 'task', trusted: 'ecs-tasks.amazonaws.com', statements: taskStatements(facts) },
    doctor: { role: 'doctor', trusted: null, statements: DOCTOR_STATEMENTS },
  };
  const policies = request.roles.flatMap((role) => known[role] ?? []);
  const write = POLICY_FORMATS[request.format];
  if (write === undefined) throw new Error(`no format ${request.format}`);
  return { text: write(policies, pool), notes: notesOf(place, facts, request.roles) };
}

function placeOf(
  facts: LaunchFacts,
  pool: string,
  {
    given,
    environment,
  }: { readonly given: string | null; readonly environment: Readonly<Record<string, string | undefined>> },
): PolicyPlace {
  const { configuration } = facts;
  const arns = [clusterOf(configuration), taskRoleOf(facts), executionRoleOf(facts), linkedDefinition(configuration)];
  const parsed = arns.flatMap((arn) => (arn === null ? [] : (parseArn(arn) ?? [])));
  const region =
    parsed.find((arn) => arn.region !== '')?.region ??
    namedRegion(configuration.awsCredentials, environment) ??
    environmentRegion(environment) ??
    UNKNOWN_REGION;
  return { pool, region, partition: partitionOf(region), account: given ?? parsed[0]?.account ?? UNKNOWN_ACCOUNT };
}

function notesOf({ account, region }: PolicyPlace, facts: LaunchFacts, roles: readonly string[]): readonly string[] {
  const unknown = [
    ...(account === UNKNOWN_ACCOUNT ? ['ACCOUNT with the number of the account (or pass --account)'] : []),
    ...(region === UNKNOWN_REGION ? ['REGION with the region (or set AWS_REGION)'] : []),
  ];
  return [
    ...(unknown.length === 0 ? [] : [`Replace ${unknown.join(' and ')}.`]),
    ...(roles.includes('worker') && !isDefinitionKnown(facts)
      ? [
          'The task definition is not read: add iam:PassRole on its roles, and logs:FilterLogEvents and logs:GetLogEvents on its log groups.',
        ]
      : []),
    ...(roles.includes('task') ? ['Add the permissions that the job itself needs in AWS to the task role.'] : []),
    'Deployments whose job variables name other clusters, families, roles or images need permissions on those too.',
  ];
}
