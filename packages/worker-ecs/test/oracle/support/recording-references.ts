import type { BlockDocument, JsonObject, ReferenceReader, Variable } from '@worker-host/core';
import type { BlockInput, ReferencesInput } from '../case-types.js';

/** The control plane of a case; records what is read. */
export class RecordingReferences implements ReferenceReader {
  readonly reads: string[] = [];
  readonly #blocks: readonly BlockInput[];
  readonly #variables: JsonObject;

  constructor({ blocks = [], variables = {} }: ReferencesInput) {
    this.#blocks = blocks;
    this.#variables = variables;
  }

  async readBlockDocumentById(id: string): Promise<BlockDocument | null> {
    this.reads.push(`block-id:${id}`);
    return this.#documentOf(this.#blocks.find((block) => block.id === id));
  }

  async readBlockDocument(typeSlug: string, name: string): Promise<BlockDocument | null> {
    this.reads.push(`block:${typeSlug}/${name}`);
    return this.#documentOf(this.#blocks.find((block) => block.typeSlug === typeSlug && block.name === name));
  }

  async readVariable(name: string): Promise<Variable | null> {
    this.reads.push(`variable:${name}`);
    return Object.hasOwn(this.#variables, name) ? { name, value: this.#variables[name] ?? null } : null;
  }

  #documentOf(block: BlockInput | undefined): BlockDocument | null {
    return block ? { ...block, secretFields: [] } : null;
  }
}
