import type { JsonObject } from '@worker-host/core';
import { NUMBER, SHORT } from './planted.js';

/** How a template names a planted secret. */
export type Placeholder = (name: string) => string;

const ROLE = 'arn:aws:iam::123456789012:role/execution';

/** Job variables that bring planted secrets wherever a value may stand, by what becomes of their run. */
export function jobVariables(of: Placeholder): Readonly<Record<string, JsonObject>> {
  const credentials = {
    aws_access_key_id: 'AKIALOCALAWS',
    aws_secret_access_key: of('awsKey'),
    aws_session_token: of('awsToken'),
    region_name: 'us-east-1',
  };
  const good: JsonObject = {
    aws_credentials: credentials,
    configure_cloudwatch_logs: true,
    execution_role_arn: ROLE,
    cloudwatch_logs_options: { 'awslogs-stream-prefix': `p-${of('plain')}` },
    env: {
      PLAIN: of('plain'),
      QUOTED: of('quoted'),
      LINES: of('lines'),
      ACCENTS: of('accents'),
      URL: `postgres://user:${of('address')}@db/x`,
      PIN: of('number'),
      SHORT: of('short'),
    },
    labels: { owner: of('plain'), 'also this': `a ${of('accents')} b` },
  };
  const says = 'printf "%s\\n" "$PLAIN $QUOTED" "$LINES" "$ACCENTS in $URL with $PIN and $SHORT"';
  return {
    failing: { ...good, command: `sh -c '${says}; echo ${of('plain')}; exit 3'` },
    notFound: { ...good, command: `${of('plain')} --token ${of('long')}` },
    wrongTypes: {
      cpu: of('long'),
      memory: of('quoted'),
      labels: { pin: of('number') },
      network_configuration: of('lines'),
      aws_credentials: { ...credentials, aws_client_parameters: of('plain') },
      match_latest_revision_in_family: of('accents'),
    },
    refused: {
      ...good,
      labels: { a: `aws:${of('accents')}`, b: of('many') },
      command: `echo '${of('accents')}`,
      vpc_id: of('plain'),
    },
    noCluster: { ...good, cluster: of('long'), command: 'true' },
    noDefinition: { ...good, task_definition_arn: of('plain'), command: 'true' },
    awsEchoes: { ...good, family: 'echoes', command: 'true' },
    failsToStart: { ...good, family: 'fails-to-start', command: 'true' },
  };
}

/** Values next to the planted texts. */
export const OTHER_VALUES = { number: NUMBER, short: SHORT } as const;
