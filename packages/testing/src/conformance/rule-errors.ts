/** The rule does not apply: the worker does not declare the capability, or the world lacks an optional member. */
export class RuleSkipped extends Error {}

/** A worker breaks a rule of the contract. */
export class RuleBrokenError extends Error {
  constructor(
    readonly rule: string,
    readonly why: string,
    cause: unknown,
  ) {
    const found = cause instanceof Error ? cause.message : String(cause);
    super(`The worker breaks the rule "${rule}".\n  Found: ${found}\n  Why it matters: ${why}`, { cause });
    this.name = 'RuleBrokenError';
  }
}
