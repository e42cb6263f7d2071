import type { ECSClient } from '@aws-sdk/client-ecs';

type BuildMiddleware = Parameters<ECSClient['middlewareStack']['add']>[0];

/** As much of a command's middleware as is needed to add to it. */
interface CommandStack {
  add(middleware: never, options: { readonly step: 'build'; readonly priority: 'high'; readonly name: string }): void;
}

/**
 * Sends the command's input as it is. By itself the SDK sends the members that its schema knows and drops the others in
 * silence: those that AWS added after the SDK was released, too. What is sent has been checked before.
 */
export function sendBodyAsGiven(stack: CommandStack): void {
  const middleware: BuildMiddleware = (next) => (args) => {
    const { input, request } = args as { input: unknown; request: { body?: unknown } };
    request.body = JSON.stringify(input, (_key, value: unknown) => (value === null ? undefined : value));
    return next(args);
  };
  // Before the length of the body is counted and the request is signed.
  stack.add(middleware as never, { step: 'build', priority: 'high', name: 'bodyAsGiven' });
}
