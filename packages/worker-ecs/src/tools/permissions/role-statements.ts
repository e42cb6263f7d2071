import { ecrImageOf, environmentFilesOf, imagesOf, type LaunchFacts, logGroupsOf, secretsOf } from '../launch-facts.js';
import { allow, type PolicyPlace, type Statement, statementOf } from './worker-statements.js';

/** The least privileges that ECS needs to start tasks of the pool, for their execution role. */
export function executionStatements(
  facts: LaunchFacts,
  { partition, region, account }: PolicyPlace,
): readonly Statement[] {
  const repositories = imagesOf(facts).flatMap((image) => {
    const ecr = ecrImageOf(image);
    return ecr === null ? [] : [`arn:${partition}:ecr:${ecr.region}:${ecr.account}:repository/${ecr.repository}`];
  });
  const groups = logGroupsOf(facts);
  const arnOfGroup = ({ name, region: own }: (typeof groups)[number]): string =>
    `arn:${partition}:logs:${own ?? region}:${account}:log-group:${name}:*`;
  const made = groups.filter(({ isMade }) => isMade);
  const secrets = secretsOf(facts);
  const parameters = secrets.filter((from) => !/:secretsmanager:/.test(from));
  const files = environmentFilesOf(facts);
  return [
    ...(repositories.length === 0
      ? []
      : [
          allow('Registry', ['ecr:GetAuthorizationToken'], ['*']),
          allow(
            'Images',
            ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
            repositories,
          ),
        ]),
    ...(groups.length === 0
      ? []
      : [allow('Output', ['logs:CreateLogStream', 'logs:PutLogEvents'], groups.map(arnOfGroup))]),
    ...(made.length === 0 ? [] : [allow('OutputGroups', ['logs:CreateLogGroup'], made.map(arnOfGroup))]),
    ...statementOf(
      'Secrets',
      ['secretsmanager:GetSecretValue'],
      secrets.filter((from) => /:secretsmanager:/.test(from)).map(withoutJsonKey),
    ),
    ...statementOf(
      'Parameters',
      ['ssm:GetParameters'],
      parameters.map((from) =>
        from.startsWith('arn:')
          ? from
          : `arn:${partition}:ssm:${region}:${account}:parameter/${from.replace(/^\//, '')}`,
      ),
    ),
    ...statementOf('EnvironmentFiles', ['s3:GetObject'], files),
    ...statementOf(
      'EnvironmentBuckets',
      ['s3:GetBucketLocation'],
      [...new Set(files.map((arn) => arn.replace(/\/.*$/, '')))],
    ),
  ];
}

/** The least privileges of the job's role for what the launch enables; add what the job itself needs. */
export function taskStatements({ request }: LaunchFacts): readonly Statement[] {
  if (request.enableExecuteCommand !== true) return [];
  const actions = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'];
  return [
    allow(
      'ExecuteCommand',
      actions.map((action) => `ssmmessages:${action}`),
      ['*'],
    ),
  ];
}

/** `arn:…:secret:name-AbCdEf:json-key:stage:version` refers to a key of the secret. */
function withoutJsonKey(arn: string): string {
  return arn.split(':').slice(0, 7).join(':');
}
