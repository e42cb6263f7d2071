/** What was asked for on the command line. */
export interface FirstRunOptions {
  /** Leave worker and local AWS running until Ctrl-C. */
  readonly keep: boolean;
}

/** Reads the words after the script's name; a package manager may put a `--` before them. Throws on an unknown word. */
export function parseOptions(words: readonly string[]): FirstRunOptions {
  const own = words.filter((word) => word !== '--');
  const unknown = own.find((word) => word !== '--keep');
  if (unknown !== undefined) throw new Error(`Unknown option ${unknown}. There is one: --keep.`);
  return { keep: own.includes('--keep') };
}
