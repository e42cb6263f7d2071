import type { Params } from '../server/operation.js';
import type { ServiceShapes } from './request-shapes.js';

/** A request contains a value of another type than in the service model. The message is that of AWS. */
export class WrongType extends Error {}

const JAVA_TYPES: Readonly<Record<string, string>> = {
  string: 'String',
  boolean: 'Boolean',
  integer: 'Integer',
  long: 'Long',
  float: 'Float',
  double: 'Double',
  timestamp: 'Date',
  blob: 'ByteBuffer',
};

/**
 * Reads a request as AWS's JSON services do: members that are not in the model and nulls are dropped, numbers are
 * truncated to integers where required, and values of another type are rejected.
 *
 * @throws WrongType
 */
export function readRequest(params: Params, shapeName: string, service: ServiceShapes): Params {
  return read(params, shapeName, service) as Params;
}

function read(value: unknown, shapeName: string, service: ServiceShapes): unknown {
  const shape = service.shapes[shapeName];
  if (shape === undefined) return readScalar(value, shapeName);
  if ('list' in shape) {
    if (!Array.isArray(value)) throw new WrongType(isObject(value) ? notExpected(value) : 'Expected list or null');
    return value.filter(isGiven).map((entry) => read(entry, shape.list, service));
  }
  if (!isObject(value)) throw new WrongType(Array.isArray(value) ? notExpected(value) : 'Expected null');
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const wanted = 'map' in shape ? shape.map : Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (wanted !== undefined && isGiven(member)) result[name] = read(member, wanted, service);
  }
  return result;
}

function readScalar(value: unknown, type: string): unknown {
  if (typeof value === 'object') throw new WrongType(notExpected(value));
  const isNumber = type !== 'string' && type !== 'boolean' && type !== 'blob';
  if (typeof value === (isNumber ? 'number' : type === 'blob' ? 'string' : type)) {
    return type === 'integer' || type === 'long' ? Math.trunc(Number(value)) : value;
  }
  throw new WrongType(`${kindOf(value)} cannot be converted to ${JAVA_TYPES[type] ?? type}`);
}

/** Returns the kind of a JSON value, as named by the parser of AWS. */
function kindOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof value === 'string') return 'STRING_VALUE';
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
}

function notExpected(value: unknown): string {
  return `Start of ${Array.isArray(value) ? 'list' : 'structure or map'} found where not expected.`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
