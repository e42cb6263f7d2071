import {
  type BlockDocument,
  isJsonObject,
  type JsonValue,
  type ReferenceReader,
  type SecretRegistry,
  type Variable,
} from '@worker-host/core';
import type { ApiBlockDocument } from '../api/api-types.js';
import type { PrefectApi } from '../api/prefect-api.js';

/** Reads blocks (with their secrets) and variables; every secret met is told to the registry. */
export class PrefectReferences implements ReferenceReader {
  constructor(
    private readonly api: PrefectApi,
    private readonly secrets: SecretRegistry,
  ) {}

  async readBlockDocumentById(id: string): Promise<BlockDocument | null> {
    return this.#document(await this.api.readBlockDocumentById(id));
  }

  async readBlockDocument(typeSlug: string, name: string): Promise<BlockDocument | null> {
    return this.#document(await this.api.readBlockDocument(typeSlug, name));
  }

  async readVariable(name: string): Promise<Variable | null> {
    const variable = await this.api.readVariable(name);
    return variable === null ? null : { name: variable.name, value: variable.value };
  }

  #document(api: ApiBlockDocument | null): BlockDocument | null {
    if (api === null) return null;
    const listed = api.block_schema?.fields.secret_fields;
    const secretFields = Array.isArray(listed) ? listed.filter((path) => typeof path === 'string') : [];
    for (const path of secretFields) this.#remember(api.data, path.split('.'));
    return { id: api.id, typeSlug: api.block_type?.slug ?? '', name: api.name, data: api.data, secretFields };
  }

  #remember(value: JsonValue | undefined, path: readonly string[]): void {
    const [key, ...rest] = path;
    if (key === undefined) {
      if (value !== undefined) this.secrets.addAll(value);
    } else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) if (key === '*' || key === name) this.#remember(member, rest);
    }
  }
}
