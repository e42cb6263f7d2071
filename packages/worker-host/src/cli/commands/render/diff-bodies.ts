import { type JsonObject, type JsonValue, stringifyJson } from '@worker-host/core';
import { type Leaf, leavesOf, shownValue } from './body-leaves.js';

/** A value in which two bodies differ. */
export interface BodyChange {
  /** Such as `containers[main].image`. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Absent: the value was added. Hidden where the name is that of a secret. */
  readonly before?: JsonValue;
  /** Absent: the value was removed. */
  readonly after?: JsonValue;
}

/** What leads from one body to the other, in the order of their values. */
export function diffBodies(before: JsonObject, after: JsonObject): readonly BodyChange[] {
  const old = membersOf(before);
  const now = membersOf(after);
  const removed = [...old.values()]
    .filter(({ label }) => !now.has(label))
    .map((leaf): BodyChange => ({ path: leaf.label, change: 'removed', before: shownValue(leaf) }));
  const others = [...now.values()].flatMap((leaf): readonly BodyChange[] => {
    const was = old.get(leaf.label);
    if (was === undefined) return [{ path: leaf.label, change: 'added', after: shownValue(leaf) }];
    if (stringifyJson(was.value) === stringifyJson(leaf.value)) return [];
    return [{ path: leaf.label, change: 'changed', before: shownValue(was), after: shownValue(leaf) }];
  });
  return [...removed, ...others];
}

/** The leaves by their labels; of an empty body none. */
function membersOf(body: JsonObject): ReadonlyMap<string, Leaf> {
  const leaves = leavesOf(body).filter(({ path }) => path.length > 0);
  return new Map(leaves.map((leaf) => [leaf.label, leaf]));
}
