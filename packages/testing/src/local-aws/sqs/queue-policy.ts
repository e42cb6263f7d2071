interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: unknown;
}

/**
 * Returns whether a queue's policy allows an account an action. Statements with conditions count as not fulfilled, and
 * `Deny` is not evaluated: only the part of IAM that queues of other accounts need.
 *
 * @param action for example `ReceiveMessage`
 */
export function policyAllows(policy: string | undefined, account: string, action: string): boolean {
  if (policy === undefined || policy === '') return false;
  const { Statement: statements } = JSON.parse(policy) as { Statement?: Statement | readonly Statement[] };
  return listOf(statements).some(
    (statement) =>
      statement.Effect === 'Allow' &&
      statement.Condition === undefined &&
      listOf(statement.Action).some((pattern) => matchesAction(String(pattern), action)) &&
      principalsOf(statement.Principal).some((principal) => isOfAccount(principal, account)),
  );
}

function matchesAction(pattern: string, action: string): boolean {
  const wanted = `sqs:${action}`.toLowerCase();
  const known = pattern.toLowerCase();
  return known === '*' || known === wanted || (known.endsWith('*') && wanted.startsWith(known.slice(0, -1)));
}

function principalsOf(principal: unknown): string[] {
  if (principal === '*') return ['*'];
  const { AWS } = (principal ?? {}) as { AWS?: unknown };
  return listOf(AWS).map(String);
}

/** A principal is an account, or the ARN of its root, a user or a role. */
function isOfAccount(principal: string, account: string): boolean {
  return principal === '*' || principal === account || principal.split(':')[4] === account;
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
