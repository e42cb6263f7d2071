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
}

/** Reads an error by shape, since the SDK has no class for many of AWS's codes. */
export function awsErrorFacts(error: unknown): AwsErrorFacts {
  const shape = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly code?: unknown;
    readonly resourceIds?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
  };
  const status = shape.$metadata?.httpStatusCode;
  return {
    name: typeof shape.name === 'string' ? shape.name : '',
    message: typeof shape.message === 'string' ? shape.message : String(error),
    httpStatus: typeof status === 'number' ? status : null,
    networkCode: typeof shape.code === 'string' ? shape.code : null,
    resourceIds: Array.isArray(shape.resourceIds) ? shape.resourceIds.filter((id) => typeof id === 'string') : [],
    requestId: typeof shape.$metadata?.requestId === 'string' ? shape.$metadata.requestId : null,
  };
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

const THROTTLE_TEXT =
  /rate exceeded|too many requests|request limit exceeded|ThrottlingException|RequestLimitExceeded/i;

/** True for a throttle, also one that comes wrapped in the text of another error. */
export function isThrottle(error: unknown): boolean {
  const { name, message, httpStatus } = awsErrorFacts(error);
  return THROTTLE_NAMES.has(name) || httpStatus === 429 || THROTTLE_TEXT.test(message);
}

const NETWORK_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EPROTO|ERR_SSL|ERR_TLS|UND_ERR)/;

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
    (name === 'SyntaxError' && httpStatus !== null)
  );
}

/** True where AWS does not accept the keys; temporary ones may be renewed by the next call. */
export function isCredentialFailure(error: unknown): boolean {
  const { name } = awsErrorFacts(error);
  return (
    name === 'CredentialsProviderError' ||
    name === 'AwsProfileError' ||
    name === 'ExpiredToken' ||
    name === 'ExpiredTokenException' ||
    name === 'RequestExpired' ||
    name === 'UnrecognizedClientException' ||
    name === 'InvalidClientTokenId' ||
    name === 'InvalidSignatureException' ||
    name === 'SignatureDoesNotMatch' ||
    name === 'AuthFailure'
  );
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
