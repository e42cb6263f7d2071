// Writes what `publishConfig` states into the manifests of packages that were copied without being packed, as `pnpm deploy` does it:
// then they load the bundles, as published. Usage: publish-config FOLDER…

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The manifest as it is published. */
export function publishedManifest({ publishConfig, ...manifest }) {
  return { ...manifest, ...publishConfig };
}

if (process.argv[1] === import.meta.filename)
  for (const folder of process.argv.slice(2)) {
    const file = join(folder, 'package.json');
    const manifest = publishedManifest(JSON.parse(readFileSync(file, 'utf8')));
    // pnpm links it to the one of the workspace.
    rmSync(file);
    writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  }
