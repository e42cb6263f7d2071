import type { Json } from '../server/prefect-client.js';
import type { RecordedRequest } from './recording-proxy.js';

/** The server's own description of its API. */
export class OpenApi {
  constructor(private readonly document: Json) {}

  schema(name: string): Json {
    const schema = this.document.components.schemas[name];
    if (!schema) throw new Error(`the server describes no ${name}`);
    return schema;
  }

  /** The forms a value may have, references and alternatives followed. */
  forms(schema: Json): readonly Json[] {
    if (schema?.$ref) return this.forms(this.schema(String(schema.$ref).split('/').at(-1) ?? ''));
    const several = schema?.anyOf ?? schema?.oneOf;
    if (several) return several.flatMap((each: Json) => this.forms(each));
    if (schema?.allOf?.length === 1) return this.forms(schema.allOf[0]);
    return [schema ?? {}];
  }

  /** What is wrong with a request, by the server's description; empty: nothing. */
  problemsOf(request: RecordedRequest): readonly string[] {
    const place = `${request.method} ${request.path}`;
    const entry = Object.entries<Json>(this.document.paths).find(
      ([template, methods]) => methods[request.method.toLowerCase()] && matches(template, request.path),
    );
    if (!entry) return [`${place} is not described`];
    const body = entry[1][request.method.toLowerCase()].requestBody;
    if (request.body === '') return body?.required ? [`${place} has no body`] : [];
    const schema = body?.content?.['application/json']?.schema;
    if (!schema) return [`${place} has a body, none is described`];
    return this.problems(schema, JSON.parse(request.body), place);
  }

  /** What is wrong with a value: a kind, an unknown key, a missing one. */
  problems(schema: Json, value: Json, place: string): readonly string[] {
    const tries = this.forms(schema).map((form) => this.#problemsOfForm(form, value, place));
    return tries.find((problems) => problems.length === 0) ?? tries.sort((a, b) => a.length - b.length)[0] ?? [];
  }

  #problemsOfForm(form: Json, value: Json, place: string): readonly string[] {
    if (form.enum && !form.enum.includes(value)) return [`${place}: ${JSON.stringify(value)} is none of ${form.enum}`];
    const kind = kindOf(value);
    if (form.type && form.type !== kind && !(form.type === 'number' && kind === 'integer')) {
      return [`${place} is of kind ${kind}, not ${form.type}`];
    }
    if (kind === 'array') {
      return value.flatMap((item: Json, at: number) => this.problems(form.items ?? {}, item, `${place}[${at}]`));
    }
    if (kind !== 'object' || !form.properties) return [];
    const missing = (form.required ?? []).filter((key: string) => !(key in value));
    return [
      ...missing.map((key: string) => `${place} lacks ${key}`),
      ...Object.entries<Json>(value).flatMap(([key, member]) => {
        const known = form.properties[key];
        if (known) return this.problems(known, member, `${place}.${key}`);
        return form.additionalProperties ? [] : [`${place} has ${key}, which is not described`];
      }),
    ];
  }
}

/** A member of one of our interfaces of the API. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
}

/** The interfaces of a TypeScript source with one member a line, by name. */
export function interfacesIn(source: string): ReadonlyMap<string, readonly Member[]> {
  const found = new Map<string, readonly Member[]>();
  for (const [, name = '', body = ''] of source.matchAll(/export interface (\w+) \{\n([\s\S]*?)\n\}/g)) {
    const members = [...body.matchAll(/^ {2}readonly (\w+)(\??): (.*?);?$/gm)];
    found.set(
      name,
      members.map(([, member = '', mark, type = '']) => ({ name: member, type, isOptional: mark === '?' })),
    );
  }
  return found;
}

/** What of our interface is not as the server describes it. `isSent`: it is a request, where no null need be expected. */
export function driftOf(
  openApi: OpenApi,
  schemaName: string,
  members: readonly Member[],
  isSent = false,
): readonly string[] {
  const schema = openApi.schema(schemaName);
  return members.flatMap(({ name, type, isOptional }) => {
    const described = schema.properties?.[name];
    if (!described) return isOptional ? [] : [`${schemaName} has no ${name}`];
    const kinds = new Set(openApi.forms(described).map((form) => form.type ?? (form.enum ? 'string' : 'any')));
    const problems: string[] = [];
    if (!isSent && kinds.has('null') && !/\bnull\b|JsonValue/.test(type))
      problems.push(`${schemaName}.${name} may be null`);
    const wanted = kindOfType(type);
    if (wanted !== null && !kinds.has('any') && !kinds.has(wanted) && !(wanted === 'number' && kinds.has('integer'))) {
      problems.push(`${schemaName}.${name} is of kind ${[...kinds]}, not ${wanted}`);
    }
    return problems;
  });
}

/** Kind in JSON schema's words; null: any. */
function kindOfType(type: string): string | null {
  const first = type.replace(/ ?\| ?null/, '').trim();
  if (first.endsWith('[]')) return 'array';
  if (first === 'string' || first === 'StateType' || first.startsWith("'")) return 'string';
  if (first === 'null') return first;
  if (first === 'number' || first === 'boolean') return first;
  return first === 'JsonValue' ? null : 'object';
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function matches(template: string, path: string): boolean {
  const [one, two] = [template.split('/'), path.split('/')];
  return one.length === two.length && one.every((part, at) => part === two[at] || (part.startsWith('{') && two[at]));
}
