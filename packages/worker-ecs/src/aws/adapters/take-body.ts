/** The part of a command's middleware stack that is needed to add to it. */
interface CommandStack {
  add(
    middleware: never,
    options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
  ): void;
}

interface Handled {
  readonly response: { readonly statusCode: number; body?: unknown };
}

const NOTHING = new TextEncoder().encode('{}');

/**
 * Takes the body of a successful response before the SDK reads it: the SDK copies each member several times.
 *
 * @returns a function that returns the body of the last response; null: there was none that is read to its end.
 */
export function takeBody(stack: CommandStack): () => Uint8Array | null {
  let body: Uint8Array | null = null;
  const middleware = (next: (args: unknown) => Promise<Handled>) => async (args: unknown) => {
    const handled = await next(args);
    const { response } = handled;
    const isRead = response.statusCode < 300 && response.body instanceof Uint8Array;
    body = isRead ? (response.body as Uint8Array) : null;
    if (isRead) response.body = NOTHING;
    return handled;
  };
  // The innermost one: it is the first that sees a response.
  stack.add(middleware as never, { step: 'deserialize', priority: 'low', name: 'takeBody' });
  return () => body;
}
