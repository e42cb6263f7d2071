import { CLIENT_SETTINGS } from './client-setting-table.js';
import { SERVER_SETTINGS } from './server-setting-table.js';
import type { SettingKind, SettingTable } from './setting-kind.js';

/** A setting of Prefect. */
export interface SettingSpec {
  /** Canonical environment name. Example: `PREFECT_WORKER_QUERY_SECONDS`. */
  readonly name: string;
  /** Path in a TOML file: `['worker', 'query_seconds']`. */
  readonly path: readonly string[];
  readonly kind: SettingKind;
  /** Older environment names that are still read, newest first. */
  readonly olderNames: readonly string[];
}

const CLIENT_SPECS = specsOf(CLIENT_SETTINGS);
const firstAfterServer = CLIENT_SPECS.findIndex((spec) => spec.path[0] === 'tasks');

/** All settings of Prefect 3.9.1, in its order, which is that of a job's environment. */
export const SETTING_CATALOGUE: readonly SettingSpec[] = [
  ...CLIENT_SPECS.slice(0, firstAfterServer),
  ...specsOf(SERVER_SETTINGS),
  ...CLIENT_SPECS.slice(firstAfterServer),
];

function specsOf(table: SettingTable): readonly SettingSpec[] {
  return Object.entries(table).map(([key, entry]) => {
    const [kind, ...olderNames] = typeof entry === 'string' ? [entry] : entry;
    return { name: `PREFECT_${key.toUpperCase().replaceAll('.', '_')}`, path: key.split('.'), kind, olderNames };
  });
}
