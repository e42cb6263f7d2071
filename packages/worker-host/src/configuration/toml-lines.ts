/**
 * Finds the lines of a TOML text on which its keys are set. The TOML parser returns no positions, so this scans the
 * statements of a text that is known to be valid: table headers and `key = value`.
 */
export class TomlLines {
  readonly #lines = new Map<string, number>();

  constructor(text: string) {
    let at = 0;
    let line = 1;
    let lineStart = 0;
    let table: readonly string[] = [];
    while (at < text.length) {
      const start = skipBlanks(text, at);
      if (start >= text.length) break;
      if (text[start] === '[') {
        const isList = text[start + 1] === '[';
        const { keys, end } = readKeys(text, start + (isList ? 2 : 1));
        table = keys;
        at = endOfLine(text, end);
        continue;
      }
      const { keys, end } = readKeys(text, start);
      for (let lineEnd = text.indexOf('\n', lineStart); lineEnd >= 0 && lineEnd < start; ) {
        line += 1;
        lineStart = lineEnd + 1;
        lineEnd = text.indexOf('\n', lineStart);
      }
      const key = nameOf([...table, ...keys]);
      if (!this.#lines.has(key)) this.#lines.set(key, line);
      at = skipValue(text, end);
    }
  }

  /**
   * Returns the line of a key, from 1. A member of an inline table has the line of the statement; null: the key is
   * absent.
   */
  lineOf(path: readonly string[]): number | null {
    for (let length = path.length; length > 0; length -= 1) {
      const line = this.#lines.get(nameOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return null;
  }
}

function nameOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

const BLANKS = /\s+|#[^\n]*/y;

/** Skips blanks, line ends and comments. */
function skipBlanks(text: string, from: number): number {
  let end = from;
  for (BLANKS.lastIndex = from; BLANKS.test(text); ) end = BLANKS.lastIndex;
  return end;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}

/** Returns the dotted keys at a position, and where they end: at `=` or `]`. */
function readKeys(text: string, from: number): { readonly keys: readonly string[]; readonly end: number } {
  const keys: string[] = [];
  const pattern = /[^\S\n]*(?:"((?:\\.|[^"\\\n])*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[^\S\n]*(\.?)/y;
  pattern.lastIndex = from;
  for (let end = from; ; end = pattern.lastIndex) {
    const found = pattern.exec(text);
    if (found === null) return { keys, end };
    const [, quoted, literal, bare = '', dot] = found;
    keys.push(quoted === undefined ? (literal ?? bare) : unescaped(quoted));
    if (dot === '') return { keys, end: pattern.lastIndex };
  }
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

const VALUE_PARTS =
  /"""[\s\S]*?(?<!\\)"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[[\]{}]|\n|[^"'#[\]{}\n]+/y;

/** Skips the statement whose `=` is at or after a position: lists and tables can span several lines. */
function skipValue(text: string, from: number): number {
  VALUE_PARTS.lastIndex = from;
  let depth = 0;
  for (let end = from; ; end = VALUE_PARTS.lastIndex) {
    const part = VALUE_PARTS.exec(text)?.[0];
    if (part === undefined) return Math.max(end, endOfLine(text, end));
    if (part === '[' || part === '{') depth += 1;
    else if (part === ']' || part === '}') depth -= 1;
    else if (part === '\n' && depth <= 0) return VALUE_PARTS.lastIndex;
  }
}
