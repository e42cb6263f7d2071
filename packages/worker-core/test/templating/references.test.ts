import { expect } from 'chai';
import type { JsonObject, JsonValue } from '../../src/json/json.js';
import type { ReferenceReader } from '../../src/orchestration/reference-reader.js';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';
import { findPlaceholders } from '../../src/templating/placeholders.js';
import { resolveBlockDocumentReferences, resolveVariables } from '../../src/templating/references.js';

class Shelf implements ReferenceReader {
  readonly reads: string[] = [];

  constructor(
    private readonly blocks: Record<string, JsonObject>,
    private readonly variables: Record<string, JsonValue> = {},
  ) {}

  async readBlockDocumentById(id: string) {
    return this.#block(id);
  }

  async readBlockDocument(typeSlug: string, name: string) {
    return this.#block(`${typeSlug}/${name}`);
  }

  async readVariable(name: string) {
    this.reads.push(name);
    const value = this.variables[name];
    return value === undefined ? null : { name, value, isSecret: name.startsWith('secret') };
  }

  #block(key: string) {
    this.reads.push(key);
    const data = this.blocks[key];
    return data ? { id: key, typeSlug: 'any', name: key, data, secretFields: ['value', 'deep.*.key'] } : null;
  }
}

function nested(levels: number): JsonObject {
  let value: JsonObject = { end: 1 };
  for (let level = 1; level < levels; level += 1) value = { deeper: value };
  return value;
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('resolveBlockDocumentReferences', () => {
  it('replaces a reference with the data, and reads each document once', async () => {
    const shelf = new Shelf({ id1: { value: 's3cret', more: 1 } });
    const reference = { $ref: { block_document_id: 'id1' } };
    const data = { value: 's3cret', more: 1 };
    expect(await resolveBlockDocumentReferences([reference, { a: reference }], shelf)).to.deep.equal([
      data,
      { a: data },
    ]);
    expect(shelf.reads).to.deep.equal(['id1']);
  });

  it('leaves unchanged what only looks like a reference', async () => {
    const lookalikes: JsonValue[] = [null, '#/definitions/x', {}, { other: 1 }, { block_document_id: '' }];
    for (const $ref of lookalikes) {
      expect(await resolveBlockDocumentReferences({ $ref }, new Shelf({}))).to.deep.equal({ $ref });
    }
  });

  it('uses the value of a document without other fields, unless the path begins with exactly value', async () => {
    const shelf = new Shelf({ 'secret/t': { value: { values: 'inner', value: 'nested' } }, 'x/y': { a: { b: [7] } } });
    const template = [
      '{{ prefect.blocks.secret.t.values }}',
      '{{ prefect.blocks.secret.t.value.value }}',
      '{{ prefect.blocks.x.y.a.b[0] }}',
      'n={{ prefect.blocks.x.y.a.b[0] }}{{ other }}',
    ];
    expect(await resolveBlockDocumentReferences(template, shelf)).to.deep.equal([
      'inner',
      'nested',
      7,
      'n=7{{ other }}',
    ]);
  });

  for (const [what, template, code, about] of [
    ['a missing id', { $ref: { block_document_id: 'gone' } }, 'BLOCK_NOT_FOUND', 'gone'],
    ['a missing id that is a number', { $ref: { block_document_id: 5 } }, 'BLOCK_NOT_FOUND', '5'],
    ['a missing name', '{{ prefect.blocks.secret.gone }}', 'BLOCK_NOT_FOUND', 'secret/gone'],
    ['a placeholder without a name', '{{ prefect.blocks.secret }}', 'BLOCK_REFERENCE_INVALID', 'prefect.blocks.secret'],
    ['a path that leads nowhere', '{{ prefect.blocks.x.y.z }}', 'BLOCK_REFERENCE_INVALID', 'prefect.blocks.x.y.z'],
    ['an object within text', 'a {{ prefect.blocks.x.y }}', 'BLOCK_REFERENCE_INVALID', 'prefect.blocks.x.y'],
  ] as const) {
    it(`rejects ${what}`, async () => {
      const failure = await failureOf(resolveBlockDocumentReferences(template, new Shelf({ 'x/y': { a: 1, b: 2 } })));
      expect(failure).to.have.property('code', code);
      expect((failure as Error).message).to.include(about);
    });
  }

  it('never reads the value of one block as a placeholder of another', async () => {
    const shelf = new Shelf({
      's/a': { value: '{{ prefect.blocks.s.b }}{{ prefect.blocks.s.a }}' },
      's/b': { value: 'B' },
    });
    const text = '{{ prefect.blocks.s.a }} {{ prefect.blocks.s.b }} {{prefect.blocks.s.b}}';
    expect(await resolveBlockDocumentReferences(text, shelf)).to.equal(
      '{{ prefect.blocks.s.b }}{{ prefect.blocks.s.a }} B B',
    );
  });

  it('prefers a key of digits in a document to an index', async () => {
    const shelf = new Shelf({ 'j/y': { value: { '2026': 'by key' } } });
    expect(await resolveBlockDocumentReferences('{{ prefect.blocks.j.y.2026 }}', shelf)).to.equal('by key');
  });

  it('rejects a document that is nested too deeply, naming it', async () => {
    const failure = await failureOf(
      resolveBlockDocumentReferences('{{ prefect.blocks.s.deep }}', new Shelf({ 's/deep': nested(501) })),
    );
    expect(failure).to.have.property('code', 'TEMPLATE_TOO_DEEP');
    expect((failure as Error).message).to.include('s/deep');
  });

  it('remembers the secrets it finds', async () => {
    const secrets = new SecretRegistry();
    const shelf = new Shelf({
      's/t': { value: 'hush-hush', deep: { any: { key: 'deep-secret' } }, open: 'open-value' },
    });
    await resolveBlockDocumentReferences('{{ prefect.blocks.s.t.open }}', shelf, secrets);
    expect(secrets.redact('hush-hush deep-secret open-value')).to.equal('******** ******** open-value');
  });
});

describe('resolveVariables', () => {
  it('replaces a whole text with the value and a part with its text; a missing one is empty; reads each once', async () => {
    const shelf = new Shelf({}, { n: 3, o: { a: [1, null] }, z: null });
    const template = [
      '{{ prefect.variables.o }}',
      '{{ prefect.variables.o }}!',
      '{{ prefect.variables.z }}',
      '{{ prefect.variables.gone }}',
      'a{{ prefect.variables.gone }}b{{ prefect.variables.n }}{{ x }}',
    ];
    expect(await resolveVariables(template, shelf)).to.deep.equal([
      { a: [1, null] },
      "{'a': [1, None]}!",
      null,
      '',
      'ab3{{ x }}',
    ]);
    expect([...shelf.reads].sort()).to.deep.equal(['gone', 'n', 'o', 'z']);
  });

  it('never reads the value of one variable as a placeholder of another', async () => {
    const shelf = new Shelf({}, { a: '{{ prefect.variables.b }}', b: 'B' });
    const text = '{{ prefect.variables.a }} {{ prefect.variables.b }} {{prefect.variables.b}}';
    expect(await resolveVariables(text, shelf)).to.equal('{{ prefect.variables.b }} B B');
    expect(shelf.reads).to.deep.equal(['a', 'b']);
  });

  it('rejects a variable that is nested too deeply, naming it', async () => {
    const failure = await failureOf(
      resolveVariables('{{ prefect.variables.deep }}', new Shelf({}, { deep: nested(501) })),
    );
    expect(failure).to.have.property('code', 'TEMPLATE_TOO_DEEP');
    expect((failure as Error).message).to.include('Variable deep');
  });

  it('remembers secret variables', async () => {
    const secrets = new SecretRegistry();
    const shelf = new Shelf({}, { 'secret-one': 'hush-hush', open: 'open-value' });
    await resolveVariables('{{ prefect.variables.secret-one }}{{ prefect.variables.open }}', shelf, secrets);
    expect(secrets.redact('hush-hush open-value')).to.equal('******** open-value');
  });
});

describe('findPlaceholders', () => {
  it('finds placeholders of every kind in values, not in keys', () => {
    const template = {
      '{{ key }}': ['{{ a.b }} {{$X}} {{ a.b }}', { x: '{{prefect.blocks.s.n}}{{ prefect.variables.v }}' }, 1],
    };
    expect(findPlaceholders(template).map(({ name, kind }) => [name, kind])).to.deep.equal([
      ['a.b', 'standard'],
      ['$X', 'env_var'],
      ['prefect.blocks.s.n', 'block_document'],
      ['prefect.variables.v', 'variable'],
    ]);
  });

  it('returns a name once for each spelling', () => {
    expect(findPlaceholders('{{ a }}{{a}}{{ a }}').map(({ match }) => match)).to.deep.equal(['{{ a }}', '{{a}}']);
  });
});
