import { isJsonObject, type JsonObject } from '@worker-host/core';
import { UnreadableAnswer } from '../connection/read-answer.js';

/** The part of a command's middleware stack that is needed to add to it. */
interface CommandStack {
  add(
    middleware: never,
    options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
  ): void;
}

interface Result {
  readonly response: { readonly statusCode: number; body?: Uint8Array };
}

const NOTHING = Buffer.from('{}');
/** Names of times in tasks and containers, which the JSON of ECS has as seconds since the epoch. */
const TIME = /At$/;

/**
 * Reads a successful response of a command as the JSON that it is, and returns a function that returns it once the command
 * was sent. The SDK would read each member by its schema, which for a hundred tasks takes ten times as long, and would drop
 * the members that AWS added after the SDK was released. Errors are left to the SDK.
 */
export function readAnswerAsGiven(stack: CommandStack): () => JsonObject {
  let answer: JsonObject = {};
  const middleware = (next: (args: unknown) => Promise<Result>) => async (args: unknown) => {
    const result = await next(args);
    if (result.response.statusCode < 300) {
      answer = parse(result.response.body);
      result.response.body = NOTHING;
    }
    return result;
  };
  // Next to the HTTP handler, so that the SDK's own deserializer gets what is left.
  stack.add(middleware as never, { step: 'deserialize', priority: 'low', name: 'answerAsGiven' });
  return () => answer;
}

/** @throws UnreadableAnswer */
function parse(body: Uint8Array | undefined): JsonObject {
  const text = Buffer.from(body ?? []).toString('utf8');
  if (text === '') return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UnreadableAnswer('it is not JSON');
  }
  if (!isJsonObject(json)) throw new UnreadableAnswer('it is not a JSON object');
  return withTimesAsText(json);
}

/** Modifies the value itself, to avoid copying its many tasks: times become RFC 3339, null members are removed. */
function withTimesAsText<Value extends object>(value: Value): Value {
  const members = value as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (typeof member === 'object' && member !== null) withTimesAsText(member);
    else if (member === null) {
      if (!Array.isArray(value)) delete members[name];
    } else if (typeof member === 'number' && TIME.test(name)) members[name] = timeOf(member);
  }
  return value;
}

/** Null: the number is no time. */
function timeOf(seconds: number): string | null {
  return new Date(Math.round(seconds * 1000)).toJSON();
}
