import { awsProse } from './aws-prose.js';

/** Whatever was thrown, in words: an answer may have given an error a text that is none. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error without a message';
  }
}

/** What is known of an error of the AWS SDK, whatever its class. */
export interface AwsErrorFacts {
  /** AWS's error code, or the name of the error. Empty: none. */
  readonly name: string;
  readonly message: string;
  /** Null: there was no answer. */
  readonly httpStatus: number | null;
  /** Node's code of a network error, such as ECONNRESET. */
  readonly networkCode: string | null;
  /** ARNs a ConflictException names. */
  readonly resourceIds: readonly string[];
  readonly requestId: string | null;
  /** The call by the name of its permission, such as `ecs:RunTask`. Null: not known. */
  readonly operation: string | null;
  readonly region: string | null;
}

const CALL = Symbol('aws call');

/** Reads an error by shape, since the SDK has no class for many of AWS's codes. */
export function awsErrorFacts(error: unknown): AwsErrorFacts {
  const shape = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly code?: unknown;
    readonly resourceIds?: unknown;
    readonly [CALL]?: AwsCall;
    readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
  };
  const status = shape.$metadata?.httpStatusCode;
  return {
    name: typeof shape.name === 'string' ? shape.name : '',
    message: typeof shape.message === 'string' ? shape.message : textOf(error),
    httpStatus: typeof status === 'number' ? status : null,
    networkCode: typeof shape.code === 'string' ? shape.code : null,
    resourceIds: Array.isArray(shape.resourceIds) ? shape.resourceIds.filter((id) => typeof id === 'string') : [],
    requestId: typeof shape.$metadata?.requestId === 'string' ? shape.$metadata.requestId : null,
    operation: shape[CALL]?.operation ?? null,
    region: shape[CALL]?.region ?? null,
  };
}

/** A call to AWS, as people look it up. */
export interface AwsCall {
  readonly operation: string;
  readonly region: string;
}

/** Notes on an error which call it ended, unless that is known already. */
export function noteCall(error: unknown, call: AwsCall): void {
  if (typeof error !== 'object' || error === null || CALL in error || !Object.isExtensible(error)) return;
  Object.defineProperty(error, CALL, { value: call, enumerable: false });
}

/** Of EC2: a thousand characters and more, which the cause of the error keeps. */
const ENCODED = /(Encoded authorization failure message: )\S{40,}/;

/** AWS ends some texts with a full stop and some without; an ellipsis is part of the text. */
const FULL_STOP = /(?<!\.)\.\s*$/;

/** The error in one line without a full stop: call and region where they are known, AWS's code, AWS's text. */
export function awsErrorText(error: unknown): string {
  const { operation, region, name, message } = awsErrorFacts(error);
  const where = operation === null ? '' : `${operation}${region ? ` in ${region}` : ''}: `;
  const text = message.replace(ENCODED, '$1(decode it with: aws sts decode-authorization-message)');
  return `${where}${name && !message.includes(name) ? `${name}: ` : ''}${text.replace(FULL_STOP, '')}`;
}

const THROTTLE_NAMES = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'BandwidthLimitExceeded',
  'SlowDown',
  'EC2ThrottledException',
  'ProvisionedThroughputExceededException',
]);

/** Of AWS's own words. */
export const THROTTLE_TEXT =
  /rate exceeded|too many (?:requests|concurrent attempts)|request limit exceeded|ThrottlingException|RequestLimitExceeded/i;

/** True for a throttle, also one that comes wrapped in the text of another error. */
export function isThrottle(error: unknown): boolean {
  const { name, message, httpStatus } = awsErrorFacts(error);
  return THROTTLE_NAMES.has(name) || httpStatus === 429 || THROTTLE_TEXT.test(awsProse(message));
}

const NETWORK_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EPROTO|EPROXY|ERR_SSL|ERR_TLS|UND_ERR)/;

/** True where no whole answer came: network, timeouts, gateways, and answers that could not be read. */
export function isUnanswered(error: unknown): boolean {
  const { name, httpStatus, networkCode } = awsErrorFacts(error);
  return (
    (httpStatus !== null && httpStatus >= 500) ||
    name === 'ServerException' ||
    name === 'InternalFailure' ||
    name === 'ServiceUnavailable' ||
    name === 'ServiceUnavailableException' ||
    name === 'TimeoutError' ||
    name === 'NetworkingError' ||
    name === 'RequestTimeout' ||
    name === 'RequestTimeoutException' ||
    (networkCode !== null && NETWORK_CODES.test(networkCode)) ||
    name === 'UnreadableAnswer' ||
    // A success that became an error could not be read: a page of a proxy, or an answer that was cut.
    (httpStatus !== null && httpStatus >= 200 && httpStatus < 300) ||
    (name === 'SyntaxError' && httpStatus !== null)
  );
}

/** Names of errors by which there are no keys, or AWS does not accept them. */
export const CREDENTIAL_ERROR_NAMES: readonly string[] = [
  'CredentialsProviderError',
  'TokenProviderError',
  'AwsProfileError',
  'AwsRoleError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'InvalidIdentityToken',
  'IDPRejectedClaim',
  'AuthFailure',
];

/** The chain takes a role on by itself for a profile or a web identity. */
const ROLE_REFUSED = /sts:AssumeRole/;

/**
 * True where there are no keys, or AWS does not accept them. A right that lacks for one action is none of it, unless that
 * is to take on the role.
 */
export function isCredentialFailure(error: unknown): boolean {
  const { name, message } = awsErrorFacts(error);
  return CREDENTIAL_ERROR_NAMES.includes(name) || (isAccessDenied(error) && ROLE_REFUSED.test(message));
}

/** A denial in the text of another error, of AWS's own words. */
export const DENIED_INSIDE = /\bnot authorized to perform\b|\bErrorCode: UnauthorizedOperation\b/i;

/** True where AWS knows who asks, and does not allow the action, also when that comes in the text of another error. */
export function isAccessDenied(error: unknown): boolean {
  const { name, message, httpStatus } = awsErrorFacts(error);
  if (
    /^(?:AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|KMSAccessDenied)(?:Exception)?$/.test(name)
  )
    return true;
  return httpStatus !== null && httpStatus < 500 && DENIED_INSIDE.test(awsProse(message));
}

/** True for what a call to AWS ended with; false for errors of our own and of programming. */
export function isAwsError(error: unknown): boolean {
  const hasMetadata = typeof error === 'object' && error !== null && '$metadata' in error;
  return hasMetadata || isThrottle(error) || isUnanswered(error) || isCredentialFailure(error);
}

/** True for the rejection of a call whose signal was aborted. */
export function isAbort(error: unknown): boolean {
  return awsErrorFacts(error).name === 'AbortError';
}
