import type { JsonObject, JsonValue } from '../json/json.js';

/** A stored block: configuration that templates refer to, often with secrets. */
export interface BlockDocument {
  readonly id: string;
  readonly typeSlug: string;
  readonly name: string | null;
  readonly data: JsonObject;
  /** Dotted paths into `data` that hold secrets; `*` stands for any key. */
  readonly secretFields: readonly string[];
}

/** A stored variable. `isSecret` values are hidden wherever they are substituted. */
export interface Variable {
  readonly name: string;
  readonly value: JsonValue;
  readonly isSecret?: boolean;
}

/** Reads what templates refer to. Null: nothing has that name. */
export interface ReferenceReader {
  readBlockDocumentById(id: string): Promise<BlockDocument | null>;
  readBlockDocument(typeSlug: string, name: string): Promise<BlockDocument | null>;
  readVariable(name: string): Promise<Variable | null>;
}
