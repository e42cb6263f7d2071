import { fileURLToPath } from 'node:url';

/** Directory of a fixture in the source tree. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../../test/cli/fixtures/${name}`, import.meta.url));
}
