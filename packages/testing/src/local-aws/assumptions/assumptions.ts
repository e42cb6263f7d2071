import { LocalAwsAssumptionInvalidError } from './assumption-errors.js';

/** What AWS's documents do not state, so that a test may take it either way. */
export interface AssumptionValues {
  /**
   * RunTask keeps an answer that has failures only for its client token, and replays it. Default: true, as the example
   * in the ECS Developer Guide, "Ensuring idempotency", replays `RESOURCE:MEMORY`.
   */
  readonly failuresUseToken: boolean;
  /**
   * A refused RunTask (status 4xx, throttling apart) uses its client token up: the same request gets the same refusal,
   * another one a ConflictException. Default: false, as the guide speaks of requests that completed successfully.
   */
  readonly refusalsUseToken: boolean;
  /**
   * ECS refuses a public address on Managed Instances in words of its own, which name the capacity provider. Default:
   * false, the words for EC2. That it is refused is known, its text is not.
   */
  readonly publicIpRefusalNamesProvider: boolean;
  /**
   * RunTask refuses an inactive task definition by InvalidParameterException. Default: false, by ClientException. Public
   * reports quote both.
   */
  readonly inactiveIsInvalidParameter: boolean;
  /**
   * A value of another type than the service model says is refused by InvalidParameterException. Default: false, by
   * SerializationException. Public reports quote both for ECS.
   */
  readonly wrongTypeIsInvalidParameter: boolean;
}

export type AssumptionName = keyof AssumptionValues;

const DEFAULTS: AssumptionValues = {
  failuresUseToken: true,
  refusalsUseToken: false,
  publicIpRefusalNamesProvider: false,
  inactiveIsInvalidParameter: false,
  wrongTypeIsInvalidParameter: false,
};

/** The assumptions in force, which a test may change at any time. */
export class Assumptions {
  #values: AssumptionValues = DEFAULTS;

  /** @throws LocalAwsAssumptionInvalidError */
  constructor(values: Partial<AssumptionValues> = {}) {
    this.set(values);
  }

  get values(): AssumptionValues {
    return this.#values;
  }

  /**
   * Changes those that are named.
   *
   * @throws LocalAwsAssumptionInvalidError
   */
  set(values: Partial<AssumptionValues>): void {
    const problems = Object.entries(values).flatMap(([name, value]) => {
      if (!Object.hasOwn(DEFAULTS, name))
        return [`${name} is not known, known are ${Object.keys(DEFAULTS).join(', ')}`];
      return typeof value === 'boolean' ? [] : [`${name} must be true or false`];
    });
    if (problems.length > 0) throw new LocalAwsAssumptionInvalidError(problems);
    this.#values = { ...this.#values, ...values };
  }
}
