import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import type { BlockDocument, ReferenceReader, Variable } from '../orchestration/reference-reader.js';
import { pythonStr } from '../python-text/python-text.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import { pathSteps, valueAtPath } from './dotted-path.js';
import { NotSet } from './not-set.js';
import { placeholdersIn } from './placeholders.js';
import { setOwn } from './set-own.js';
import { BlockNotFoundError, BlockReferenceError } from './templating-errors.js';

const BLOCKS = 'prefect.blocks.';
const VARIABLES = 'prefect.variables.';

/** Replaces `{"$ref": {"block_document_id": …}}` and `{{ prefect.blocks.… }}` by what they refer to. */
export async function resolveBlockDocumentReferences(
  template: JsonValue,
  reader: ReferenceReader,
  secrets?: SecretRegistry,
): Promise<JsonValue> {
  const read = new Map<string, Promise<BlockDocument>>();
  const once = (key: string, find: () => Promise<BlockDocument | null>): Promise<BlockDocument> => {
    let document = read.get(key);
    if (!document) {
      document = find().then((found) => {
        if (!found) throw new BlockNotFoundError(key);
        if (secrets) rememberSecrets(found.data, found.secretFields, secrets);
        return found;
      });
      read.set(key, document);
    }
    return document;
  };
  const byId = (id: string) => once(id, () => reader.readBlockDocumentById(id));
  const byName = (typeSlug: string, name: string) =>
    once(`${typeSlug}/${name}`, () => reader.readBlockDocument(typeSlug, name));

  return mapTexts(
    template,
    async (text) => {
      const placeholders = placeholdersIn(text).filter(({ kind }) => kind === 'block_document');
      const [only] = placeholders;
      if (only && placeholders.length === 1 && only.match === text) return blockValue(only.name, byName);
      let resolved = text;
      for (const placeholder of placeholders) {
        const value = await blockValue(placeholder.name, byName);
        if (isJsonObject(value) || Array.isArray(value)) {
          throw new BlockReferenceError(placeholder.name, 'an object or a list cannot stand inside a longer text');
        }
        resolved = resolved.replaceAll(placeholder.match, () => pythonStr(value));
      }
      return resolved;
    },
    async (object) => {
      const reference = Object.hasOwn(object, '$ref') ? object.$ref : undefined;
      const id = isJsonObject(reference) ? reference.block_document_id : undefined;
      return id && (typeof id === 'string' || typeof id === 'number') ? (await byId(String(id))).data : NotSet;
    },
  );
}

async function blockValue(
  placeholder: string,
  byName: (typeSlug: string, name: string) => Promise<BlockDocument>,
): Promise<JsonValue> {
  const [typeSlug, name, ...path] = placeholder.slice(BLOCKS.length).split('.');
  if (!typeSlug || !name) {
    throw new BlockReferenceError(placeholder, 'it must read prefect.blocks.<type>.<name>, with a path if need be');
  }
  const { data } = await byName(typeSlug, name);
  const keys = Object.keys(data);
  const isValueBlock = keys.length === 1 && keys[0] === 'value' && pathSteps(path.join('.'))[0] !== 'value';
  const root = isValueBlock ? (data.value ?? null) : data;
  if (path.length === 0) return root;
  const value = valueAtPath(root, path.join('.'));
  if (value === NotSet) throw new BlockReferenceError(placeholder, 'its path leads nowhere in the document');
  return value;
}

/** Replaces `{{ prefect.variables.… }}`: whole by the value, within text by its text; a missing one by nothing. */
export async function resolveVariables(
  template: JsonValue,
  reader: ReferenceReader,
  secrets?: SecretRegistry,
): Promise<JsonValue> {
  const read = new Map<string, Promise<Variable | null>>();
  const byName = (name: string): Promise<Variable | null> => {
    let variable = read.get(name);
    if (!variable) {
      variable = reader.readVariable(name).then((found) => {
        if (found?.isSecret) secrets?.addAll(found.value);
        return found;
      });
      read.set(name, variable);
    }
    return variable;
  };
  return mapTexts(template, async (text) => {
    const placeholders = placeholdersIn(text).filter(({ kind }) => kind === 'variable');
    const [only] = placeholders;
    if (only && placeholders.length === 1 && only.match === text) {
      const variable = await byName(only.name.slice(VARIABLES.length));
      return variable ? variable.value : '';
    }
    let resolved = text;
    for (const placeholder of placeholders) {
      const variable = await byName(placeholder.name.slice(VARIABLES.length));
      resolved = resolved.replaceAll(placeholder.match, () => (variable ? pythonStr(variable.value) : ''));
    }
    return resolved;
  });
}

async function mapTexts(
  value: JsonValue,
  ofText: (text: string) => Promise<JsonValue>,
  ofObject?: (object: JsonObject) => Promise<JsonValue | NotSet>,
): Promise<JsonValue> {
  if (typeof value === 'string') return ofText(value);
  if (Array.isArray(value)) {
    const items: JsonValue[] = [];
    for (const item of value) items.push(await mapTexts(item, ofText, ofObject));
    return items;
  }
  if (!isJsonObject(value)) return value;
  const replaced = ofObject ? await ofObject(value) : NotSet;
  if (replaced !== NotSet) return replaced;
  const result = {};
  for (const [key, member] of Object.entries(value)) setOwn(result, key, await mapTexts(member, ofText, ofObject));
  return result;
}

function rememberSecrets(data: JsonObject, secretFields: readonly string[], secrets: SecretRegistry): void {
  for (const field of secretFields) rememberAt(data, field.split('.'), secrets);
}

function rememberAt(value: JsonValue, path: readonly string[], secrets: SecretRegistry): void {
  const [step, ...rest] = path;
  if (step === undefined) {
    secrets.addAll(value);
    return;
  }
  if (!isJsonObject(value) && !Array.isArray(value)) return;
  const members = Object.entries(value).filter(([key]) => step === '*' || key === step);
  for (const [, member] of members) rememberAt(member as JsonValue, rest, secrets);
}
