/** A setting in a `.env` file. */
export interface DotenvEntry {
  readonly value: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** What a `.env` file says. */
export interface DotenvFile {
  readonly entries: ReadonlyMap<string, DotenvEntry>;
  /** Lines at which something begins that is no setting; Prefect leaves it out. */
  readonly unreadableLines: readonly number[];
}

/** What Python calls blank: the separators among control characters too, but no byte order mark. */
const BLANK = '\\t-\\r\\x1c-\\x20\\x85\\p{Z}';
const BLANK_IN_LINE = '[\\t\\v\\f\\x1c-\\x20\\x85\\p{Z}]';
const sticky = (pattern: string): RegExp => new RegExp(pattern, 'uy');

const EMPTY_LINES = sticky(`[${BLANK}]*`);
const EXPORT = sticky(`(?:export${BLANK_IN_LINE}+)?`);
const QUOTED_NAME = sticky("'([^']+)'");
const NAME = sticky(`([^=#${BLANK}]+)`);
const EQUALS = sticky(`${BLANK_IN_LINE}*=`);
const BLANKS_IN_LINE = sticky(`${BLANK_IN_LINE}*`);
const SINGLE_QUOTED = sticky("'((?:\\\\[^]|[^'\\\\])*)'");
const DOUBLE_QUOTED = sticky('"((?:\\\\[^]|[^"\\\\])*)"');
const PLAIN = sticky('[^\\r\\n]*');
const COMMENT_BEHIND = new RegExp(`[${BLANK}]+#[^]*$`, 'u');
const BLANKS_AT_END = new RegExp(`[${BLANK}]+$`, 'u');
const END_OF_STATEMENT = sticky(`${BLANK_IN_LINE}*(?:#[^\\r\\n]*)?(?:\\r\\n|\\n|\\r|$)`);
const REST_OF_LINE = sticky('[^\\r\\n]*(?:\\r\\n|\\n|\\r|$)');

/**
 * Reads the text of a `.env` file by the rules of the Python reader that Prefect uses: `export` allowed, `#` comments,
 * quotes of both kinds over several lines, escapes inside them, `${NAME}` and `${NAME:-default}` filled in from lines
 * above, then from the environment. A name without `=` sets nothing. A statement that cannot be read is left out up to
 * the end of its line.
 */
export function parseDotenv(text: string, environment: Readonly<Record<string, string | undefined>>): DotenvFile {
  const entries = new Map<string, DotenvEntry>();
  const unreadableLines: number[] = [];
  const declared = new Map<string, string | null>();
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

/** Null: it cannot be read; the scanner stands where reading stopped. */
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

function interpolate(
  text: string,
  above: ReadonlyMap<string, string | null>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return text.replace(/\$\{([^}:]*)(?::-([^}]*))?\}/g, (_all, name: string, fallback: string | undefined) => {
    if (above.has(name)) return above.get(name) ?? '';
    return environment[name] ?? fallback ?? '';
  });
}

/** A place in a text that moves forward over what sticky patterns match. */
class Scanner {
  #at = 0;
  #line = 1;

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** From 1. */
  get line(): number {
    return this.#line;
  }

  isAt(start: string): boolean {
    return this.text.startsWith(start, this.#at);
  }

  /** Moves over what the pattern matches here. Null: it does not match, nothing has moved. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.#line += found[0].match(/\r\n|\n|\r/g)?.length ?? 0;
    this.#at += found[0].length;
    return found;
  }
}
