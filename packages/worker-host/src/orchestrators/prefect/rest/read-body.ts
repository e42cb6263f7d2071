import { HttpTransportError } from './http-transport.js';

/**
 * Maximum size in bytes of one response, and of one frame of a socket. A page of 200 runs has some hundred KiB; a list
 * that is larger is read in smaller pages.
 */
export const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** Maximum of a Node timer; a longer one fires immediately. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The part of a body stream that is used here: ending the iteration destroys it. */
type Body = AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown };

/**
 * Reads the body of a response as UTF-8, up to {@link MOST_ANSWER_BYTES}. Stores no more than that of a longer one.
 *
 * @param headers with lower-case names
 * @param withinMs time limit for the complete body, however steadily it arrives
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
