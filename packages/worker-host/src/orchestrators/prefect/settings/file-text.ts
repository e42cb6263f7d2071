import { readFileSync } from 'node:fs';

/**
 * Returns the text of a file. Null: the file does not exist.
 *
 * @throws Error of the file system, or for a file that is not UTF-8
 */
export function readTextFile(file: string): string | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('the file is not UTF-8', { cause: error });
  }
}
