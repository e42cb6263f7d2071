import { type FileHandle, open } from 'node:fs/promises';

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

/** Lines of a job's output, and the offset in bytes after them. */
export interface OutputPart {
  readonly lines: readonly string[];
  readonly nextOffset: number;
}

/**
 * Returns complete lines of a file from an offset, at most 64 KiB. An incomplete line waits, unless the job has ended;
 * one longer than 64 KiB is split between two characters.
 */
export async function readOutput(file: string, offset: number, hasEnded: boolean): Promise<OutputPart> {
  const handle = await openIfPresent(file);
  if (handle === null) return { lines: [], nextOffset: offset };
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
    const chunk = buffer.subarray(0, bytesRead);
    const end = endOfLines(chunk, hasEnded);
    if (end === 0) return { lines: [], nextOffset: offset };
    const text = chunk.subarray(0, end).toString('utf8');
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map((line) => line.replace(/\r$/, ''));
    return { lines, nextOffset: offset + end };
  } finally {
    await handle.close();
  }
}

/** Returns the offset of a cursor; an invalid one means the beginning. */
export function offsetOf(cursor: string | null | undefined): number {
  return cursor && /^\d+$/.test(cursor) ? Number(cursor) : 0;
}

function endOfLines(chunk: Buffer, hasEnded: boolean): number {
  const afterNewline = chunk.lastIndexOf(NEWLINE) + 1;
  const isFull = chunk.length === CHUNK_BYTES;
  if (isFull) return afterNewline > 0 ? afterNewline : endOfCharacters(chunk);
  return hasEnded ? chunk.length : afterNewline;
}

/** Returns the end of the last complete UTF-8 character. */
function endOfCharacters(chunk: Buffer): number {
  let start = chunk.length - 1;
  while (start > chunk.length - 4 && ((chunk[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  const lead = chunk[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length <= chunk.length ? chunk.length : start;
}

async function openIfPresent(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
