import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';

/**
 * Deliberate differences from Prefect's worker in every case, as documented in docs/differences.md. Each function removes
 * exactly one difference from what ours sent; all other differences are still found.
 */

/** Integers of a definition for which zero has a meaning: kept, while Prefect's worker drops every zero. */
const ZERO_COUNTS = ['softLimit', 'hardLimit', 'maxSwap', 'swappiness', 'startPeriod'];

/** Returns the definition as Prefect's worker would send it. */
export function asTheirDefinition(wanted: JsonValue | undefined, got: JsonValue): JsonValue {
  const list = isJsonObject(wanted ?? null) ? (wanted as JsonObject).requiresCompatibilities : [];
  const theirs: readonly JsonValue[] = Array.isArray(list) ? list : [];
  const isForManagedInstances =
    isJsonObject(got) && JSON.stringify(got.requiresCompatibilities) === '["MANAGED_INSTANCES"]';
  // There the form's launch type makes it one for Fargate, too.
  const isForBoth = isForManagedInstances && theirs.length === 2 && theirs.includes('FARGATE');
  const other = isForBoth ? { ...(got as JsonObject), requiresCompatibilities: theirs } : got;
  return withoutKeptZeros(wanted, other);
}

/** Removes the zeros that only ours keeps: meaningful numbers, and texts, which Prefect's worker drops as numbers. */
function withoutKeptZeros(wanted: JsonValue | undefined, got: JsonValue): JsonValue {
  if (Array.isArray(got)) {
    const items: readonly JsonValue[] = Array.isArray(wanted) ? wanted : [];
    return got.map((item: JsonValue, index) => withoutKeptZeros(items[index], item));
  }
  if (!isJsonObject(got)) return got;
  const other = isJsonObject(wanted ?? null) ? (wanted as JsonObject) : {};
  return Object.fromEntries(
    Object.entries(got)
      .filter(([key, value]) => other[key] !== undefined || !isKeptZero(key, value))
      .map(([key, value]) => [key, withoutKeptZeros(other[key], value)]),
  );
}

function isKeptZero(key: string, value: JsonValue): boolean {
  return value === '0' || (value === 0 && ZERO_COUNTS.includes(key));
}

/** Returns the request as Prefect's worker would send it. */
export function asTheirRequest(wanted: JsonObject, got: JsonObject): JsonObject {
  return withUncutTags(wanted, withPublicAddress(wanted, got));
}

/** Returns the tags as Prefect's worker would send them, although AWS rejects values over 256 characters. */
function withUncutTags(wanted: JsonObject, got: JsonObject): JsonObject {
  const theirs: readonly JsonValue[] = Array.isArray(wanted.tags) ? wanted.tags : [];
  const tags = (Array.isArray(got.tags) ? got.tags : []).map((tag: JsonValue) => {
    const uncut = theirs.find((one) => isCutOf(tag, one));
    return uncut ?? tag;
  });
  return got.tags === undefined ? got : { ...got, tags };
}

function isCutOf(tag: JsonValue, other: JsonValue): boolean {
  if (!isJsonObject(tag) || !isJsonObject(other) || tag.key !== other.key) return false;
  const { value } = other;
  return typeof value === 'string' && value.length > 256 && value.slice(0, 256) === tag.value;
}

/**
 * Returns the request as Prefect's worker would send it: a network that the worker chose has a public address also outside
 * Fargate, where AWS rejects it.
 */
function withPublicAddress(wanted: JsonObject, got: JsonObject): JsonObject {
  const theirs = networkOf(wanted);
  const ours = networkOf(got);
  const isChosen = JSON.stringify(theirs?.securityGroups) === '[]' && theirs?.assignPublicIp === 'ENABLED';
  if (!isChosen || ours?.assignPublicIp !== 'DISABLED' || isOnFargate(got)) return got;
  return { ...got, networkConfiguration: { awsvpcConfiguration: { ...ours, assignPublicIp: 'ENABLED' } } };
}

function networkOf({ networkConfiguration }: JsonObject): JsonObject | null {
  const network = isJsonObject(networkConfiguration) ? networkConfiguration.awsvpcConfiguration : null;
  return isJsonObject(network) ? network : null;
}

function isOnFargate({ launchType, capacityProviderStrategy }: JsonObject): boolean {
  return launchType === 'FARGATE' || JSON.stringify(capacityProviderStrategy ?? []).includes('"FARGATE');
}
