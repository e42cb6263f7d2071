import { createRequire } from 'node:module';
import type { JsonObject } from '@worker-host/core';
import { isJsonObject } from '@worker-host/core';
import type { Ajv as AjvClass } from 'ajv';
import { PoolInputError } from './embedded-errors.js';

/**
 * Checks job variables against the form of the pool. Values that hold a placeholder are left to the rendering, as are
 * variables the form does not know.
 *
 * @throws PoolInputError with every problem at once.
 */
export function validateJobVariables(baseJobTemplate: JsonObject, jobVariables: JsonObject): void {
  const { variables: form } = baseJobTemplate;
  if (!isJsonObject(form ?? null)) return;
  const plain = Object.fromEntries(
    Object.entries(jobVariables).filter(
      ([, value]) => !JSON.stringify(value).includes('{{') && !JSON.stringify(value).includes('"$ref"'),
    ),
  );
  const { Ajv } = createRequire(import.meta.url)('ajv') as { readonly Ajv: typeof AjvClass };
  const { required: _required, ...schema } = form as JsonObject;
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  if (validate(plain)) return;
  const problems = new Set(
    (validate.errors ?? [])
      .filter(({ keyword }) => keyword !== 'anyOf')
      .map(
        ({ instancePath, message }) =>
          `${instancePath.slice(1).replaceAll('/', '.') || 'job variables'} ${message ?? 'is not valid'}`,
      ),
  );
  throw new PoolInputError('set of job variables', [...problems]);
}
