import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import type { BlockDocument, ReferenceReader, Variable } from '../orchestration/reference-reader.js';
import { pythonStr } from '../python-text/python-text.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import { checkShape, RenderBudget } from './budget.js';
import { pathParts, valueAtPath } from './dotted-path.js';
import { NotSet } from './not-set.js';
import { type PlaceholderKind, placeholdersIn, replacePlaceholders } from './placeholders.js';
import { setOwn } from './set-own.js';
import { BlockNotFoundError, BlockReferenceError } from './templating-errors.js';

const BLOCKS = 'prefect.blocks.';
const VARIABLES = 'prefect.variables.';

/** Replaces `{"$ref": {"block_document_id": …}}` and `{{ prefect.blocks.… }}` with what they refer to. */
export async function resolveBlockDocumentReferences(
  template: JsonValue,
  reader: ReferenceReader,
  secrets?: SecretRegistry,
): Promise<JsonValue> {
  const budget = new RenderBudget();
  const read = new Map<string, Promise<BlockDocument>>();
  const once = (key: string, find: () => Promise<BlockDocument | null>): Promise<BlockDocument> => {
    let document = read.get(key);
    if (!document) {
      budget.spendRead();
      document = find().then((found) => {
        if (!found) throw new BlockNotFoundError(key);
        checkShape(found.data, `Block document ${key}`);
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

  if (!mayRefer(template, BLOCKS)) return template;
  return mapTexts(
    template,
    budget,
    (text) =>
      resolveText(
        text,
        budget,
        'block_document',
        (name) => blockValue(name, byName, budget),
        (value, name) => {
          if (!isJsonObject(value) && !Array.isArray(value)) return pythonStr(value);
          throw new BlockReferenceError(name, 'an object or a list cannot be part of a longer text');
        },
      ),
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
  budget: RenderBudget,
): Promise<JsonValue> {
  const [typeSlug, name, ...path] = placeholder.slice(BLOCKS.length).split('.');
  if (!typeSlug || !name) {
    throw new BlockReferenceError(placeholder, 'it must have the form prefect.blocks.<type>.<name>[.<path>]');
  }
  const { data } = await byName(typeSlug, name);
  const keys = Object.keys(data);
  const isValueBlock = keys.length === 1 && keys[0] === 'value' && pathParts(path.join('.'))[0] !== 'value';
  const root = isValueBlock ? (data.value ?? null) : data;
  if (path.length === 0) return root;
  const value = valueAtPath(root, path.join('.'), budget);
  if (value === NotSet) throw new BlockReferenceError(placeholder, 'its path does not exist in the document');
  return value;
}

/**
 * Replaces `{{ prefect.variables.… }}`: a whole text with the value, a part of a text with its text. A missing variable
 * is empty.
 */
export async function resolveVariables(
  template: JsonValue,
  reader: ReferenceReader,
  secrets?: SecretRegistry,
): Promise<JsonValue> {
  if (!mayRefer(template, VARIABLES)) return template;
  const budget = new RenderBudget();
  const read = new Map<string, Promise<Variable | null>>();
  const byName = (name: string): Promise<Variable | null> => {
    let variable = read.get(name);
    if (!variable) {
      budget.spendRead();
      variable = reader.readVariable(name).then((found) => {
        if (found) checkShape(found.value, `Variable ${name}`);
        if (found?.isSecret) secrets?.addAll(found.value);
        return found;
      });
      read.set(name, variable);
    }
    return variable;
  };
  const resolve = async (placeholder: string): Promise<JsonValue | NotSet> => {
    const variable = await byName(placeholder.slice(VARIABLES.length));
    return variable ? variable.value : NotSet;
  };
  return mapTexts(template, budget, (text) => resolveText(text, budget, 'variable', resolve, pythonStr));
}

/**
 * Resolves the placeholders of one kind in a text. A text that is one placeholder becomes the value itself; in a longer
 * text, each is replaced with the text of its value. A value that is not set becomes the empty text.
 */
async function resolveText(
  text: string,
  budget: RenderBudget,
  kind: PlaceholderKind,
  resolve: (placeholder: string) => Promise<JsonValue | NotSet>,
  textOf: (value: JsonValue, placeholder: string) => string,
): Promise<JsonValue> {
  const placeholders = placeholdersIn(text, budget).filter((placeholder) => placeholder.kind === kind);
  const [only] = placeholders;
  if (only?.match === text) {
    const value = await resolve(only.name);
    return value === NotSet ? '' : value;
  }
  const texts = new Map<string, string>();
  for (const { name } of placeholders) {
    if (texts.has(name)) continue;
    const value = await resolve(name);
    const inserted = value === NotSet ? '' : textOf(value, name);
    budget.spendNode(inserted);
    texts.set(name, inserted);
  }
  return replacePlaceholders(text, placeholders, budget, ({ name }) => texts.get(name) ?? null);
}

/** Returns whether a value can contain neither placeholder nor reference, so that nothing needs to be awaited. */
function isSettled(value: JsonValue): boolean {
  return typeof value === 'string' ? !value.includes('{{') : typeof value !== 'object' || value === null;
}

/** Returns whether a text contains this prefix, or an object is a reference: most templates have neither. */
function mayRefer(value: JsonValue, prefix: string): boolean {
  if (typeof value === 'string') return value.includes(prefix);
  if (Array.isArray(value)) return value.some((item) => mayRefer(item, prefix));
  if (!isJsonObject(value)) return false;
  return Object.hasOwn(value, '$ref') || Object.values(value).some((member) => mayRefer(member, prefix));
}

async function mapTexts(
  value: JsonValue,
  budget: RenderBudget,
  ofText: (text: string) => Promise<JsonValue>,
  ofObject?: (object: JsonObject) => Promise<JsonValue | NotSet>,
): Promise<JsonValue> {
  budget.spendNode();
  if (typeof value === 'string') return ofText(value);
  if (Array.isArray(value)) {
    const items: JsonValue[] = [];
    for (const item of value) items.push(isSettled(item) ? item : await mapTexts(item, budget, ofText, ofObject));
    return items;
  }
  if (!isJsonObject(value)) return value;
  const replaced = ofObject ? await ofObject(value) : NotSet;
  if (replaced !== NotSet) return replaced;
  const result = {};
  for (const [key, member] of Object.entries(value))
    setOwn(result, key, isSettled(member) ? member : await mapTexts(member, budget, ofText, ofObject));
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
