import { createRequire } from 'node:module';

let version: string | null = null;

/** The version of worker-host, as its package states it. */
export function packageVersion(): string {
  version ??= (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
  return version;
}
