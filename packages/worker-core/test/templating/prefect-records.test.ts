import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { JsonObject, JsonValue } from '../../src/json/json.js';
import type { ReferenceReader } from '../../src/orchestration/reference-reader.js';
import { type ApplyOptions, applyValues } from '../../src/templating/apply-values.js';
import { NotSet } from '../../src/templating/not-set.js';
import { resolveBlockDocumentReferences, resolveVariables } from '../../src/templating/references.js';

type Outcome = { readonly result: JsonValue } | { readonly error: string };

interface BlockRecord {
  readonly id: string;
  readonly typeSlug: string;
  readonly name: string;
  readonly data: JsonObject;
}

/** One call of a templating function of Prefect, recorded from both versions. */
interface TemplatingRecord {
  readonly name: string;
  readonly function: 'applyValues' | 'resolveVariables' | 'resolveBlockDocumentReferences';
  readonly arguments: readonly JsonValue[];
  readonly options?: { readonly remove_notset?: boolean; readonly skip_prefixes?: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
  readonly blocks?: readonly BlockRecord[];
  readonly variables?: JsonObject;
  /** Every observed outcome: several, where Prefect iterates over a set in hash order. */
  readonly outcomes: Readonly<Record<'3.8.8' | '3.9.1', readonly Outcome[]>>;
}

/** The interop suite calls the installed Prefect with the same records. */
const RECORDS = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/templating-records.json', import.meta.url), 'utf8'),
) as readonly TemplatingRecord[];

async function outcomeOf(record: TemplatingRecord): Promise<Outcome> {
  const [template = null, values = {}] = record.arguments;
  const { remove_notset: removeNotSet, skip_prefixes: skipPrefixes } = record.options ?? {};
  switch (record.function) {
    case 'applyValues': {
      const options: ApplyOptions = {
        environment: record.environment ?? {},
        ...(removeNotSet === undefined ? {} : { removeNotSet }),
        ...(skipPrefixes === undefined ? {} : { skipPrefixes }),
      };
      const applied = applyValues(template, values as JsonObject, options);
      return { result: applied === NotSet ? { $notSet: true } : applied };
    }
    case 'resolveVariables':
      return { result: await resolveVariables(template, readerOf(record)) };
    case 'resolveBlockDocumentReferences':
      return { result: await resolveBlockDocumentReferences(template, readerOf(record)) };
  }
}

function readerOf({ blocks = [], variables = {} }: TemplatingRecord): ReferenceReader {
  const document = (block: BlockRecord | undefined) => (block ? { ...block, secretFields: [] } : null);
  return {
    readBlockDocumentById: async (id) => document(blocks.find((block) => block.id === id)),
    readBlockDocument: async (slug, name) =>
      document(blocks.find((block) => block.typeSlug === slug && block.name === name)),
    readVariable: async (name) =>
      Object.hasOwn(variables, name) ? { name, value: variables[name] ?? null, isSecret: false } : null,
  };
}

function differs({ outcomes }: TemplatingRecord): boolean {
  return JSON.stringify(outcomes['3.8.8']) !== JSON.stringify(outcomes['3.9.1']);
}

describe('templating, compared with records of Prefect', () => {
  for (const record of RECORDS.filter((each) => !differs(each))) {
    it(`returns what Prefect 3.8.8 and 3.9.1 return: ${record.name}`, async () => {
      expect(record.outcomes['3.9.1']).to.deep.include(await outcomeOf(record));
    });
  }

  for (const record of RECORDS.filter(differs)) {
    it(`follows Prefect 3.9.1 where 3.8.8 differs: ${record.name}`, async () => {
      expect(record.outcomes['3.9.1']).to.deep.equal([await outcomeOf(record)]);
    });
  }

  it('covers cases in which the two versions differ', () => {
    expect(RECORDS.filter(differs)).to.have.length(26);
  });
});
