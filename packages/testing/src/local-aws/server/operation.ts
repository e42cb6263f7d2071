/** What an operation learns about the call besides its parameters. */
export interface CallContext {
  /** Account of the caller's access key. */
  readonly account: string;
  /** Region the call was signed for. */
  readonly region: string;
  readonly accessKeyId: string;
  /** Scheme, host and port under which the caller reached the server; for URLs in answers. */
  readonly baseUrl: string;
  /** Aborted when the caller hangs up or the server closes. */
  readonly signal: AbortSignal;
}

/** Parameters of a call after its protocol has been read. Their shape is the service's business. */
export type Params = Readonly<Record<string, unknown>>;

/** One call, whatever protocol it came by. */
export interface Call {
  readonly service: ServiceName;
  readonly operation: string;
  readonly params: Params;
}

export type Answer = Readonly<Record<string, unknown>>;

export type Operation = (params: Params, call: CallContext) => Answer | Promise<Answer>;

/** The operations of a service by their AWS names. */
export type OperationTable = Readonly<Record<string, Operation>>;

export type ServiceName =
  | 'cloudwatch'
  | 'ec2'
  | 'ecr'
  | 'ecs'
  | 'events'
  | 'iam'
  | 'logs'
  | 'servicequotas'
  | 'sqs'
  | 'sts';
