import type { JsonObject, JsonValue, MutableJsonObject } from '../json/json.js';
import { type DeclaredField, fieldsOf } from './field.js';
import type { FieldType, ModelClass } from './field-type.js';
import { modelOptionsOf } from './model.js';

type Definitions = Map<string, JsonObject>;

/** The schema of a form: description, properties, type, and the models they refer to. */
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
  const isNullable = typeof field.type === 'string' && field.type.endsWith('?');
  const schema: MutableJsonObject = { ...schemaOfType(field.type, definitions, field.schema) };
  if (field.default !== undefined) schema.default = field.default;
  else if (isNullable) schema.default = null;
  if (field.description !== undefined) schema.description = field.description;
  schema.title = field.title;
  return schema;
}

function schemaOfType(type: FieldType, definitions: Definitions, extra: JsonObject = {}): JsonObject {
  if (typeof type !== 'string') {
    if ('enum' in type) return { type: 'string', enum: type.enum, ...extra };
    if ('listOf' in type) return { type: 'array', items: referTo(type.listOf(), definitions), ...extra };
    return { ...referTo(type.model(), definitions), ...extra };
  }
  if (!type.endsWith('?')) return { ...schemaOfName(type), ...extra };
  const branches = type
    .slice(0, -1)
    .split('|')
    .map((name): JsonValue => {
      const branch = schemaOfName(name);
      return name === 'boolean' ? branch : { ...branch, ...extra };
    });
  return { anyOf: [...branches, { type: 'null' }] };
}

function schemaOfName(name: string): JsonObject {
  switch (name) {
    case 'map<string>':
      return { additionalProperties: { type: 'string' }, type: 'object' };
    case 'map<string?>':
      return { additionalProperties: { anyOf: [{ type: 'string' }, { type: 'null' }] }, type: 'object' };
    case 'object':
      return { additionalProperties: true, type: 'object' };
    case 'list<string>':
      return { items: { type: 'string' }, type: 'array' };
    case 'list<map<string>>':
      return { items: schemaOfName('map<string>'), type: 'array' };
    case 'path':
      return { format: 'file-path', type: 'string' };
    default:
      return { type: name };
  }
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
