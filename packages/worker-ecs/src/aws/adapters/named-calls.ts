import { noteCall } from '../errors/aws-error-facts.js';

/** Permissions whose names differ from the method names. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  receiveMessages: 'ReceiveMessage',
  deleteMessages: 'DeleteMessage',
};

/** Returns the same interface, with the name of the call and the region added to its errors. */
export function namedCalls<Api extends object>(service: string, region: string, api: Api): Api {
  const methods = new Map<unknown, unknown>();
  return new Proxy(api, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function' || typeof key !== 'string') return member;
      const known = methods.get(member);
      if (known) return known;
      const action = PERMISSIONS[key] ?? `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
      const call = { operation: `${service}:${action}`, region };
      const named = (...words: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, words);
        if (!(answer instanceof Promise)) return answer;
        return answer.catch((error: unknown) => {
          noteCall(error, call);
          throw error;
        });
      };
      methods.set(member, named);
      return named;
    },
  });
}
