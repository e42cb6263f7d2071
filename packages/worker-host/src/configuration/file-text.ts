import { readFileSync, statSync } from 'node:fs';

/** Maximum size: settings are some hundred lines; a larger file is not a settings file, or endless. */
const MOST_BYTES = 1024 * 1024;

/**
 * Returns the text of a settings file, without a byte order mark. Null: the file does not exist.
 *
 * @param isNamed the user gave the file, which can then be a pipe, such as `<(command)` of a shell
 * @throws Error of the file system; for anything but a file, longer than a mebibyte or not UTF-8
 */
export function readTextFile(path: string, { isNamed = false }: { readonly isNamed?: boolean } = {}): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isFile() && !found.isDirectory() && !isNamed) throw new Error('it is not a file');
  if (found.size > MOST_BYTES) throw new Error(`the file is longer than ${MOST_BYTES} bytes`);
  const bytes = readFileSync(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('the file is not UTF-8', { cause: error });
  }
}
