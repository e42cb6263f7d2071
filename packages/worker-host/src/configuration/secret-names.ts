import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

const HIDDEN = '********';
const SECRET_NAME =
  /(^|[._-])(password|passwd|secret|token|api_?key|auth_?string|secret_?access_?key|private_?key|webhook(_?url)?)$/i;

/** Returns whether a name indicates a secret value: `DB_PASSWORD`, `aws_secret_access_key`; not `…_secret_arn`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * Returns values of a user that are safe to show: those under a secret name are hidden, except references to secrets.
 */
export function withoutNamedSecrets(values: JsonObject): JsonObject {
  // An entry of a list, such as the environment of a container, has its name in a member of its own.
  const isNamedSecret = typeof values.name === 'string' && isSecretName(values.name);
  const isHidden = (name: string): boolean => isSecretName(name) || (isNamedSecret && name === 'value');
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isHidden(name) ? hidden(value) : shown(value)]),
  );
}

function shown(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => shown(item));
  return isJsonObject(value) ? withoutNamedSecrets(value) : value;
}

function hidden(value: JsonValue): JsonValue {
  if (value === null || value === '') return value;
  if (typeof value === 'string' && /^\s*\{\{[^{}]*\}\}\s*$/.test(value)) return value;
  return HIDDEN;
}
