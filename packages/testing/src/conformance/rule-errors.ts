/** The rule cannot be tested: the worker does not declare what it is about, or the world does not arrange it. */
export class RuleSkipped extends Error {}

/** A worker does not keep a rule of the contract. */
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
