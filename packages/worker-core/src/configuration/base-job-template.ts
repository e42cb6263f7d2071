import type { JsonObject } from '../json/json.js';
import type { WorkerPlugin } from '../plugin/worker-plugin.js';
import { variablesSchema } from './json-schema.js';

/** The default base job template of a worker type: the templates of its configuration, and its form. */
export function buildBaseJobTemplate(plugin: Pick<WorkerPlugin, 'configuration' | 'variables'>): JsonObject {
  const configuration = plugin.configuration as unknown as { jsonTemplate(): JsonObject };
  return { job_configuration: configuration.jsonTemplate(), variables: variablesSchema(plugin.variables) };
}
