import { nearest } from '@worker-host/core';
import { PAIRS } from './pairs.js';
import { type MemberType, structureIn, structureOf } from './structure.js';
import { pathText, type Step } from './typed-path.js';

/** The two inputs, by their key in the configuration. */
const INPUTS: readonly (readonly [string, string])[] = [
  ['task_definition', 'RegisterTaskDefinitionRequest'],
  ['task_run_request', 'RunTaskRequest'],
];

/** Longer than any member name of AWS. */
const LONGEST_MEMBER = 100;
/** Minimum length for suggestions: shorter words are all similar, such as `gpu` and `cpu`. */
const SHORTEST_TYPO = 4;

/** Returns the member that differs only in case or separators. Null: none. */
export function spelledOtherwise(structure: string, member: string): string | null {
  if (member.length > LONGEST_MEMBER) return null;
  const own = [...structureOf(structure).members.keys()];
  return own.find((name) => lettersOf(name) === lettersOf(member)) ?? null;
}

/**
 * Returns what to write instead of a member that a structure does not have: the member that differs only in spelling;
 * the position below, or in one of the inputs, where AWS has a member with this name; the member with the most similar
 * name; the position elsewhere. Null: unknown.
 */
export function whereItBelongs(structure: string, member: string): string | null {
  if (member.length > LONGEST_MEMBER) return null;
  const spelled = spelledOtherwise(structure, member);
  if (spelled !== null) return spelled;
  const pair = PAIRS[structure];
  if (pair && ['key', 'name'].includes(lettersOf(member))) return pair[0];
  const below = placeBelow(structure, member);
  if (below !== null) return pathText(below);
  for (const [key, input] of INPUTS) {
    const ofInput = spelledOtherwise(input, member);
    if (ofInput !== null) return pathText([key, ofInput]);
  }
  const like = likeOf(member, [...structureOf(structure).members.keys()]);
  if (like !== null) return like;
  for (const [key, input] of INPUTS) {
    const place = placeBelow(input, member);
    if (place !== null) return pathText([key, ...place]);
  }
  return null;
}

/** Returns the shortest path from a structure to a member with this name. */
function placeBelow(structure: string, member: string): readonly Step[] | null {
  const seen = new Set([structure]);
  let level: readonly { readonly name: string; readonly way: readonly Step[] }[] = [{ name: structure, way: [] }];
  while (level.length > 0) {
    const next: { readonly name: string; readonly way: readonly Step[] }[] = [];
    for (const { name, way } of level) {
      for (const [key, type] of structureOf(name).members) {
        if (lettersOf(key) === lettersOf(member)) return [...way, key];
        const inner = structureIn(type);
        if (inner === null || seen.has(inner)) continue;
        seen.add(inner);
        next.push({ name: inner, way: [...way, key, ...firstOf(type)] });
      }
    }
    level = next;
  }
  return null;
}

function firstOf(type: MemberType): readonly Step[] {
  return type.kind === 'list' ? [0, ...firstOf(type.of)] : [];
}

/** Compares words by distance, or by a common beginning or end: `ports` is similar to `portMappings`. */
function likeOf(member: string, candidates: readonly string[]): string | null {
  const letters = lettersOf(member);
  const near = letters.length < SHORTEST_TYPO ? null : nearest(letters, candidates.map(lettersOf));
  const found = candidates.find((name) => lettersOf(name) === near);
  if (found !== undefined) return found;
  const stem = letters.replace(/s$/, '');
  if (stem.length < 3) return null;
  const begins = candidates.find((name) => lettersOf(name).startsWith(stem));
  return begins ?? candidates.find((name) => lettersOf(name).endsWith(letters)) ?? null;
}

/** Returns letters and digits of a name, in lower case. */
export function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}
