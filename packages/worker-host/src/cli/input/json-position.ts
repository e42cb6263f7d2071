/** Returns where and why a text is not JSON, with the engine's reason: `line 3, column 7: Unexpected token 'x'`. */
export function describeJsonError(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const offset = offsetOf(text, message);
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const reason = message
    .replace(/ in JSON at position \d+.*$/s, '')
    .replace(/, (?:\.\.\.)?".*is not valid JSON$/s, '')
    .replace(/^Unexpected end of JSON input$/, 'the text ends too early');
  return `line ${line}, column ${column}: ${reason}`;
}

function offsetOf(text: string, message: string): number {
  const position = positionIn(message);
  if (position !== undefined) return position;
  return message.includes('end of JSON input') ? text.length : longestGoodBeginning(text);
}

/** Returns the length of the longest prefix of valid JSON: for errors without a position. */
function longestGoodBeginning(text: string): number {
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isGoodBeginning(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isGoodBeginning(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return message.includes('end of JSON input') || (positionIn(message) ?? -1) >= beginning.length;
  }
}

function positionIn(message: string): number | undefined {
  const position = / at position (\d+)/.exec(message)?.[1];
  return position === undefined ? undefined : Number(position);
}
