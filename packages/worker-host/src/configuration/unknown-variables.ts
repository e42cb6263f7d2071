import { nearest } from '@worker-host/core';
import { environmentNameOf, SETTING_DEFINITIONS } from './setting-definitions.js';

const PREFIX = 'WORKER_HOST_';
/** Read only from the environment. */
const OTHER_NAMES = ['WORKER_HOST_SECRET_KEY'];

/** A variable that looks like a setting but is not one. */
export interface UnknownVariable {
  readonly name: string;
  /** The setting that was probably intended. Null: none is similar. */
  readonly nearest: string | null;
}

/**
 * Returns the `WORKER_HOST_…` variables of the environment that nothing reads.
 *
 * @param ofPlugins names that plugins read. Null: the plugins are unknown, so only names that resemble one of the host's are
 * returned.
 */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  ofPlugins: readonly string[] | null,
): readonly UnknownVariable[] {
  const own = [...SETTING_DEFINITIONS.map(({ name }) => environmentNameOf(name)), ...OTHER_NAMES];
  const known = [...own, ...(ofPlugins ?? [])];
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && environment[name] !== undefined && !known.includes(name))
    .map((name) => ({ name, nearest: nearestOf(name, known) }))
    .filter((unknown) => ofPlugins !== null || unknown.nearest !== null)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Describes the variable. */
export function describeUnknownVariable({ name, nearest: meant }: UnknownVariable): string {
  return `${name} is set, but is not a setting${meant === null ? '' : `; did you mean ${meant}?`}`;
}

/** Compared without the common prefix, which would make all names similar. */
function nearestOf(name: string, known: readonly string[]): string | null {
  const found = nearest(
    name.slice(PREFIX.length),
    known.filter((each) => each.startsWith(PREFIX)).map((each) => each.slice(PREFIX.length)),
  );
  return found === undefined ? null : `${PREFIX}${found}`;
}
