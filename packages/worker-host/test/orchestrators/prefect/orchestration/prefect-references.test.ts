import { expect } from 'chai';
import type { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { PrefectReferences } from '../../../../src/orchestrators/prefect/orchestration/prefect-references.js';

const asApi = (api: object) => api as unknown as PrefectApi;

describe('PrefectReferences', () => {
  const document = { id: 'b1', name: 'n', data: { a: 1 } };
  const read = (block: object | null) => {
    const references = new PrefectReferences(
      asApi({ readBlockDocumentById: async () => block, readBlockDocument: async () => block }),
    );
    return Promise.all([references.readBlockDocumentById('b1'), references.readBlockDocument('t', 'n')]);
  };

  it('returns a block with its secret fields, and null if it does not exist', async () => {
    const secret = { ...document, block_type: { slug: 't' }, block_schema: { fields: { secret_fields: ['a', 1] } } };
    const whole = { id: 'b1', typeSlug: 't', name: 'n', data: { a: 1 }, secretFields: ['a'] };
    const plain = { ...whole, typeSlug: '', secretFields: [] };

    expect(await read(secret)).to.deep.equal([whole, whole]);
    expect(await read(document)).to.deep.equal([plain, plain]);
    expect(await read(null)).to.deep.equal([null, null]);
  });

  it('returns a variable, and null if it does not exist', async () => {
    const variable = (answer: object | null) =>
      new PrefectReferences(asApi({ readVariable: async () => answer })).readVariable('v');

    expect(await variable({ name: 'v', value: 1, id: 'x' })).to.deep.equal({ name: 'v', value: 1 });
    expect(await variable(null)).to.equal(null);
  });
});
