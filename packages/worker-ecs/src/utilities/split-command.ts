import { type ConfigurationProblem, LaunchRefused, problemDetails, problemLine } from '@worker-host/core';

/** A command line with an unclosed quote or a trailing backslash. */
export class CommandLineError extends LaunchRefused {
  override readonly code = 'COMMAND_LINE_INVALID';
  readonly problem: ConfigurationProblem;

  constructor(found: string) {
    const expected = 'a command line that can be split into words';
    const problem = { path: 'command', expected, found, suggestion: 'to quote it, or to escape it with a backslash' };
    super(`The command cannot be split: ${problemLine(problem)}`, { details: problemDetails([problem]) });
    this.problem = problem;
  }
}

const BLANKS = ' \t\r\n';

/**
 * Splits a command line into words as Python's `shlex.split` does: quotes group, a backslash makes the next character
 * literal (inside double quotes only before `"` and `\`), operators and `#` are plain words. @throws CommandLineError
 */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  const next = (): string => command[at++] ?? '';
  while (at < command.length) {
    const character = next();
    if (BLANKS.includes(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "'") {
      const end = command.indexOf("'", at);
      if (end < 0) throw new CommandLineError("no closing quotation mark for a '");
      word = (word ?? '') + command.slice(at, end);
      at = end + 1;
    } else if (character === '"') {
      word ??= '';
      for (let inner = next(); inner !== '"'; inner = next()) {
        if (inner === '') throw new CommandLineError('no closing quotation mark for a "');
        if (inner !== '\\') {
          word += inner;
          continue;
        }
        const escaped = next();
        if (escaped === '') throw new CommandLineError('no closing quotation mark for a "');
        word += escaped === '"' || escaped === '\\' ? escaped : `\\${escaped}`;
      }
    } else if (character === '\\') {
      if (at >= command.length)
        throw new CommandLineError('a backslash at its end, with no escaped character after it');
      word = (word ?? '') + next();
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== null) words.push(word);
  return words;
}
