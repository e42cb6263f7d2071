import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE_FOLDER } from '../package-folder.js';

/** A file for browsers. */
export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
}

const FOLDER = new URL('assets/ui/', PACKAGE_FOLDER);
const SCRIPT = 'text/javascript; charset=utf-8';
/** Files served by name: our own, and the library that they import. */
const OWN: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'app.js': SCRIPT,
  'charts.js': SCRIPT,
  'format.js': SCRIPT,
  'parts.js': SCRIPT,
  'run-view.js': SCRIPT,
  'runs-view.js': SCRIPT,
  'pools-view.js': SCRIPT,
  'server.js': SCRIPT,
  'worker-view.js': SCRIPT,
};
/** The library's file for browsers is above the one that Node resolves. */
const LIBRARY = 'lit-html.js';

const loaded = new Map<string, Asset>();

/** Returns the file with a name; null: there is none. Files are read once. */
export function assetOf(name: string): Asset | null {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const asset = read(name);
  if (asset !== null) loaded.set(name, asset);
  return asset;
}

function read(name: string): Asset | null {
  const contentType = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
  if (contentType !== undefined) return { contentType, body: readFileSync(fileURLToPath(new URL(name, FOLDER))) };
  if (name !== LIBRARY) return null;
  const resolved = createRequire(import.meta.url).resolve('lit-html');
  return { contentType: SCRIPT, body: readFileSync(join(dirname(dirname(resolved)), LIBRARY)) };
}
