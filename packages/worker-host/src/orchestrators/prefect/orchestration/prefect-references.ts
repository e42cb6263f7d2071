import type { BlockDocument, ReferenceReader, Variable } from '@worker-host/core';
import type { ApiBlockDocument } from '../api/api-types.js';
import type { PrefectApi } from '../api/prefect-api.js';

/** Reads blocks (with their secrets) and variables. Rendering adds the secret fields of a block to the run's secrets. */
export class PrefectReferences implements ReferenceReader {
  constructor(private readonly api: PrefectApi) {}

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
    const listed = api.block_schema?.fields?.secret_fields;
    const secretFields = Array.isArray(listed) ? listed.filter((path) => typeof path === 'string') : [];
    return { id: api.id, typeSlug: api.block_type?.slug ?? '', name: api.name, data: api.data, secretFields };
  }
}
