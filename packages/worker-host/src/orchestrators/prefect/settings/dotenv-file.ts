/** A setting in a `.env` file. */
export interface DotenvEntry {
  readonly value: string;
  /** Line at which it begins, from 1. */
  readonly line: number;
}

/** Contents of a `.env` file. */
export interface DotenvFile {
  readonly entries: ReadonlyMap<string, DotenvEntry>;
  /** Lines with an invalid statement; Prefect ignores them. */
  readonly unreadableLines: readonly number[];
}

/** Whitespace as Python defines it: including the separators among control characters, without the byte order mark. */
const BLANK = '\\t-\\r\\x1c-\\x20\\x85\\p{Z}';
const BLANK_IN_LINE = '[\\t\\v\\f\\x1c-\\x20\\x85\\p{Z}]';
const sticky = (pattern: string): RegExp => new RegExp(pattern, 'uy');

/** Maximum number of characters of all values: with references to earlier lines, a few lines can produce any number. */
const MOST_CHARACTERS = 1024 * 1024;

const EMPTY_LINES = sticky(`[${BLANK}]*`);
const EXPORT = sticky(`(?:export${BLANK_IN_LINE}+)?`);
const QUOTED_NAME = sticky("'([^']+)'");
const NAME = sticky(`([^=#${BLANK}]+)`);
const EQUALS = sticky(`${BLANK_IN_LINE}*=`);
const BLANKS_IN_LINE = sticky(`${BLANK_IN_LINE}*`);
const SINGLE_QUOTED = sticky("'((?:\\\\[^]|[^'\\\\])*)'");
const DOUBLE_QUOTED = sticky('"((?:\\\\[^]|[^"\\\\])*)"');
const PLAIN = sticky('[^\\r\\n]*');
const COMMENT_BEHIND = new RegExp(`(?<![${BLANK}])[${BLANK}]+#[^]*$`, 'u');
const BLANKS_AT_END = new RegExp(`(?<![${BLANK}])[${BLANK}]+$`, 'u');
const END_OF_STATEMENT = sticky(`${BLANK_IN_LINE}*(?:#[^\\r\\n]*)?(?:\\r\\n|\\n|\\r|$)`);
const REST_OF_LINE = sticky('[^\\r\\n]*(?:\\r\\n|\\n|\\r|$)');

/**
 * Parses a `.env` file by the rules of the Python library that Prefect uses: `export` allowed, `#` comments, quotes of both
 * kinds over several lines, escapes inside them, `${NAME}` and `${NAME:-default}` resolved from earlier lines, then from the
 * environment. A name without `=` sets nothing. An invalid statement is skipped up to the end of its line.
 *
 * @throws Error if all values together are longer than a mebibyte
 */
export function parseDotenv(text: string, environment: Readonly<Record<string, string | undefined>>): DotenvFile {
  const entries = new Map<string, DotenvEntry>();
  const unreadableLines: number[] = [];
  const declared = new Map<string, string | null>();
  let expanded = 0;
  const scanner = new Scanner(text.replace(/^\ufeff/, ''));
  for (;;) {
    scanner.take(EMPTY_LINES);
    if (scanner.isAtEnd) return { entries, unreadableLines };
    const { line } = scanner;
    const statement = readStatement(scanner);
    if (statement === null) {
      unreadableLines.push(line);
      scanner.take(REST_OF_LINE);
      continue;
    }
    if (statement.name === null) continue;
    const value = statement.value === null ? null : interpolate(statement.value, declared, environment);
    expanded += value?.length ?? 0;
    if (expanded > MOST_CHARACTERS) throw new Error(`its variables expand to more than ${MOST_CHARACTERS} characters`);
    declared.set(statement.name, value);
    if (value === null) entries.delete(statement.name);
    else entries.set(statement.name, { value, line });
  }
}

interface Statement {
  /** Null: a comment. */
  readonly name: string | null;
  /** Null: there is no `=`. */
  readonly value: string | null;
}

/** Null: invalid; the scanner is where parsing stopped. */
function readStatement(scanner: Scanner): Statement | null {
  scanner.take(EXPORT);
  let name: string | null = null;
  let value: string | null = null;
  if (!scanner.isAt('#')) {
    name = scanner.take(scanner.isAt("'") ? QUOTED_NAME : NAME)?.[1] ?? null;
    if (name === null) return null;
    if (scanner.take(EQUALS)) {
      value = readValue(scanner);
      if (value === null) return null;
    }
  }
  return scanner.take(END_OF_STATEMENT) ? { name, value } : null;
}

function readValue(scanner: Scanner): string | null {
  const isBlankBefore = scanner.take(BLANKS_IN_LINE)?.[0] !== '';
  if (scanner.isAt("'")) return scanner.take(SINGLE_QUOTED)?.[1]?.replace(/\\([\\'])/g, '$1') ?? null;
  if (scanner.isAt('"')) {
    const escaped = scanner.take(DOUBLE_QUOTED)?.[1];
    return escaped?.replace(/\\([abfnrtv\\'"])/g, (all, letter: string) => ESCAPES[letter] ?? all) ?? null;
  }
  if (isBlankBefore && scanner.isAt('#')) return '';
  return (scanner.take(PLAIN)?.[0] ?? '').replace(COMMENT_BEHIND, '').replace(BLANKS_AT_END, '');
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** Resolves `${NAME}` and `${NAME:-default}`, in one pass; inserted values are not searched again. */
function interpolate(
  text: string,
  above: ReadonlyMap<string, string | null>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const parts: string[] = [];
  let from = 0;
  for (const { at, end, name, fallback } of referencesIn(text)) {
    const inEnvironment = Object.hasOwn(environment, name) ? environment[name] : undefined;
    parts.push(text.slice(from, at), above.has(name) ? (above.get(name) ?? '') : (inEnvironment ?? fallback));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}

interface Reference {
  /** Index of the dollar sign. */
  readonly at: number;
  /** Index after the closing brace. */
  readonly end: number;
  readonly name: string;
  readonly fallback: string;
}

/** Returns the references in a text, in order. Reads each character at most once for each of `$`, `:` and `}`. */
function* referencesIn(text: string): Generator<Reference, void, void> {
  const [colons, braces] = [new Finder(text, ':'), new Finder(text, '}')];
  for (let at = text.indexOf('${'); at >= 0; ) {
    const begin = at + 2;
    const close = braces.from(begin);
    if (close < 0) return;
    const colon = colons.from(begin);
    const hasColon = colon >= 0 && colon < close;
    if (!hasColon || text[colon + 1] === '-') {
      const name = text.slice(begin, hasColon ? colon : close);
      yield { at, end: close + 1, name, fallback: hasColon ? text.slice(colon + 2, close) : '' };
      at = text.indexOf('${', close + 1);
    } else at = text.indexOf('${', begin);
  }
}

/** Finds the next occurrence of a character from positions that only increase. */
class Finder {
  #next = -2;

  constructor(
    private readonly text: string,
    private readonly character: string,
  ) {}

  /** Returns its position at or after another; -1: none. */
  from(at: number): number {
    if (this.#next !== -1 && this.#next < at) this.#next = this.text.indexOf(this.character, at);
    return this.#next;
  }
}

/** A position in a text that advances over matches of sticky patterns. */
class Scanner {
  #at = 0;
  #line = 1;

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** Line number from 1. */
  get line(): number {
    return this.#line;
  }

  isAt(start: string): boolean {
    return this.text.startsWith(start, this.#at);
  }

  /** Advances over a match at the position. Null: no match, and no change. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.#line += found[0].match(/\r\n|\n|\r/g)?.length ?? 0;
    this.#at += found[0].length;
    return found;
  }
}
