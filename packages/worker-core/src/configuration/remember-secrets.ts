import type { JsonValue } from '../json/json.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import { fieldsOf } from './field.js';
import type { ModelClass } from './field-type.js';

/** Environment variables of jobs that always hold secrets. */
const SECRET_VARIABLES = ['PREFECT_API_KEY', 'PREFECT_API_AUTH_STRING', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Adds the secrets of a configuration to the registry: its secret fields, and variables known to be secret. */
export function rememberSecrets(
  configuration: { readonly env: Readonly<Record<string, string | null>> },
  secrets: SecretRegistry,
): void {
  rememberFields(configuration, secrets);
  for (const name of SECRET_VARIABLES) secrets.addAll(configuration.env[name] ?? null);
}

function rememberFields(model: object, secrets: SecretRegistry): void {
  for (const { property, isSecret, type } of fieldsOf(Object.getPrototypeOf(model).constructor as ModelClass)) {
    const value: unknown = Reflect.get(model, property);
    if (isSecret) secrets.addAll((value ?? null) as JsonValue);
    else if (typeof value === 'object' && value !== null) {
      const isCollection = typeof type === 'object' && ('listOf' in type || 'mapOf' in type);
      for (const each of isCollection ? Object.values(value) : [value])
        if (typeof each === 'object' && each !== null) rememberFields(each, secrets);
    }
  }
}
