import type { ConfigurationProblem, JsonValue, RenderedWith } from '@worker-host/core';
import type { AwsCredentials } from './aws-credentials.js';

const SETTING = 'WORKER_HOST_ECS_RUNS_CHOOSE_ENDPOINTS';

/**
 * What is wrong where a run chooses to whom the worker's own credentials are shown: an endpoint, or a connection without
 * TLS or without a check of certificates, in job variables that bring no keys. The work pool may choose them, and a setting
 * of the worker may leave the choice to runs.
 */
export function ownCredentialsProblems(
  { awsAccessKeyId, awsClientParameters: parameters }: AwsCredentials,
  inTemplate: JsonValue | undefined,
  rendered: RenderedWith | null,
): readonly ConfigurationProblem[] {
  if (awsAccessKeyId || rendered === null || isOn(rendered.environment[SETTING])) return [];
  // A template that names the members one by one leaves open what it wants to leave open.
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
