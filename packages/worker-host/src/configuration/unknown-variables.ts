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
 * Returns the variables of the environment that look like settings but that nothing reads: those that begin with `WORKER_HOST_`, and those
 * that resemble a setting of a plugin which it shares with another program.
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
  const family = familyOf((ofPlugins ?? []).filter((name) => !name.startsWith(PREFIX)));
  const unread = Object.keys(environment).filter((name) => environment[name] !== undefined && !known.includes(name));
  const ours = unread
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => ({ name, nearest: nearestOf(name, known, PREFIX) }))
    .filter((unknown) => ofPlugins !== null || unknown.nearest !== null);
  const shared = unread
    .filter((name) => family !== null && name.startsWith(family))
    .map((name) => ({ name, nearest: nearestOf(name, known, family ?? '') }))
    .filter((unknown) => unknown.nearest !== null);
  return [...ours, ...shared].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the common prefix of the names, up to an underscore. Null: they have none. */
function familyOf([first = '', ...others]: readonly string[]): string | null {
  if (others.length === 0) return null;
  const parts = first.split('_');
  const shared = parts.findIndex((_, index) => {
    const prefix = `${parts.slice(0, index + 1).join('_')}_`;
    return !others.every((name) => name.startsWith(prefix));
  });
  return shared <= 0 ? null : `${parts.slice(0, shared).join('_')}_`;
}

/** Describes the variable. */
export function describeUnknownVariable({ name, nearest: meant }: UnknownVariable): string {
  return `${name} is set, but is not a setting${meant === null ? '' : `; did you mean ${meant}?`}`;
}

/** Compared without the common prefix, which would make all names similar. */
function nearestOf(name: string, known: readonly string[], prefix: string): string | null {
  const found = nearest(
    name.slice(prefix.length),
    known.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length)),
  );
  return found === undefined ? null : `${prefix}${found}`;
}
