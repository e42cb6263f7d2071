import { buildBaseJobTemplate, type JsonObject } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';

/** Clusters of the simulated account. */
export const CLUSTERS = ['first', 'second'] as const;

export type Cluster = (typeof CLUSTERS)[number];

const templates = new Map<string, JsonObject>();

/** The plugin's own template, with a cluster and a network of the simulation. */
export function templateFor(cluster: Cluster): JsonObject {
  const known = templates.get(cluster);
  if (known !== undefined) return known;
  const copy = structuredClone(buildBaseJobTemplate(plugin)) as {
    variables: { properties: Record<string, Record<string, unknown>> };
  };
  const { properties } = copy.variables;
  properties.cluster = { ...properties.cluster, default: cluster };
  properties.image = { ...properties.image, default: 'job' };
  templates.set(cluster, copy as unknown as JsonObject);
  return copy as unknown as JsonObject;
}
