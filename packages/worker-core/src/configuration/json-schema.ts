import type { JsonObject, JsonValue, MutableJsonObject } from '../json/json.js';
import { type DeclaredField, fieldsOf } from './field.js';
import type { FieldType, ModelClass } from './field-type.js';
import { modelOptionsOf } from './model.js';

type Definitions = Map<string, JsonObject>;

/** Returns the schema of a form: description, properties, type, and the models they refer to. */
export function variablesSchema(modelClass: abstract new () => object): JsonObject {
  const definitions: Definitions = new Map();
  const properties = propertiesOf(modelClass, definitions);
  const { description } = modelOptionsOf(modelClass);
  return {
    ...(description === undefined ? {} : { description }),
    properties,
    type: 'object',
    definitions: Object.fromEntries([...definitions].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function propertiesOf(modelClass: abstract new () => object, definitions: Definitions): JsonObject {
  return Object.fromEntries(fieldsOf(modelClass).map((field) => [field.wireName, schemaOfField(field, definitions)]));
}

function schemaOfField(field: DeclaredField, definitions: Definitions): JsonObject {
  const schema: MutableJsonObject = { ...schemaOfType(field.type, definitions, field.schema) };
  if (field.default !== undefined) schema.default = field.default;
  else if (isNullable(field.type)) schema.default = null;
  if (field.description !== undefined) schema.description = field.description;
  schema.title = field.title;
  return schema;
}

function isNullable(type: FieldType): boolean {
  return typeof type === 'string' ? type.endsWith('?') : 'isNullable' in type && type.isNullable === true;
}

function schemaOfType(type: FieldType, definitions: Definitions, extra: JsonObject = {}): JsonObject {
  if (typeof type !== 'string') {
    if ('enum' in type) {
      const schema = { type: 'string', enum: type.enum, ...extra };
      return isNullable(type) ? { anyOf: [schema, { type: 'null' }] } : schema;
    }
    if ('listOf' in type) return { type: 'array', items: referTo(type.listOf(), definitions), ...extra };
    if ('mapOf' in type) return { additionalProperties: referTo(type.mapOf(), definitions), type: 'object', ...extra };
    const schema = { ...referTo(type.model(), definitions), ...extra };
    return isNullable(type) ? { anyOf: [schema, { type: 'null' }] } : schema;
  }
  const branches = (type.endsWith('?') ? type.slice(0, -1) : type).split('|').map((name): JsonValue => {
    const branch = schemaOfName(name);
    return name === 'boolean' && type.includes('|') ? branch : { ...branch, ...extra };
  });
  if (type.endsWith('?')) return { anyOf: [...branches, { type: 'null' }] };
  return branches.length === 1 ? (branches[0] as JsonObject) : { anyOf: branches };
}

/** @param name a scalar or collection type; a trailing `?` marks a nullable member */
function schemaOfName(name: string): JsonObject {
  if (name.endsWith('?')) return { anyOf: [schemaOfName(name.slice(0, -1)), { type: 'null' }] };
  const [, collection, members = ''] = /^(list|map)<(.+)>$/.exec(name) ?? [];
  if (collection === 'map') return { additionalProperties: schemaOfName(members), type: 'object' };
  if (collection === 'list') return { items: schemaOfName(members), type: 'array' };
  if (name === 'object') return { additionalProperties: true, type: 'object' };
  return name === 'path' ? { format: 'file-path', type: 'string' } : { type: name };
}

function referTo(modelClass: ModelClass, definitions: Definitions): JsonObject {
  const { name } = modelClass;
  if (!definitions.has(name)) {
    definitions.set(name, {});
    const { title, description, required, schema } = modelOptionsOf(modelClass);
    definitions.set(name, {
      ...schema,
      ...(description === undefined ? {} : { description }),
      properties: propertiesOf(modelClass, definitions),
      ...(required === undefined ? {} : { required }),
      title: title ?? name,
      type: 'object',
    });
  }
  return { $ref: `#/definitions/${name}` };
}
