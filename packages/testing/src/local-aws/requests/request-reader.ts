import type { Assumptions } from '../assumptions/assumptions.js';
import { AwsError } from '../server/aws-error.js';
import type { Call, Params } from '../server/operation.js';
import { readRequest, WrongType } from './read-request.js';
import { requestShapesOf } from './request-shapes.js';
import { validateParameters } from './validate-parameters.js';

/** Rules by which a request is checked: those of AWS, or the stricter ones that boto3 applies before sending. */
export type RequestRules = 'aws' | 'botocore';

/**
 * Reads the parameters of calls by the service models. Parameters of query services, which are all text, are not
 * checked.
 */
export class RequestReader {
  readonly #rules: RequestRules;
  readonly #assumptions: Assumptions;

  constructor(rules: RequestRules, assumptions: Assumptions) {
    this.#rules = rules;
    this.#assumptions = assumptions;
  }

  /** Returns the parameters as the service sees them. Throws an {@link AwsError} if they are rejected. */
  read({ service, operation, params }: Call): Params {
    const shapes = requestShapesOf(service);
    const shapeName = shapes?.operations[operation];
    if (shapes === null || shapeName === undefined) return params;
    if (this.#rules === 'botocore') {
      const problems = validateParameters(params, shapeName, shapes);
      if (problems.length === 0) return params;
      throw new AwsError('ParamValidationError', ['Parameter validation failed:', ...problems].join('\n'));
    }
    try {
      return readRequest(params, shapeName, shapes);
    } catch (error) {
      if (!(error instanceof WrongType)) throw error;
      const isParameter = this.#assumptions.values.wrongTypeIsInvalidParameter;
      throw new AwsError(isParameter ? 'InvalidParameterException' : 'SerializationException', error.message);
    }
  }
}
