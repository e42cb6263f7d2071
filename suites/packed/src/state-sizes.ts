// Writes the installed size of each package into its README.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Outside, PACKAGE_NAMES, PACKAGES } from './outside.js';
import { measureSize, stateSize } from './size.js';

const outside = new Outside();
try {
  const archives = PACKAGE_NAMES.map((name) => ({ name, archive: outside.pack(name) }));
  const unpacked = Object.fromEntries(archives.map(({ name, archive }) => [name, outside.unpack(archive)]));
  for (const { name, archive } of archives) {
    const readme = join(PACKAGES[name], 'README.md');
    writeFileSync(readme, stateSize(readFileSync(readme, 'utf8'), measureSize(name, archive, unpacked)));
  }
} finally {
  outside.dispose();
}
