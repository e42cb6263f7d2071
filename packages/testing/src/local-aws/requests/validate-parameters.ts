import type { Params } from '../server/operation.js';
import type { ServiceShapes } from './request-shapes.js';

interface Scalar {
  /** Name in messages. */
  readonly name: string;
  readonly holds: (value: unknown) => boolean;
}

const TEXT: Scalar = { name: 'string', holds: (value) => typeof value === 'string' };
const NUMBER: Scalar = { name: 'number', holds: (value) => typeof value === 'number' };
const WHOLE: Scalar = { name: 'whole number', holds: Number.isInteger };
const TRUTH: Scalar = { name: 'boolean', holds: (value) => typeof value === 'boolean' };

const SCALARS: Readonly<Record<string, Scalar>> = {
  string: TEXT,
  blob: TEXT,
  boolean: TRUTH,
  integer: WHOLE,
  long: WHOLE,
};

/**
 * Returns the problems that botocore finds in a request before sending it, one line each, in botocore's format: unknown
 * members, missing required ones, other types.
 */
export function validateParameters(params: Params, shapeName: string, service: ServiceShapes): string[] {
  return problemsOf(params, shapeName, '', service);
}

function problemsOf(value: unknown, shapeName: string, path: string, service: ServiceShapes): string[] {
  const shape = service.shapes[shapeName];
  if (shape === undefined) {
    const { name, holds } = SCALARS[shapeName] ?? NUMBER;
    return holds(value) ? [] : [wrongType(value, path, name)];
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) return [wrongType(value, path, 'list')];
    return value.flatMap((entry, index) => problemsOf(entry, shape.list, `${path}[${index}]`, service));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [wrongType(value, path, 'object')];
  const entries = Object.entries(value);
  if ('map' in shape) {
    return entries.flatMap(([name, entry]) => problemsOf(entry, shape.map, join(path, name), service));
  }
  const where = path === '' ? 'input' : path;
  const missing = shape.required.filter((name) => !Object.hasOwn(value, name));
  return [
    ...missing.map((name) => `Missing required parameter in ${where}: "${name}"`),
    ...entries.flatMap(([name, member]) => {
      const wanted = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
      if (wanted !== undefined) return problemsOf(member, wanted, join(path, name), service);
      const known = Object.keys(shape.members).join(', ');
      return [`Unknown parameter in ${where}: "${name}", must be one of: ${known}`];
    }),
  ];
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function wrongType(value: unknown, path: string, valid: string): string {
  const type = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  return `Invalid type for parameter ${path}, value: ${JSON.stringify(value)}, type: ${type}, valid types: ${valid}`;
}
