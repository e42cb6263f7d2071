import { type JsonObject, type JsonValue, stringifyJson } from '@worker-host/core';
import { type Leaf, leavesOf, shownValue } from './body-leaves.js';

/** A difference between two bodies. */
export interface BodyChange {
  /** Example: `containers[main].image`. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Absent: the value was added. Hidden if the name indicates a secret. */
  readonly before?: JsonValue;
  /** Absent: the value was removed. */
  readonly after?: JsonValue;
}

/** Returns the differences between two bodies, in the order of their values. */
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

/** Returns the leaves by their labels; none for an empty body. */
function membersOf(body: JsonObject): ReadonlyMap<string, Leaf> {
  const leaves = leavesOf(body).filter(({ path }) => path.length > 0);
  return new Map(leaves.map((leaf) => [leaf.label, leaf]));
}
