import type { ReferenceReader } from '@worker-host/core';
import type { Secrets } from './secrets.js';
import type { Variables } from './variables.js';

/** Returns what templates refer to: variables, and secrets as blocks of the type `secret`. */
export function storedReferences(variables: Variables, secrets: Secrets): ReferenceReader {
  return {
    readBlockDocumentById: async (id) => secrets.findBlock('id', id),
    readBlockDocument: async (typeSlug, name) => (typeSlug === 'secret' ? secrets.findBlock('name', name) : null),
    readVariable: async (name) => variables.find(name),
  };
}
