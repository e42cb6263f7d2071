import { AwsError } from '../server/aws-error.js';
import type { Params } from '../server/operation.js';

/** `Filter.n.Name` with its values, as parsed from the query protocol. */
export interface Ec2Filter {
  readonly Name?: string;
  readonly Value?: readonly string[];
}

/** The filters of a request. */
export function filtersOf(params: Params): readonly Ec2Filter[] {
  return Array.isArray(params.Filter) ? (params.Filter as Ec2Filter[]) : [];
}

/** Values of an entry by filter name. */
export type FilterValues = Readonly<Record<string, readonly string[]>>;

/** Returns whether an entry matches all filters; each matches by any of its values, with the wildcards `*` and `?`. */
export function passesFilters(filters: readonly Ec2Filter[], values: FilterValues): boolean {
  return filters.every((filter) => {
    const name = filter.Name ?? '';
    const actual = Object.hasOwn(values, name)
      ? values[name]
      : name.startsWith('tag:') || name === 'tag-key'
        ? []
        : undefined;
    if (actual === undefined) {
      throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
    }
    return (filter.Value ?? []).some((pattern) => actual.some((value) => matchesWildcard(pattern, value)));
  });
}

/** Returns the filter values derived from tags. */
export function tagFilterValues(tags: Readonly<Record<string, string>>): FilterValues {
  const byKey = Object.entries(tags).map(([key, value]) => [`tag:${key}`, [value]] as const);
  return { ...Object.fromEntries(byKey), 'tag-key': Object.keys(tags) };
}

function matchesWildcard(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
