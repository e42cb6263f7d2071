import type { ConfigurationProblem, JsonValue, RenderedWith } from '@worker-host/core';
import type { AwsCredentials } from './aws-credentials.js';

const SETTING = 'WORKER_HOST_ECS_RUNS_CHOOSE_ENDPOINTS';

/**
 * Returns problems if job variables without keys determine where the worker's own credentials are sent: an endpoint, or a
 * connection without TLS or certificate verification. The work pool may set them, and a setting of the worker can allow runs
 * to.
 */
export function ownCredentialsProblems(
  { awsAccessKeyId, awsClientParameters: parameters }: AwsCredentials,
  inTemplate: JsonValue | undefined,
  rendered: RenderedWith | null,
): readonly ConfigurationProblem[] {
  if (awsAccessKeyId || rendered === null || isOn(rendered.environment[SETTING])) return [];
  // A template that lists the members individually decides which of them runs can set.
  const isByRun = rendered.jobVariables.some((name) => name.split('.', 1)[0] === 'aws_credentials');
  if (!isByRun || typeof inTemplate !== 'string') return [];
  const chosen: readonly (readonly [member: string, isChosen: boolean, found: JsonValue])[] = [
    ['endpoint_url', Boolean(parameters.endpointUrl), parameters.endpointUrl],
    ['verify', parameters.verify === false, false],
    ['use_ssl', !parameters.useSsl, false],
  ];
  return chosen
    .filter(([, isChosen]) => isChosen)
    .map(([member, , found]) => ({
      path: `aws_credentials.aws_client_parameters.${member}`,
      expected: "no such job variable with the worker's own credentials",
      found: JSON.stringify(found),
      suggestion: `keys in aws_credentials, or the member in the work pool, or ${SETTING}=true for the worker`,
    }));
}

function isOn(text: string | undefined): boolean {
  return text !== undefined && ['1', 'true', 'yes', 'on'].includes(text.trim().toLowerCase());
}
