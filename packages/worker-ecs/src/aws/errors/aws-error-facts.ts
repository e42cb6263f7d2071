import { awsProse } from './aws-prose.js';

/** Formats any thrown value: an error of a response can have a message that is not a text. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error without a message';
  }
}

/** Facts about an error of the AWS SDK, of any class. */
export interface AwsErrorFacts {
  /** AWS's error code, or the name of the error. Empty: none. */
  readonly name: string;
  readonly message: string;
  /** HTTP status. Null: there was no response. */
  readonly httpStatus: number | null;
  /** Node's code of a network error. Example: ECONNRESET. */
  readonly networkCode: string | null;
  /** ARNs in a ConflictException. */
  readonly resourceIds: readonly string[];
  readonly requestId: string | null;
  /** The call, as the name of its permission. Example: `ecs:RunTask`. Null: unknown. */
  readonly operation: string | null;
  readonly region: string | null;
}

const CALL = Symbol('aws call');

/** Reads an error by shape, because the SDK has no class for many of AWS's codes. */
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

/** Formats a call to AWS by its documented name. */
export interface AwsCall {
  readonly operation: string;
  readonly region: string;
}

/** Adds the call to an error, unless it is already set. */
export function noteCall(error: unknown, call: AwsCall): void {
  if (typeof error !== 'object' || error === null || CALL in error || !Object.isExtensible(error)) return;
  Object.defineProperty(error, CALL, { value: call, enumerable: false });
}

/** EC2 appends an encoded message of a thousand characters or more, which only the cause keeps. */
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

/** Matches throttling in messages of AWS. */
export const THROTTLE_TEXT =
  /rate exceeded|too many (?:requests|concurrent attempts)|request limit exceeded|ThrottlingException|RequestLimitExceeded/i;

/** Returns whether the error is throttling, also if it is wrapped in the message of another error. */
export function isThrottle(error: unknown): boolean {
  const { name, message, httpStatus } = awsErrorFacts(error);
  return THROTTLE_NAMES.has(name) || httpStatus === 429 || THROTTLE_TEXT.test(awsProse(message));
}

const NETWORK_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EPROTO|EPROXY|ERR_SSL|ERR_TLS|UND_ERR)/;

/** Returns whether no complete response arrived: network errors, timeouts, gateways, and unreadable responses. */
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
    // A success that became an error was unreadable: a page of a proxy, or a truncated response.
    (httpStatus !== null && httpStatus >= 200 && httpStatus < 300) ||
    (name === 'SyntaxError' && httpStatus !== null)
  );
}

/** Names of errors that mean that credentials are missing or rejected. */
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

/** The chain assumes a role itself for a profile or a web identity. */
const ROLE_REFUSED = /sts:AssumeRole/;

/**
 * Returns whether credentials are missing or rejected. A missing permission for one action does not count, unless the action is
 * assuming the role.
 */
export function isCredentialFailure(error: unknown): boolean {
  const { name, message } = awsErrorFacts(error);
  return CREDENTIAL_ERROR_NAMES.includes(name) || (isAccessDenied(error) && ROLE_REFUSED.test(message));
}

/** Matches a denial in the message of another error, in the words of AWS. */
export const DENIED_INSIDE = /\bnot authorized to perform\b|\bErrorCode: UnauthorizedOperation\b/i;

/** Returns whether AWS knows the caller but denies the action, also if this is in the message of another error. */
export function isAccessDenied(error: unknown): boolean {
  const { name, message, httpStatus } = awsErrorFacts(error);
  if (
    /^(?:AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|KMSAccessDenied)(?:Exception)?$/.test(name)
  )
    return true;
  return httpStatus !== null && httpStatus < 500 && DENIED_INSIDE.test(awsProse(message));
}

/** Returns whether a call to AWS failed with this error; false for errors of our own and programming errors. */
export function isAwsError(error: unknown): boolean {
  const hasMetadata = typeof error === 'object' && error !== null && '$metadata' in error;
  return hasMetadata || isThrottle(error) || isUnanswered(error) || isCredentialFailure(error);
}

/** Returns whether a call rejected because its signal was aborted. */
export function isAbort(error: unknown): boolean {
  return awsErrorFacts(error).name === 'AbortError';
}
