// Removes from a package's dist what tsc wrote for sources that no longer exist: tsc leaves it, and it would be tested and packed.
// Usage: prune-dist [FOLDER], by default the current one.

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? process.cwd();
const dist = join(folder, 'dist');

for (const declaration of existsSync(dist) ? readdirSync(dist, { recursive: true }) : []) {
  if (!declaration.endsWith('.d.ts')) continue;
  const module = declaration.slice(0, -'.d.ts'.length);
  if (existsSync(join(folder, `${module}.ts`))) continue;
  for (const ending of ['.d.ts', '.js', '.js.map']) rmSync(join(dist, `${module}${ending}`), { force: true });
}
