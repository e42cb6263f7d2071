import type { LoadedPlugin } from '../plugins/load-plugin.js';
import { nearestPackageDirectory, readPackageJson } from '../plugins/package-json.js';

/** Description of a plugin for people. */
export interface PluginDescription {
  readonly type: string;
  readonly displayName: string;
  readonly description: string;
  /** Package and version: `my-plugin 1.2.0`; the module's path if it is not in a package. */
  readonly package: string;
  /** How the host found it. */
  readonly source: string;
  readonly entry: string;
}

export function describePlugin({ plugin, candidate, entry }: LoadedPlugin): PluginDescription {
  const directory = nearestPackageDirectory(entry);
  const manifest = directory === null ? null : readPackageJson(directory);
  const name = typeof manifest?.name === 'string' ? manifest.name : entry;
  const version = typeof manifest?.version === 'string' ? ` ${manifest.version}` : '';
  return {
    type: plugin.type,
    displayName: plugin.displayName,
    description: plugin.description,
    package: `${name}${version}`,
    source: candidate.source,
    entry,
  };
}
