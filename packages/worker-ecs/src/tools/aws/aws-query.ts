/** Input and answer of a call, by AWS's own names. */
export type QueryValues = Readonly<Record<string, unknown>>;

/** Services that tools ask, by the names of their permissions. */
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
 * Calls to AWS that no launch makes, by service and action. The calls of a launch have clients of their own; those of the
 * tools are many, small and rare.
 */
export interface AwsQuery {
  readonly region: string;
  /** Milliseconds by which AWS's clock is ahead of this machine's, by its last answer. Null: nothing was answered yet. */
  readonly clockAheadMs: number | null;
  /**
   * Sends a call and resolves with its answer; lists of XML answers are read by {@link listIn}.
   *
   * @throws an error whose `name` is AWS's code
   */
  call(service: QueryService, action: string, input?: QueryValues): Promise<QueryValues>;
  /** The same in another region. */
  in(region: string): AwsQuery;
  close(): void;
}

/** A list of an answer, in JSON or in any of the forms of XML. */
export function listIn(answer: unknown, name: string): readonly QueryValues[] {
  const value = objectIn(answer)[name];
  if (Array.isArray(value)) return value.map(objectIn);
  const { item, member } = objectIn(value);
  const entries: unknown = item ?? member ?? [];
  return (Array.isArray(entries) ? entries : [entries]).map(objectIn);
}

/** An object of an answer; an empty one where there is none. */
export function objectIn(value: unknown): QueryValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as QueryValues) : {};
}

/** A text of an answer; empty where there is none. */
export function textIn(answer: unknown, name: string): string {
  const value = objectIn(answer)[name];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
