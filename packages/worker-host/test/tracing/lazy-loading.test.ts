import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const COMPILED = new URL('../../src/', import.meta.url);

describe('OpenTelemetry', () => {
  it('is not imported while tracing is disabled, and is in no declaration of an entry point', () => {
    const files = readdirSync(COMPILED, { recursive: true, encoding: 'utf8' }).map((path) =>
      path.replaceAll('\\', '/'),
    );
    const importing = (ending: string): readonly string[] =>
      files
        .filter((path) => path.endsWith(ending))
        .filter((path) =>
          /from '@opentelemetry|import\('@opentelemetry/.test(readFileSync(new URL(path, COMPILED), 'utf8')),
        );

    expect(importing('.js')).to.deep.equal([]);
    for (const entry of [
      'index.d.ts',
      'host/composition.d.ts',
      'host/tokens.d.ts',
      'tracing/open-tracing.d.ts',
      'tracing/tracing.d.ts',
    ])
      expect(importing('.d.ts'), entry).not.to.include(entry);
  });
});
