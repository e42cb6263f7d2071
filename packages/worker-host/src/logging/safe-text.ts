/** Characters that move the cursor, ring, hide or reverse text: C0 and C1 controls, line separators, directional marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** The same, except tabs and sequences that only set colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
const UNSAFE_IN_OUTPUT = /(\u001b\[[\d;:]*m)|[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };
const RESET = '\u001b[0m';

/** Returns external text as one line that does not affect a terminal: control characters become `\n`, `\e`, `\x07`. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, shown);
}

/**
 * Returns a line of a job's output for a terminal: colours are kept and end with the line; other control characters are
 * escaped.
 */
export function safeOutput(line: string): string {
  let isColoured = false;
  const safe = line.replace(UNSAFE_IN_OUTPUT, (found, colour: string | undefined) => {
    if (colour === undefined) return shown(found);
    isColoured = true;
    return colour;
  });
  return isColoured ? `${safe}${RESET}` : safe;
}

function shown(character: string): string {
  const code = character.charCodeAt(0);
  return NAMED[character] ?? (code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`);
}
