/** A problem of an input, with the path that the user wrote. */
export interface ConfigurationProblem {
  /** Wire names, dotted, with indexes. Example: `capacity_provider_strategy[0].weight`. */
  readonly path: string;
  readonly expected: string;
  /** The value found, as JSON; hidden for secrets. */
  readonly found: string;
  /** The nearest valid value, or what to do. Null: unknown. */
  readonly suggestion: string | null;
}

/** Maximum number of reported problems of one input. */
const MOST_TOLD = 100;
/** Maximum length of each part of a reported problem: names and values can have any length. */
const LONGEST_PART = 2000;

/** Formats a problem as one line. */
export function problemLine(problem: ConfigurationProblem): string {
  return lineOf(shortened(problem));
}

function lineOf({ path, expected, found, suggestion }: ConfigurationProblem): string {
  return `${path}: expected ${expected}, found ${found}.${suggestion === null ? '' : ` Try ${suggestion}.`}`;
}

/** Formats problems as the rest of a message: one indented line each. */
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
