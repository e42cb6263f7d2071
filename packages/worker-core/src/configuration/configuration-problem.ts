/** Something wrong with an input, at the name that was typed. */
export interface ConfigurationProblem {
  /** Wire names, dotted, with indexes: `capacity_provider_strategy[0].weight`. */
  readonly path: string;
  readonly expected: string;
  /** What was found, as JSON; hidden for secrets. */
  readonly found: string;
  /** The nearest good value, or what to do; null: nothing is known. */
  readonly suggestion: string | null;
}

/** A problem in one line. */
export function problemLine({ path, expected, found, suggestion }: ConfigurationProblem): string {
  return `${path}: expected ${expected}, found ${found}.${suggestion === null ? '' : ` Try ${suggestion}.`}`;
}

/** Problems as the rest of a message: a line each, indented. */
export function problemLines(problems: readonly ConfigurationProblem[]): string {
  return problems.map((problem) => `\n  ${problemLine(problem)}`).join('');
}

/** Problems as data, for the details of an error. */
export function problemDetails(problems: readonly ConfigurationProblem[]): {
  problems: Record<string, string | null>[];
} {
  return { problems: problems.map((problem) => ({ ...problem })) };
}
