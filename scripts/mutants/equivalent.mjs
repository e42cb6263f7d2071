import { readFileSync } from 'node:fs';

const LIST = new URL('./equivalent.json', import.meta.url);

/** Reads the equivalent mutants, those that change no observable behaviour: source file -> name of the mutant -> reason. */
export function readEquivalents() {
  return JSON.parse(readFileSync(LIST, 'utf8'));
}

/** Separates the listed mutants from the rest. `stale` are entries for `files` that name no existing mutant. */
export function withoutEquivalents(mutants, listed, files) {
  const isListed = ({ file, name }) => Object.hasOwn(listed[file] ?? {}, name);
  const equivalent = mutants.filter(isListed);
  const stale = files.flatMap((file) =>
    Object.keys(listed[file] ?? {})
      .filter((name) => !equivalent.some((mutant) => mutant.file === file && mutant.name === name))
      .map((name) => `${file} ${name}`),
  );
  return { counted: mutants.filter((mutant) => !isListed(mutant)), equivalent, stale };
}
