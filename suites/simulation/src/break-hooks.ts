import type { LoadHook } from 'node:module';
import type { Break } from './breaks.js';

export type { Break, Edit } from './breaks.js';

let planted: Break | null = null;

/** Hooks of Node's module loader, registered with a fault: plant it in the files that it concerns. */
export function initialize(given: Break): void {
  planted = given;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  const edits = planted?.edits.filter(({ file }) => url.endsWith(file)) ?? [];
  if (edits.length === 0) return loaded;
  let source = String(loaded.source);
  for (const { file, find, replace } of edits) {
    if (source.split(find).length !== 2)
      throw new Error(`The break ${planted?.name} does not fit ${file} any more: its text is not there exactly once`);
    source = source.replace(find, () => replace);
  }
  return { ...loaded, source };
};
