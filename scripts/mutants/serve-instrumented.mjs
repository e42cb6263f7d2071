// Loader hook: returns the instrumented text of the modules that have mutants, and every other module unchanged.
import { readFile } from 'node:fs/promises';

/** Paths of the instrumented texts by module URL. */
let instrumented = new Map();

export function initialize({ files }) {
  instrumented = new Map(files);
}

export async function load(url, context, nextLoad) {
  const path = instrumented.get(url);
  if (path === undefined) return nextLoad(url, context);
  return { format: 'module', source: await readFile(path, 'utf8'), shortCircuit: true };
}
