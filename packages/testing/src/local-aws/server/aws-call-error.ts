import type { AwsError } from './aws-error.js';

const RESET = 'read ECONNRESET';

/** Rejection of an in-process call: an error in the shape of the AWS SDK. */
export class AwsCallError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { readonly httpStatusCode?: number; readonly attempts: number };

  constructor(name: string, message: string, httpStatusCode: number | undefined) {
    super(message);
    this.name = name;
    this.$fault = httpStatusCode !== undefined && httpStatusCode < 500 ? 'client' : 'server';
    this.$metadata = { attempts: 1, ...(httpStatusCode !== undefined && { httpStatusCode }) };
  }
}

/** An error of AWS, with additional fields such as `resourceIds`. */
export function callErrorOf(error: AwsError): AwsCallError {
  return Object.assign(new AwsCallError(error.awsCode, error.message, error.status), error.fields);
}

/** Error of a lost response: a broken connection, or an empty response with this status. */
export function lostAnswerError(how: 'reset' | '500' | '503' | 'delay'): AwsCallError {
  if (how === '500' || how === '503') return new AwsCallError('InternalServerError', 'UnknownError', Number(how));
  return Object.assign(new AwsCallError('Error', RESET, undefined), { code: 'ECONNRESET' });
}

/** Error of a caller that has aborted. */
export function abortedCallError(): AwsCallError {
  return new AwsCallError('AbortError', 'Request aborted', undefined);
}
