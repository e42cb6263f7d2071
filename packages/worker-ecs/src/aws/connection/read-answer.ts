import { isJsonObject } from '@worker-host/core';

/** AWS, or an intermediary, responded with a success that does not match the call. It counts as a lost response. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';

  constructor(what: string) {
    super(`The response cannot be read: ${what}. It may come from a proxy`);
  }
}

/**
 * Returns a list in a response; elements of another type are omitted.
 *
 * @throws UnreadableAnswer if it is not a list
 */
export function listOf<T>(name: string, value: unknown, isOne: (each: unknown) => each is T): readonly T[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new UnreadableAnswer(`${name} is not a list`);
  return value.filter(isOne);
}

/** @throws UnreadableAnswer for a response with neither of two members, one of which AWS always returns */
export function assertHasEither(answer: object, first: string, second: string): void {
  const members = new Map(Object.entries(answer));
  if (members.get(first) === undefined && members.get(second) === undefined)
    throw new UnreadableAnswer(`it has neither ${first} nor ${second}`);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Returns a text, or null if it is not one. */
export function textOf(value: unknown): string | null {
  return isText(value) && value !== '' ? value : null;
}

/** Returns the members of a task that are used: its names are texts, its containers and tags lists of objects. */
export function isTask(value: unknown): value is object {
  if (!isJsonObject(value)) return false;
  const { taskArn, clusterArn, lastStatus, desiredStatus, stopCode, stoppedReason, startedBy } = value;
  const texts = [taskArn, clusterArn, lastStatus, desiredStatus, stopCode, stoppedReason, startedBy];
  const { containers = [], tags = [], attachments = [] } = value;
  return (
    texts.every((text) => text === undefined || text === null || isText(text)) &&
    [containers, tags, attachments].every((list) => list === null || (Array.isArray(list) && list.every(isJsonObject)))
  );
}

export function isObject(value: unknown): value is object {
  return isJsonObject(value);
}
