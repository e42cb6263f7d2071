/** Context of an operation in addition to its parameters. */
export interface CallContext {
  /** Account of the caller's access key. */
  readonly account: string;
  /** Region that the call was signed for. */
  readonly region: string;
  readonly accessKeyId: string;
  /** Scheme, host and port under which the caller reached the server; for URLs in responses. */
  readonly baseUrl: string;
  /** Aborted when the caller disconnects or the server closes. */
  readonly signal: AbortSignal;
}

/** Parameters of a call, parsed from its protocol. The service checks their shape. */
export type Params = Readonly<Record<string, unknown>>;

/** One call, independent of its protocol. */
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
