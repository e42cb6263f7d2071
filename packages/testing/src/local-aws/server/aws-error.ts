/** An error answer of AWS, as a service sends it: a code, a text, and at times further fields. */
export class AwsError extends Error {
  readonly awsCode: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The older code that SQS still sends beside the new one, in the header `x-amzn-query-error`. */
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

/** ECS's `ClientException`: the request as such is refused. */
export function clientException(message: string): AwsError {
  return new AwsError('ClientException', message);
}

/** ECS's and CloudWatch Logs' `InvalidParameterException`. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** Whether an error says that the caller is too fast. */
export function isThrottling(error: AwsError): boolean {
  return error.awsCode === 'ThrottlingException' || error.awsCode === 'RequestLimitExceeded';
}

/** The throttling answer of the JSON services. It is in no service model, so SDKs know it by name only. */
export function throttlingException(): AwsError {
  return new AwsError('ThrottlingException', 'Rate exceeded');
}
