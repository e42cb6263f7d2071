import { WorkerError } from '../errors/worker-error.js';

/** `@Field` was applied to something that it does not support. */
export class FieldDecoratorError extends WorkerError {
  readonly code = 'FIELD_DECORATOR_UNUSABLE';

  constructor(wireName: string) {
    super(
      `@Field cannot declare the field '${wireName}': it must decorate a field of a class, compiled with "experimentalDecorators": true in the compilerOptions of tsconfig.json, or as a standard decorator with metadata. Without decorators, use defineFields.`,
      { details: { wireName } },
    );
  }
}
