import type { Break } from '@worker-host/suite-simulation/break-hooks';

const CORE = '/worker-core/dist/src';
const HOST = '/worker-host/dist/src';
const PREFECT = `${HOST}/orchestrators/prefect`;
const ECS = '/worker-ecs/dist/src';

function one(name: string, meaning: string, file: string, find: string, replace: string): Break {
  return { name, meaning, edits: [{ file, find, replace }] };
}

/** Weaknesses that can be planted in the compiled code, to see that fuzzing finds them. */
export const BREAKS: readonly Break[] = [
  one(
    'no-budget',
    'Rendering a template may cost any amount of time.',
    `${CORE}/templating/budget.js`,
    'if (this.#spent > MAX_UNITS)',
    'if (this.#spent > 1e12)',
  ),
  one(
    'prototype-in-reach',
    'A placeholder reaches what every object inherits.',
    `${CORE}/templating/dotted-path.js`,
    'if (UNREACHABLE.has(name) || !Object.hasOwn(value, name))',
    'if (!(name in value))',
  ),
  one(
    'members-assigned',
    'A member named __proto__ changes the object it is put into.',
    `${CORE}/templating/set-own.js`,
    'Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });',
    'target[key] = value;',
  ),
  one(
    'secrets-not-remembered',
    'The secret fields of a block are not hidden.',
    `${CORE}/templating/references.js`,
    'rememberSecrets(found.data, found.secretFields, secrets);',
    'void secrets;',
  ),
  one(
    'base64-forgotten',
    'A secret in Base64 is not hidden.',
    `${CORE}/secrets/search/encoded-search.js`,
    'if (digits >= gramDigits && grams.mayBegin(encoding, gram))',
    'if (false)',
  ),
  one(
    'frames-unchecked',
    'A frame without an id is taken.',
    `${PREFECT}/channel/channel-frames.js`,
    "if (typeof value !== 'string')",
    'if (false)',
  ),
  one(
    'messages-believed-to-be-json',
    'A message of the queue that is no JSON is an error.',
    `${ECS}/observation/events/ecs-event-message.js`,
    "return 'the body is not JSON';",
    "throw new SyntaxError('the body is not JSON');",
  ),
  one(
    'answers-unchecked',
    'An answer of another shape is taken for what was asked for.',
    `${PREFECT}/rest/rest-client.js`,
    'call.accepts?.(read.json) === false',
    'false',
  ),
  one(
    'answers-unmeasured',
    'An answer of millions of values is parsed.',
    `${CORE}/json/json-scan.js`,
    'if (values > MOST_VALUES)',
    'if (values > 1e12)',
  ),
  one(
    'secrets-follow-redirects',
    'Headers follow a redirect to another host.',
    `${PREFECT}/rest/redirects.js`,
    'OPEN_HEADERS.test(name)',
    'true',
  ),
  one(
    'waits-without-ceiling',
    'A server may make the worker wait for a year.',
    `${PREFECT}/rest/retry-policy.js`,
    'Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)',
    'retryAfterMs',
  ),
  one(
    'aws-lists-unchecked',
    'An element of another type in a list of AWS is taken.',
    `${ECS}/aws/connection/read-answer.js`,
    'return value.filter(isOne);',
    'return value;',
  ),
  one(
    'rows-without-a-code',
    'A damaged row is an error without a code.',
    `${HOST}/orchestrators/embedded/database/rows.js`,
    "throw new RowUnreadableError('JSON', { cause: error });",
    'throw error;',
  ),
  one(
    'password-in-address',
    'The password of PREFECT_API_URL is shown.',
    `${PREFECT}/settings/address.js`,
    "return address.replace(USERINFO, '$1');",
    'return address;',
  ),
];

export function breakOf(name: string): Break {
  const found = BREAKS.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`There is no such break: ${name}. Known are ${BREAKS.map((each) => each.name).join(', ')}.`);
  return found;
}
