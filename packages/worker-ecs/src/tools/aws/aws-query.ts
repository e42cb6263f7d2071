/** Input and response of a call, with the names of AWS. */
export type QueryValues = Readonly<Record<string, unknown>>;

/** Services that tools call, by the names of their permissions. */
export type QueryService =
  | 'cloudformation'
  | 'cloudwatch'
  | 'ec2'
  | 'ecr'
  | 'ecs'
  | 'events'
  | 'iam'
  | 'kms'
  | 'logs'
  | 'secretsmanager'
  | 'servicequotas'
  | 'sqs'
  | 'ssm'
  | 'sts';

/**
 * Calls to AWS that no launch makes, by service and action. Calls of a launch have typed clients; those of the tools are many,
 * small and rare.
 */
export interface AwsQuery {
  readonly region: string;
  /** Milliseconds by which AWS's clock is ahead of this machine's, by its last response. Null: no response yet. */
  readonly clockAheadMs: number | null;
  /**
   * Sends a call and resolves with its response; lists of XML responses are read by {@link listIn}.
   *
   * @throws an error whose `name` is AWS's code
   */
  call(service: QueryService, action: string, input?: QueryValues): Promise<QueryValues>;
  /** Returns the same in another region. */
  in(region: string): AwsQuery;
  close(): void;
}

/** Returns a list of a response, in JSON or in any of the forms of XML. */
export function listIn(answer: unknown, name: string): readonly QueryValues[] {
  const value = objectIn(answer)[name];
  if (Array.isArray(value)) return value.map(objectIn);
  const { item, member } = objectIn(value);
  const entries: unknown = item ?? member ?? [];
  return (Array.isArray(entries) ? entries : [entries]).map(objectIn);
}

/** Returns an object of a response; an empty one if absent. */
export function objectIn(value: unknown): QueryValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as QueryValues) : {};
}

/** Returns a text of a response; empty if absent. */
export function textIn(answer: unknown, name: string): string {
  const value = objectIn(answer)[name];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
