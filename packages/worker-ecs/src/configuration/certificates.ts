import { statSync } from 'node:fs';
import { type ConfigurationProblem, showValue } from '@worker-host/core';
import type { AwsClientParameters } from './aws-credentials.js';

const PATH = 'aws_credentials.aws_client_parameters';

/**
 * Resolves contradictory settings: without verification the bundle is ignored, and a bundle takes precedence over a path in
 * `verify`.
 */
export function settleCertificates(parameters: AwsClientParameters): void {
  if (parameters.verifyCertPath === null) return;
  if (parameters.verifyOption === false) parameters.verifyCertPath = null;
  else if (typeof parameters.verifyOption === 'string') parameters.verifyOption = true;
}

/** Returns problems with certificate bundles that do not exist. */
export function certificateProblems({ verifyOption, verifyCertPath }: AwsClientParameters): ConfigurationProblem[] {
  const named: readonly (readonly [string, unknown])[] = [
    ['verify', verifyOption],
    ['verify_cert_path', verifyCertPath],
  ];
  return named.flatMap(([field, path]) =>
    typeof path !== 'string' || isFile(path)
      ? []
      : [
          {
            path: `${PATH}.${field}`,
            expected: 'the path of a file of certificates on the machine of the worker',
            found: showValue(path),
            suggestion: null,
          },
        ],
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
