import { parseArn } from '../../aws/arn.js';
import type { EcsSettings } from '../../ecs-settings.js';
import { validFamily } from '../../task-definition/family.js';
import { linkedDefinition } from '../../task-run/known-configuration.js';
import {
  clusterNameOf,
  executionRoleOf,
  isDefinitionKnown,
  type LaunchFacts,
  logGroupsOf,
  networkOf,
  taskRoleOf,
} from '../launch-facts.js';

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Location of a pool's tasks; unknown parts are placeholders such as `ACCOUNT`. */
export interface PolicyPlace {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly pool: string;
}

/** The least privileges of a worker of the pool. */
export function workerStatements(facts: LaunchFacts, settings: EcsSettings, place: PolicyPlace): readonly Statement[] {
  const { partition, account, region: given } = place;
  const { name: cluster, region: ofCluster } = clusterNameOf(facts);
  const region = ofCluster ?? given;
  const ecs = (resource: string): string => `arn:${partition}:ecs:${region}:${account}:${resource}`;
  const inCluster = { ArnEquals: { 'ecs:cluster': ecs(`cluster/${cluster}`) } };
  const families = familiesOf(facts, place).map((family) => ecs(`task-definition/${family}`));
  const roles = [taskRoleOf(facts), executionRoleOf(facts)].filter((role): role is string => role !== null);
  const { awsCredentials } = facts.configuration;
  return [
    allow('Launch', ['ecs:RunTask'], families, inCluster),
    allow('Tasks', ['ecs:DescribeTasks', 'ecs:StopTask'], [ecs(`task/${cluster}/*`)]),
    allow('Search', ['ecs:ListTasks'], ['*'], inCluster),
    allow('Tags', ['ecs:TagResource'], [ecs(`task/${cluster}/*`), ...(facts.isLinked ? [] : families)]),
    allow('Definitions', definitionActions(facts), ['*']),
    ...(roles.length === 0
      ? []
      : [
          allow('Roles', ['iam:PassRole'], [...new Set(roles)], {
            StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
          }),
        ]),
    ...(looksUpNetwork(facts) ? [allow('Network', ['ec2:DescribeSubnets', 'ec2:DescribeVpcs'], ['*'])] : []),
    ...outputStatements(facts, settings, { ...place, region }),
    ...(settings.observerEnabled ? [queueStatement(settings, { ...place, region })] : []),
    ...(awsCredentials?.assumeRoleArn ? [allow('AssumeRole', ['sts:AssumeRole'], [awsCredentials.assumeRoleArn])] : []),
  ];
}

function familiesOf(facts: LaunchFacts, { pool }: PolicyPlace): readonly string[] {
  const { configuration } = facts;
  const linked = linkedDefinition(configuration);
  if (linked !== null) {
    const name = parseArn(linked)?.resource.replace(/^task-definition\//, '') ?? linked;
    return [`${name.replace(/:\d+$/, '')}:*`];
  }
  const { family } = configuration.taskDefinition;
  return [
    typeof family === 'string' && family !== '' ? `${validFamily(family)}:*` : `${validFamily(`prefect_${pool}`)}_*`,
  ];
}

function definitionActions({ isLinked, configuration }: LaunchFacts): readonly string[] {
  if (isLinked) return ['ecs:DescribeTaskDefinition'];
  return [
    ...(configuration.autoDeregisterTaskDefinition ? ['ecs:DeregisterTaskDefinition'] : []),
    'ecs:DescribeTaskDefinition',
    'ecs:RegisterTaskDefinition',
  ];
}

/** Where the request brings its own network, no launch looks for one. A definition that was not read may need one. */
function looksUpNetwork(facts: LaunchFacts): boolean {
  const { configuration, definition } = facts;
  const own = configuration.taskRunRequest.networkConfiguration;
  const isOwn = own !== undefined && own !== null && Object.keys(configuration.networkConfiguration).length === 0;
  const hasNetwork = definition.networkMode === 'awsvpc' || !isDefinitionKnown(facts);
  return hasNetwork && !(isOwn && networkOf(facts) !== null);
}

function outputStatements(facts: LaunchFacts, settings: EcsSettings, place: PolicyPlace): readonly Statement[] {
  const { partition, region, account } = place;
  const named = logGroupsOf(facts).map(({ name, region: own }) => ({ name, region: own ?? region }));
  const fallback = settings.fallbackLogGroup === null ? [] : [{ name: settings.fallbackLogGroup, region }];
  const groups = named.length > 0 ? named : fallback;
  return statementOf(
    'Output',
    ['logs:FilterLogEvents', 'logs:GetLogEvents'],
    groups.map((group) => `arn:${partition}:logs:${group.region}:${account}:log-group:${group.name}:*`),
  );
}

function queueStatement({ queue }: EcsSettings, { partition, region, account }: PolicyPlace): Statement {
  const arn = `arn:${partition}:sqs:${queue.region ?? region}:${queue.account ?? account}:${queue.name}`;
  return allow(
    'Events',
    [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
    ],
    [arn],
  );
}

/** No statement if there are no resources. */
export function statementOf(
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
): readonly Statement[] {
  return resources.length === 0 ? [] : [allow(sid, actions, [...new Set(resources)])];
}

export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: Statement['Condition'],
): Statement {
  return { Sid, Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}
