import type { LoadHook } from 'node:module';
import type { Break } from './breaks.js';

export type { Break, Edit } from './breaks.js';

let planted: Break | null = null;

/** Hooks of Node's module loader, registered with a break: plant it in the files that it concerns. */
export function initialize(given: Break): void {
  planted = given;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  const edit = planted?.edits.find(({ file }) => url.endsWith(file));
  if (edit === undefined) return loaded;
  const source = String(loaded.source);
  if (source.split(edit.find).length !== 2)
    throw new Error(
      `The break ${planted?.name} does not fit ${edit.file} any more: its text is not there exactly once`,
    );
  return { ...loaded, source: source.replace(edit.find, () => edit.replace) };
};
