import { readFileSync } from 'node:fs';
import { PACKAGE_FOLDER } from './package-folder.js';

let version: string | null = null;

/** The version in the package.json of worker-host. */
export function packageVersion(): string {
  version ??= readVersion();
  return version;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('package.json', PACKAGE_FOLDER), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
