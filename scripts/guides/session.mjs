/** Stands for any text within a line, and alone in a line for any lines. */
const ANYTHING = '…';

/** The commands of a session with the output that is shown of each; a line that ends with `\` goes on in the next. */
export function stepsOf(session) {
  const steps = [];
  let isOpen = false;
  for (const line of session.trimEnd().split('\n')) {
    const step = steps.at(-1);
    if (isOpen) step.command += `\n${line}`;
    else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [] });
    else if (step === undefined) throw new Error(`A session begins with "$ ", found: ${line}`);
    else step.output.push(line);
    isOpen = (isOpen || line.startsWith('$ ')) && line.endsWith('\\');
  }
  return steps;
}

/** A script that runs the commands in one shell, with the mark before the output of each. `$?` is that of the last one. */
export function scriptOf(steps, mark) {
  const run = steps.map(({ command }) => `printf '%s\\n' '${mark}'; (exit $code); ${command}\ncode=$?`);
  return ['code=0', 'exec 2>&1', ...run].join('\n');
}

/** What each command printed, by lines without the blanks at their ends. */
export function outputsOf(text, mark) {
  return text
    .split(`${mark}\n`)
    .slice(1)
    .map((output) => linesOf(output));
}

/** Null: the output is as shown. Else what differs, for people. */
export function differenceOf({ command, output: shown }, found = []) {
  const expected = linesOf(shown.join('\n'));
  if (fits(expected, found)) return null;
  return [`$ ${command}`, ...diffOf(expected, found)].join('\n');
}

function linesOf(text) {
  const lines = text.split('\n').map((line) => line.trimEnd());
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return lines;
}

function fits([first, ...shown], found) {
  if (first === undefined) return found.length === 0;
  if (first === ANYTHING) return found.some((_, index) => fits(shown, found.slice(index))) || fits(shown, []);
  return found.length > 0 && fitsLine(first, found[0]) && fits(shown, found.slice(1));
}

function fitsLine(shown, found) {
  const source = shown
    .split(ANYTHING)
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`, 'u').test(found);
}

/** Shown lines that were not printed, and printed lines that are not shown. */
function diffOf(shown, found) {
  const missing = shown.filter((line) => line !== ANYTHING && !found.some((each) => fitsLine(line, each)));
  const others = found.filter((line) => !shown.some((each) => fitsLine(each, line)));
  return [...missing.map((line) => `- ${line}`), ...others.map((line) => `+ ${line}`), `printed:`, ...found];
}
