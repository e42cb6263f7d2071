import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  environmentNameOf,
  fileKeyOf,
  SETTING_DEFINITIONS,
  type SettingDefinition,
  type SettingName,
} from '../../src/configuration/setting-definitions.js';

type NamedDefinition = SettingDefinition & { readonly name: SettingName };

describe('docs/cli.md', () => {
  it("lists every setting in its three spellings, with the program's description", () => {
    const page = readFileSync(new URL('../../../../../docs/cli.md', import.meta.url), 'utf8');

    const documented = page.split('\n').filter((line) => line.startsWith('| `--'));

    const expected = (SETTING_DEFINITIONS as readonly NamedDefinition[]).map((definition) => {
      const { name, inFile, prefectName, description } = definition;
      const key = inFile ? `\`${fileKeyOf(name)}\`` : '-';
      const prefect = prefectName === undefined ? '-' : `\`${prefectName}\``;
      return `| \`--${name}\` | \`${environmentNameOf(name)}\` | ${key} | ${prefect} | ${description} |`;
    });
    expect(documented).to.deep.equal(expected);
  });
});
