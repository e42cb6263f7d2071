import type { LoadHook } from 'node:module';
import { type Break, breakOf } from './breaks.js';

let planted: Break | null = null;

/** Hooks of Node's module loader, registered by `main.ts`: plant one break in the file that it concerns. */
export function initialize(name: string): void {
  planted = breakOf(name);
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
