import { nearest } from '@worker-host/core';
import { PAIRS } from './pairs.js';
import { type MemberType, structureIn, structureOf } from './structure.js';
import { pathText, type Step } from './typed-path.js';

/** The two inputs, by the key of the configuration that holds each. */
const INPUTS: readonly (readonly [string, string])[] = [
  ['task_definition', 'RegisterTaskDefinitionRequest'],
  ['task_run_request', 'RunTaskRequest'],
];

/** Longer than any member of AWS. */
const LONGEST_MEMBER = 100;
/** Of shorter words every other one is near: `gpu` is not `cpu`. */
const SHORTEST_TYPO = 4;

/** The member that is only spelled otherwise: in other case, or with other separators. Null: there is none. */
export function spelledOtherwise(structure: string, member: string): string | null {
  if (member.length > LONGEST_MEMBER) return null;
  const own = [...structureOf(structure).members.keys()];
  return own.find((name) => lettersOf(name) === lettersOf(member)) ?? null;
}

/**
 * What to write in place of a member that a structure does not have: the member that is only spelled otherwise; the
 * place below, or in one of the inputs, where AWS has a member of the name; the member whose name is nearest; the place
 * elsewhere. Null: nothing known.
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

/** The shortest way from a structure down to a member of this name. */
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

/** By the distance between the words, or by a common beginning or end: `ports` is like `portMappings`. */
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

/** Letters and digits of a name, in lower case. */
export function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}
