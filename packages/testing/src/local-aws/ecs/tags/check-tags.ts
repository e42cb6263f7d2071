import { invalidParameter } from '../../server/aws-error.js';
import type { Tag } from '../ecs-types.js';

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Rejects tags that AWS rejects: too many, too long, invalid characters, duplicate keys, the prefix of AWS. */
export function checkTags(tags: readonly Tag[]): void {
  if (tags.length > MAX_TAGS) throw invalidParameter(`Tags can have a maximum of ${MAX_TAGS} items.`);
  const keys = new Set<string>();
  for (const { key, value = '' } of tags) {
    if (key === undefined || key.length < 1 || key.length > MAX_KEY) {
      throw invalidParameter(`Tag keys must have between 1 and ${MAX_KEY} characters.`);
    }
    if (value.length > MAX_VALUE) throw invalidParameter(`Tag values can have at most ${MAX_VALUE} characters.`);
    if (!TEXT.test(key) || !TEXT.test(value)) {
      throw invalidParameter(
        'Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, numbers and _ . / = + - : @.',
      );
    }
    if (/^aws:/i.test(key) || /^aws:/i.test(value)) {
      throw invalidParameter("Tag keys and values cannot begin with 'aws:', which is reserved for AWS use.");
    }
    if (keys.has(key)) throw invalidParameter('Duplicate tag keys found.');
    keys.add(key);
  }
}

/** Returns the tags with some replaced or added. */
export function mergeTags(old: readonly Tag[], added: readonly Tag[]): Tag[] {
  const merged = new Map(old.map((tag) => [tag.key, tag]));
  for (const tag of added) merged.set(tag.key, { key: tag.key, value: tag.value ?? '' });
  return [...merged.values()];
}
