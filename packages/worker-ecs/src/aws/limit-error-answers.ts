import type { ECSClient } from '@aws-sdk/client-ecs';

type DeserializeMiddleware = Parameters<ECSClient['middlewareStack']['add']>[0];

/** As much of a client of the SDK as is needed to add to it. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: never,
      options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

interface Answer {
  readonly response: { readonly statusCode: number; body?: AsyncIterable<Uint8Array> | Uint8Array };
}

/** AWS's own errors have some hundred bytes. */
const MOST_ERROR_BYTES = 8 * 1024;

/**
 * Reads no more than the beginning of an answer with an error. The SDK copies each member of its body to an error, and
 * takes each character of a JSON text for a member, so that a long page of a proxy would hold up the whole process.
 */
export function limitErrorAnswers(client: Client): void {
  const middleware: DeserializeMiddleware = (next) => async (args) => {
    const result = await next(args);
    const { response } = result as unknown as Answer;
    if (response.statusCode >= 300 && response.body !== undefined) response.body = await beginningOf(response.body);
    return result;
  };
  // Before the SDK reads the answer.
  client.middlewareStack.add(middleware as never, { step: 'deserialize', priority: 'low', name: 'limitErrorAnswers' });
}

async function beginningOf(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body.subarray(0, MOST_ERROR_BYTES);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_ERROR_BYTES);
}
