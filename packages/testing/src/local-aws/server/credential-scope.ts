import type { IncomingHttpHeaders } from 'node:http';

import { AwsError } from './aws-error.js';

/** Signer of a request, and its region. Signatures themselves are not checked. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\//;

/** Reads the credential scope of a signed request. Throws the error of AWS for an unsigned one. */
export function readCredentialScope(headers: IncomingHttpHeaders): CredentialScope {
  const match = CREDENTIAL.exec(headers.authorization ?? '');
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { status: 403 });
  }
  return { accessKeyId: match[1], region: match[2] };
}
