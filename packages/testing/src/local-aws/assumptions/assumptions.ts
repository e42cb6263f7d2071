import { LocalAwsAssumptionInvalidError } from './assumption-errors.js';

/** Behaviour that the documents of AWS do not specify, so that a test can choose it. */
export interface AssumptionValues {
  /**
   * RunTask stores a response with failures for its client token, and replays it. Default: true, because the example in
   * the ECS Developer Guide, "Ensuring idempotency", replays `RESOURCE:MEMORY`.
   */
  readonly failuresUseToken: boolean;
  /**
   * A rejected RunTask (status 4xx, except throttling) uses up its client token: the same request gets the same error,
   * another one a ConflictException. Default: false, because the guide refers to requests that completed successfully.
   */
  readonly refusalsUseToken: boolean;
  /**
   * ECS rejects a public address on Managed Instances with its own message, which names the capacity provider. Default:
   * false, the message for EC2. The rejection is documented, the message is not.
   */
  readonly publicIpRefusalNamesProvider: boolean;
  /**
   * RunTask rejects an inactive task definition with InvalidParameterException. Default: false, with ClientException.
   * Public reports quote both.
   */
  readonly inactiveIsInvalidParameter: boolean;
  /**
   * A value of another type than in the service model is rejected with InvalidParameterException. Default: false, with
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

/** The current assumptions, which a test can change at any time. */
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
   * Changes the given assumptions.
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
