import type { AwsError } from './aws-error.js';

const RESET = 'read ECONNRESET';

/** What a call in this process rejects with: an error of the shape that the AWS SDK gives it. */
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

/** AWS's refusal, with its further fields such as `resourceIds`. */
export function callErrorOf(error: AwsError): AwsCallError {
  return Object.assign(new AwsCallError(error.awsCode, error.message, error.status), error.fields);
}

/** What a caller sees whose answer is lost: a broken connection, or an empty answer of this status. */
export function lostAnswerError(how: 'reset' | '500' | '503' | 'delay'): AwsCallError {
  if (how === '500' || how === '503') return new AwsCallError('InternalServerError', 'UnknownError', Number(how));
  return Object.assign(new AwsCallError('Error', RESET, undefined), { code: 'ECONNRESET' });
}

/** What a caller gets that has hung up. */
export function abortedCallError(): AwsCallError {
  return new AwsCallError('AbortError', 'Request aborted', undefined);
}
