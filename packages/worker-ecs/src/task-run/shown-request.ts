import { isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { maskApiKey } from '../utilities/mask.js';
import { slugifyTag } from '../utilities/slug.js';

const HIDDEN = '********';

/**
 * Returns a request as the host may show it. The host replaces the secrets that it knows; the API key of the job, and tags that were
 * rewritten for AWS, it would not recognise.
 *
 * @param labels those of the run, from which tags are made
 */
export function shownRequest(request: JsonObject, labels: Readonly<Record<string, string>>): JsonObject {
  const rewritten = new Set(
    Object.values(labels).flatMap((label) => {
      const value = slugifyTag(label);
      return value === label ? [] : [value];
    }),
  );
  const shown = maskApiKey(request);
  if (!Array.isArray(shown.tags)) return shown;
  const tags = shown.tags.map((tag: JsonValue) =>
    isJsonObject(tag) && rewritten.has(String(tag.value)) ? { ...tag, value: HIDDEN } : tag,
  );
  return { ...shown, tags };
}
