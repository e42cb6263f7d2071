import { WorkerError } from '../errors/worker-error.js';
import type { JsonValue } from '../json/json.js';

/** A template contains something that is not JSON. */
export class TemplateTypeError extends WorkerError {
  readonly code = 'TEMPLATE_TYPE_INVALID';

  constructor(typeName: string) {
    super(`A template may contain only JSON [found=${typeName}]`, { details: { typeName } });
  }
}

/** A template, or a value applied to it, is far larger than any infrastructure accepts. */
export class TemplateTooLargeError extends WorkerError {
  readonly code = 'TEMPLATE_TOO_LARGE';

  constructor(limit: number) {
    super(
      `The rendered template is larger than ${limit} characters. ` +
        'Shorten the template, or the job variable, variable or block that is inserted.',
      { details: { limit } },
    );
  }
}

/** A template, or a value applied to it, is nested too deeply to be rendered. */
export class TemplateTooDeepError extends WorkerError {
  readonly code = 'TEMPLATE_TOO_DEEP';

  /** @param what the value that is nested too deeply, for people */
  constructor(what: string, limit: number) {
    super(`${what} is nested more than ${limit} levels deep. Flatten it, or pass it as a JSON string.`, {
      details: { what, limit },
    });
  }
}

/** A dotted job variable such as `a.b.c` has a parent that is not an object. */
export class JobVariablePathError extends WorkerError {
  readonly code = 'JOB_VARIABLE_PATH_INVALID';

  constructor(path: string) {
    super(
      `A dotted job variable leads through a value that is not an object [variable=${path}]. Remove one of the two.`,
      {
        details: { path },
      },
    );
  }
}

/** The job variable `env` is not an object, but must be merged with the environment of the pool. */
export class JobVariableEnvError extends WorkerError {
  readonly code = 'JOB_VARIABLE_ENV_INVALID';

  constructor(found: JsonValue) {
    super(
      `The job variable env must be an object, because it is merged with the env of the work pool [found=${JSON.stringify(found)}]`,
      { details: { found } },
    );
  }
}

/** A block placeholder does not match `prefect.blocks.<type>.<name>[.<path>]`, or its path does not exist. */
export class BlockReferenceError extends WorkerError {
  readonly code = 'BLOCK_REFERENCE_INVALID';

  constructor(placeholder: string, reason: string) {
    super(`A block reference cannot be resolved [placeholder=${placeholder}]: ${reason}`, {
      details: { placeholder, reason },
    });
  }
}

/** The block document that a template refers to does not exist. */
export class BlockNotFoundError extends WorkerError {
  readonly code = 'BLOCK_NOT_FOUND';

  constructor(reference: string) {
    super(`The block document does not exist [block=${reference}]. Create it, or correct the reference.`, {
      details: { reference },
    });
  }
}

/** A base job template lacks a required part. */
export class BaseJobTemplateError extends WorkerError {
  readonly code = 'BASE_JOB_TEMPLATE_INVALID';

  constructor(problems: readonly string[]) {
    super(
      `The base job template is invalid: ${problems.join('; ')}. Compare it with the default template of the worker type.`,
      {
        details: { problems },
      },
    );
  }
}
