import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readEcsSettings } from '../../src/ecs-settings.js';

const PACKAGE = new URL('../../../', import.meta.url);

/** Names of environment variables to search for. */
function namesReadBy(reader: (environment: Record<string, string | undefined>) => unknown): Set<string> {
  const names = new Set<string>();
  const environment = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get(_target, name) {
        names.add(String(name));
        return undefined;
      },
    },
  );
  reader(environment);
  return names;
}

describe('README', () => {
  const readme = readFileSync(new URL('README.md', PACKAGE), 'utf8');

  it('contains an example that is compiled', () => {
    const example = readFileSync(new URL('test/docs/readme-example.ts', PACKAGE), 'utf8');

    expect(readme).to.include(example.trim());
  });

  it('lists exactly the settings that are read', () => {
    const read = [...namesReadBy(readEcsSettings)].filter((name) => !name.startsWith('AWS_'));
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name);

    expect(listed.sort()).to.deep.equal(read.sort());
  });

  it('lists exactly the metrics that are measured', () => {
    const source = (function read(folder: URL): string {
      return readdirSync(folder, { withFileTypes: true })
        .map((entry) =>
          entry.isDirectory()
            ? read(new URL(`${entry.name}/`, folder))
            : readFileSync(new URL(entry.name, folder), 'utf8'),
        )
        .join('\n');
    })(new URL('src/', PACKAGE));
    const measured = new Set(
      [...source.matchAll(/\.(?:count|gauge|observe)\('(ecs_[a-z_]+)'/g)].map(([, name]) => name),
    );
    const listed = new Set([...readme.matchAll(/`(ecs_[a-z_]+)`/g)].map(([, name]) => name));

    expect([...listed].sort()).to.deep.equal([...measured].sort());
  });
});
