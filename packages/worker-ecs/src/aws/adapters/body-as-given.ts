import type { ECSClient } from '@aws-sdk/client-ecs';

type BuildMiddleware = Parameters<ECSClient['middlewareStack']['add']>[0];

/** The part of a command's middleware stack that is needed to add to it. */
interface CommandStack {
  add(middleware: never, options: { readonly step: 'build'; readonly priority: 'high'; readonly name: string }): void;
}

/**
 * Sends the input of a command unchanged. The SDK sends only the members in its schema and drops the others silently,
 * including those that AWS added after the SDK was released. The input has been validated before.
 */
export function sendBodyAsGiven(stack: CommandStack): void {
  const middleware: BuildMiddleware = (next) => (args) => {
    const { input, request } = args as { input: unknown; request: { body?: unknown } };
    request.body = JSON.stringify(input, (_key, value: unknown) => (value === null ? undefined : value));
    return next(args);
  };
  // Before the content length is computed and the request is signed.
  stack.add(middleware as never, { step: 'build', priority: 'high', name: 'bodyAsGiven' });
}
