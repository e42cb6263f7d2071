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

/** Most problems of one input that are told; nobody corrects more in one go. */
const MOST_TOLD = 100;
/** Longest part of a problem that is told: names and values can be of any length. */
const LONGEST_PART = 2000;

/** A problem in one line. */
export function problemLine(problem: ConfigurationProblem): string {
  return lineOf(shortened(problem));
}

function lineOf({ path, expected, found, suggestion }: ConfigurationProblem): string {
  return `${path}: expected ${expected}, found ${found}.${suggestion === null ? '' : ` Try ${suggestion}.`}`;
}

/** Problems as the rest of a message: a line each, indented. */
export function problemLines(problems: readonly ConfigurationProblem[]): string {
  const more = problems.length > MOST_TOLD ? `\n  and ${problems.length - MOST_TOLD} more` : '';
  return `${problems
    .slice(0, MOST_TOLD)
    .map((problem) => `\n  ${problemLine(problem)}`)
    .join('')}${more}`;
}

/** Problems as data, for the details of an error. */
export function problemDetails(problems: readonly ConfigurationProblem[]): {
  problems: Record<string, string | null>[];
} {
  return { problems: problems.slice(0, MOST_TOLD).map((problem) => ({ ...shortened(problem) })) };
}

function shortened({ path, expected, found, suggestion }: ConfigurationProblem): ConfigurationProblem {
  return {
    path: cut(path),
    expected: cut(expected),
    found: cut(found),
    suggestion: suggestion === null ? null : cut(suggestion),
  };
}

function cut(text: string): string {
  return text.length > LONGEST_PART ? `${text.slice(0, LONGEST_PART)}…` : text;
}
