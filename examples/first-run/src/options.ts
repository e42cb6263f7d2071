/** Parsed command line. */
export interface FirstRunOptions {
  /** True: worker and local AWS keep running until Ctrl-C. */
  readonly keep: boolean;
}

/** Parses the arguments; a package manager may put a `--` before them. Throws on an unknown argument. */
export function parseOptions(words: readonly string[]): FirstRunOptions {
  const own = words.filter((word) => word !== '--');
  const unknown = own.find((word) => word !== '--keep');
  if (unknown !== undefined) throw new Error(`Unknown option ${unknown}. There is one: --keep.`);
  return { keep: own.includes('--keep') };
}
