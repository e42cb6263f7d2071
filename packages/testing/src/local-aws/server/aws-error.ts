/** An error response of an AWS service: a code, a message, and sometimes additional fields. */
export class AwsError extends Error {
  readonly awsCode: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The older code that SQS still sends in addition, in the header `x-amzn-query-error`. */
  readonly queryCode: string | null;

  constructor(
    awsCode: string,
    message: string,
    options: { status?: number; fields?: Readonly<Record<string, unknown>>; queryCode?: string } = {},
  ) {
    super(message);
    this.name = 'AwsError';
    this.awsCode = awsCode;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
    this.queryCode = options.queryCode ?? null;
  }
}

/** ECS's `ClientException`: the request itself is rejected. */
export function clientException(message: string): AwsError {
  return new AwsError('ClientException', message);
}

/** ECS's and CloudWatch Logs' `InvalidParameterException`. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** Returns whether an error is a throttling error. */
export function isThrottling(error: AwsError): boolean {
  return error.awsCode === 'ThrottlingException' || error.awsCode === 'RequestLimitExceeded';
}

/** The throttling error of the JSON services. It is in no service model, so SDKs know it only by name. */
export function throttlingException(): AwsError {
  return new AwsError('ThrottlingException', 'Rate exceeded');
}
