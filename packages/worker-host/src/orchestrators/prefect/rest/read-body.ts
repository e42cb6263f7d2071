import { HttpTransportError } from './http-transport.js';

/**
 * Most bytes of one answer, and of one frame of a socket. A page of 200 runs has some hundred KiB; a list that is longer
 * is read in shorter pages.
 */
export const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** A timer of Node that is set for longer fires immediately. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** As much of a body as is read here: breaking off destroys it. */
type Body = AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown };

/**
 * Reads the body of an answer as UTF-8, up to {@link MOST_ANSWER_BYTES}. Keeps no more than that of a longer one.
 *
 * @param headers with lower-case names
 * @param withinMs for the whole body, however steadily it comes
 * @throws HttpTransportError `too-large` for a longer body, `timeout` for one that does not end
 */
export async function readBody(
  body: Body,
  headers: Readonly<Record<string, string>>,
  withinMs: number,
): Promise<string> {
  const limitMs = Math.min(withinMs, LONGEST_TIMER_MS);
  const timer = setTimeout(() => {
    body.destroy(new HttpTransportError('timeout', `the response did not end within ${limitMs / 1000} s`));
  }, limitMs);
  try {
    if (Number(headers['content-length']) > MOST_ANSWER_BYTES) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
    return new TextDecoder().decode(Buffer.concat(chunks));
  } catch (error) {
    body.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(): HttpTransportError {
  return new HttpTransportError('too-large', `the response is longer than ${MOST_ANSWER_BYTES / 1024 / 1024} MiB`);
}
