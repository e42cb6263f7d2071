/**
 * Reads the text of a `.env` file, by the rules of the Python reader Prefect uses: `export` allowed, `#` comments,
 * quotes of both kinds over several lines, escapes inside double quotes, `${NAME}` and `${NAME:-default}` filled in
 * from lines above, then from the environment. A name without `=` sets nothing.
 */
export function parseDotenv(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const line =
    /^[^\S\r\n]*(?:export[^\S\r\n]+)?([^\s=#'"]+|'[^']*')[^\S\r\n]*=[^\S\r\n]*('(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|[^\r\n]*)/gm;
  for (const match of text.matchAll(line)) {
    const name = (match[1] ?? '').replace(/^'|'$/g, '');
    values.set(name, interpolate(unquote(match[2] ?? ''), values, environment));
  }
  return values;
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

function unquote(raw: string): string {
  const quote = raw[0];
  if (raw.length >= 2 && quote === "'" && raw.endsWith("'")) return raw.slice(1, -1).replace(/\\([\\'])/g, '$1');
  if (raw.length >= 2 && quote === '"' && raw.endsWith('"')) {
    return raw.slice(1, -1).replace(/\\([\s\S])/g, (all, letter: string) => ESCAPES[letter] ?? all);
  }
  return raw.replace(/(^|[^\S\r\n]+)#.*$/, '').trimEnd();
}

function interpolate(
  text: string,
  above: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return text.replace(
    /\$\{([^}:]*)(?::-([^}]*))?\}/g,
    (_all, name: string, fallback: string | undefined) => above.get(name) ?? environment[name] ?? fallback ?? '',
  );
}
