import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import type { RunComparison } from './compare-run.js';

const DEFAULT_CONTAINER = 'prefect';

/** Returns both requests without the differences that the case allows. */
export function withoutAllowedDifferences(
  wanted: JsonObject,
  got: JsonObject,
  comparison: RunComparison,
): { readonly wanted: JsonObject; readonly got: JsonObject } {
  let pair = { wanted, got };
  if (comparison.divergences.has('ours-may-drop-key')) {
    pair = { wanted: withoutApiKey(pair.wanted), got: withoutApiKey(pair.got) };
  }
  if (comparison.divergences.has('ours-may-add-overrides')) pair = withoutAddedOverride(pair, comparison);
  return pair;
}

function withoutApiKey(request: JsonObject): JsonObject {
  return withOverrides(request, (overrides) =>
    overrides.map((override) => {
      if (!Array.isArray(override.environment)) return override;
      const kept = override.environment.filter(
        (item: JsonValue) => !(isJsonObject(item) && item.name === 'PREFECT_API_KEY'),
      );
      return { ...override, environment: kept };
    }),
  );
}

/**
 * Ours may contain an override with command and environment for the orchestration container where the other has none.
 */
function withoutAddedOverride(
  pair: { readonly wanted: JsonObject; readonly got: JsonObject },
  { outcome }: RunComparison,
): { readonly wanted: JsonObject; readonly got: JsonObject } {
  const configuration = outcome.configuration ?? {};
  const name = configuration.container_name ?? DEFAULT_CONTAINER;
  const added = overridesOf(pair.got).find((override) => override.name === name);
  const env = isJsonObject(configuration.env) ? Object.keys(configuration.env) : [];
  const names = Array.isArray(added?.environment) ? added.environment.filter(isJsonObject).map((one) => one.name) : [];
  const reaches = added && (!configuration.command || added.command) && env.every((one) => names.includes(one));
  if (!reaches) return pair;
  const others = (request: JsonObject): JsonObject =>
    withOverrides(request, (overrides) => overrides.filter((one) => one.name !== undefined && one.name !== name));
  return { wanted: others(pair.wanted), got: others(pair.got) };
}

function overridesOf({ overrides }: JsonObject): readonly JsonObject[] {
  const list = isJsonObject(overrides) ? overrides.containerOverrides : [];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function withOverrides(request: JsonObject, change: (overrides: readonly JsonObject[]) => JsonObject[]): JsonObject {
  const overrides = isJsonObject(request.overrides) ? request.overrides : {};
  const { containerOverrides: _list, ...rest } = overrides;
  const changed = change(overridesOf(request));
  const result = changed.length > 0 ? { ...rest, containerOverrides: changed } : rest;
  const { overrides: _overrides, ...others } = request;
  return Object.keys(result).length > 0 ? { ...others, overrides: result } : others;
}
