const SHORTEST_LINE = 8;
/** JSON in JSON in JSON: a problem in a message in a line of a log. */
const DEEPEST_ESCAPE = 3;

/** A secret in all the ways in which it gets into texts: as it is, line by line, escaped, encoded. */
export function formsOf(secret: string): ReadonlySet<string> {
  const forms = new Set<string>();
  for (const text of [secret, ...linesOf(secret)]) {
    forms.add(text);
    for (const form of escapedForms(text)) forms.add(form);
    const bytes = Buffer.from(text, 'utf8');
    forms.add(encodeURIComponent(bytes.toString('utf8')));
    const base64 = bytes.toString('base64').replace(/=+$/, '');
    forms.add(base64);
    forms.add(base64.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** The lines of a longer text, as each may come alone; but for frames such as `-----BEGIN …`. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return lines.length < 2 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'));
}

function escapedForms(text: string): readonly string[] {
  const forms: string[] = [];
  let plain = text;
  let ascii = text;
  for (let depth = 0; depth < DEEPEST_ESCAPE; depth += 1) {
    plain = JSON.stringify(plain).slice(1, -1);
    ascii = toAscii(JSON.stringify(ascii).slice(1, -1));
    forms.push(plain, ascii);
  }
  return forms;
}

/** As programs write JSON that escape all that is not ASCII. */
function toAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
