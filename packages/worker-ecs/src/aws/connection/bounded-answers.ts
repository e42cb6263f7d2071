import { jsonExcess } from '@worker-host/core';
import { NodeHttpHandler } from '../sdk/http-handler.js';
import { UnreadableAnswer } from './read-answer.js';
import type { RequestHandler } from './sdk-client-config.js';

/** Errors of AWS have some hundred bytes. */
const MOST_ERROR_BYTES = 8 * 1024;
/** The largest responses of AWS are ten messages of a queue, 1 MiB in total, or a hundred tasks. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

const OPENING_BRACE = 0x7b;

/** An HTTP handler of the SDK. */
export type HttpHandler = Pick<
  NodeHttpHandler,
  'metadata' | 'handle' | 'destroy' | 'updateHttpClientConfig' | 'httpHandlerConfigs'
>;
type Handled = Awaited<ReturnType<HttpHandler['handle']>>;
type Body = Uint8Array | (AsyncIterable<Uint8Array> & { destroy?(error?: Error): unknown });

/**
 * Limits the size of responses, because the endpoint may not be AWS's. A larger response, and one that does not end in time,
 * count as lost. Of an error response only the beginning is read: the SDK copies each member of its body to an error, and each
 * character of a JSON text as a member.
 *
 * @param given a handler, or settings for the default handler of the SDK
 * @param withinMs time limit for each body, from its first byte
 */
export function boundedAnswers(given: RequestHandler, withinMs: number): HttpHandler {
  const inner = NodeHttpHandler.create(given as Parameters<typeof NodeHttpHandler.create>[0]) as HttpHandler;
  const handle = async (...asked: Parameters<HttpHandler['handle']>): Promise<Handled> => {
    const handled = await inner.handle(...asked);
    const { response } = handled;
    if (response.body === undefined) return handled;
    response.body = await readBody(response.body as Body, response.statusCode >= 300, withinMs);
    return handled;
  };
  return {
    metadata: inner.metadata,
    handle,
    destroy: () => inner.destroy(),
    updateHttpClientConfig: (key, value) => inner.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => inner.httpHandlerConfigs(),
  };
}

/** @throws UnreadableAnswer */
async function readBody(body: Body, isError: boolean, withinMs: number): Promise<Uint8Array> {
  const most = isError ? MOST_ERROR_BYTES : MOST_ANSWER_BYTES;
  const stream = body instanceof Uint8Array ? [body] : body;
  const timer = setTimeout(() => {
    if ('destroy' in stream) stream.destroy?.(new UnreadableAnswer(`it did not end within ${withinMs / 1000} s`));
  }, withinMs);
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > most) break;
    }
    if (bytes > most && !isError) throw new UnreadableAnswer(`it is longer than ${most / 1024 / 1024} MiB`);
    const read = Buffer.concat(chunks).subarray(0, most);
    // XML is parsed in a separate process, or for a tool.
    const excess = read[0] === OPENING_BRACE && !isError ? jsonExcess(read.toString('latin1')) : null;
    if (excess !== null) throw new UnreadableAnswer(`it ${excess}`);
    return read;
  } finally {
    clearTimeout(timer);
  }
}
