// Bundles a package's compiled modules into dist/bundle, one file for each entry that `publishConfig` of its manifest names and chunks
// that they share: what is published. Loading hundreds of modules one by one takes a third of a worker's start.
// Dependencies stay outside, so that plugins share them with worker-host. Usage: bundle, in the folder of the package.

import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { inAscii } from './ascii.mjs';

const BUNDLE = './dist/bundle/';

/** Entries by the name of their bundle: for what the workspace loads, what is published in its place. */
export function entriesOf({ exports, bin, publishConfig }) {
  for (const [path, { types }] of Object.entries(exports))
    if (publishConfig.exports[path]?.types !== types) throw new Error(`publishConfig names other types for ${path}`);
  const pairs = [
    ...Object.keys(exports).map((path) => [exports[path].default, publishConfig.exports[path]?.default]),
    ...Object.keys(bin ?? {}).map((name) => [bin[name], publishConfig.bin?.[name]]),
  ];
  return Object.fromEntries(
    pairs.map(([source, published]) => {
      if (!published?.startsWith(BUNDLE)) throw new Error(`publishConfig names no file in ${BUNDLE} for ${source}`);
      return [published.slice(BUNDLE.length).replace(/\.js$/, ''), source];
    }),
  );
}

/** Bundles the package in a folder. */
export async function bundlePackage(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const target = join(folder, BUNDLE);
  const bundle = await rolldown({
    cwd: folder,
    input: entriesOf(manifest),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    plugins: [{ name: 'maps-of-tsc', load: loadWithMap }],
  });
  rmSync(target, { recursive: true, force: true });
  const { output } = await bundle.write({
    dir: target,
    format: 'esm',
    // Errors, validation and the container tell classes by name.
    keepNames: true,
    entryFileNames: '[name].js',
    // All in one folder: modules find the package's other files from there.
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  await bundle.close();
  // Escapes make lines longer, never more: positions in a map stay right but for what follows an escape in its line.
  for (const { type, fileName } of output)
    if (type === 'chunk') writeFileSync(join(target, fileName), inAscii(readFileSync(join(target, fileName), 'utf8')));
  for (const file of Object.values(manifest.publishConfig.bin ?? {})) chmodSync(join(folder, file), 0o755);
}

/** A compiled module with its source map, so that the bundle's map leads to the sources. */
function loadWithMap(path) {
  const code = readFileSync(path, 'utf8');
  const [, file] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(code) ?? [];
  if (file === undefined) return { code };
  return { code, map: JSON.parse(readFileSync(join(dirname(path), file), 'utf8')) };
}

if (process.argv[1] === import.meta.filename) await bundlePackage(resolve('.'));
