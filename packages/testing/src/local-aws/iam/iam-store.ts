/** A policy statement, as far as it is evaluated. */
export interface PolicyStatement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<
    Record<'ArnEquals' | 'StringEquals', Readonly<Record<string, string | readonly string[]>>>
  >;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly path: string;
  readonly createdAtMs: number;
  /** JSON. */
  readonly trustPolicy: string;
}

/**
 * Roles and inline policies of an account. The user of the callers has all permissions until a policy is attached to
 * it.
 */
export class IamStore {
  readonly roles = new Map<string, Role>();
  readonly #policies = new Map<string, Map<string, readonly PolicyStatement[]>>();

  /** @param principal ARN of a role or user */
  putPolicy(principal: string, name: string, document: string): void {
    const { Statement: statements = [] } = JSON.parse(document) as {
      Statement?: PolicyStatement | readonly PolicyStatement[];
    };
    const own = this.#policies.get(principal) ?? new Map<string, readonly PolicyStatement[]>();
    own.set(name, listOf(statements));
    this.#policies.set(principal, own);
  }

  deletePolicy(principal: string, name: string): void {
    this.#policies.get(principal)?.delete(name);
  }

  /** Null: no policy was ever attached to the principal. */
  statementsOf(principal: string): readonly PolicyStatement[] | null {
    const own = this.#policies.get(principal);
    return own === undefined ? null : [...own.values()].flat();
  }
}

/** Returns the decision for a principal, as named by the policy simulator. */
export function decide(
  statements: readonly PolicyStatement[],
  {
    action,
    resource,
    context,
  }: { readonly action: string; readonly resource: string; readonly context: ReadonlyMap<string, string> },
): 'allowed' | 'implicitDeny' | 'explicitDeny' {
  const fitting = statements.filter(
    (statement) =>
      listOf(statement.Action).some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase())) &&
      listOf(statement.Resource).some((pattern) => fits(pattern, resource)) &&
      Object.values(statement.Condition ?? {})
        .flatMap((keys) => Object.entries(keys))
        .every(([key, wanted]) => listOf(wanted).includes(context.get(key.toLowerCase()) ?? '')),
  );
  if (fitting.some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny';
  return fitting.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'implicitDeny';
}

function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
