const SAFE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Returns a word for a POSIX command line: unchanged if nothing in it is special, otherwise in single quotes. */
export function quoteShellWord(word: string): string {
  if (SAFE_WORD.test(word)) return word;
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** Returns a command line that a POSIX shell, and Python's `shlex.split`, split into exactly these words. */
export function joinShellWords(words: readonly string[]): string {
  return words.map(quoteShellWord).join(' ');
}
