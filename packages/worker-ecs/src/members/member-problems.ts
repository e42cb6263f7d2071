import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue, showValue } from '@worker-host/core';
import { splitCommand } from '../utilities/split-command.js';
import { amountIn } from './amounts.js';
import { ADDED_BY_ECS } from './ecs-model.js';
import { PAIRS } from './pairs.js';
import { isNumber } from './plain-values.js';
import type { Place } from './read-members.js';
import { type MemberType, structureIn, structureOf } from './structure.js';
import { lettersOf, spelledOtherwise, whereItBelongs } from './where-it-belongs.js';

/** Maximum number of listed members; more would hide the rest of the message. */
const MOST_NAMED = 12;
/** Structures whose texts can be secrets: their values are not shown. */
const HIDDEN: ReadonlySet<string> = new Set(['KeyValuePair']);
/** Members that contain JSON as a text. */
export const NOT_AS_TEXT = 'the JSON itself, not in a text';
/** Maximum number of suggested member names. */
const MOST_UNWRAPPED = 4;

/** A member that AWS does not know. */
export function unknownMember(
  path: string,
  structure: string,
  member: string,
  written: JsonValue,
): ConfigurationProblem {
  const members = [...structureOf(structure).members.keys()];
  const listed = members.length <= MOST_NAMED ? ` (${members.join(', ')})` : '';
  return {
    path,
    expected: `a member of ${structure}${listed}, as ECS names them`,
    found: JSON.stringify(member),
    suggestion:
      spelledOtherwise(structure, member) ?? unwrapped(path, members, written) ?? whereItBelongs(structure, member),
  };
}

/**
 * A value with an unnecessary wrapper: all its members belong one level up, as in a response of DescribeTaskDefinition.
 */
function unwrapped(path: string, members: readonly string[], written: JsonValue): string | null {
  if (!isJsonObject(written)) return null;
  const outer = path.slice(0, path.lastIndexOf('.'));
  const known = new Set([...members, ...ADDED_BY_ECS].map(lettersOf));
  const keys = Object.keys(written);
  const isMember = (key: string): boolean => members.some((member) => lettersOf(member) === lettersOf(key));
  const areOfOuter = keys.every((key) => known.has(lettersOf(key))) && keys.some(isMember);
  if (!areOfOuter || outer === '') return null;
  return `${keys.length > MOST_UNWRAPPED ? 'all that is in it' : keys.join(', ')} in ${outer} itself`;
}

/** A member that AWS requires. */
export function missingMember(path: string, structure: string, member: string): ConfigurationProblem {
  const type = structureOf(structure).members.get(member);
  return {
    path,
    expected: `${type ? nounOf(type) : 'a value'}, which ECS requires in ${structure}`,
    found: 'nothing',
    suggestion: null,
  };
}

/** A value that cannot be converted unambiguously to the type of AWS. */
export function mistypedMember(path: string, type: MemberType, written: JsonValue, place: Place): ConfigurationProblem {
  return {
    path,
    expected: nounOf(type),
    found: shown(type, written, place.structure),
    suggestion: rightForm(type, written, place),
  };
}

function nounOf(type: MemberType): string {
  switch (type.kind) {
    case 'text':
      return type.words === null ? 'a text' : `one of ${type.words.join(', ')}`;
    case 'integer':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'list':
      return type.of.kind === 'structure' ? 'a list of objects' : 'a list of texts';
    case 'map':
      return 'an object of texts';
    case 'structure':
      return `an object (${[...structureOf(type.name).members.keys()].slice(0, MOST_NAMED).join(', ')})`;
  }
}

/** Shows values that can be secrets, and long ones, only by kind and names. */
function shown(type: MemberType, value: JsonValue, structure: string): string {
  if (typeof value === 'string' && isJsonText(value)) return 'a text that holds JSON';
  const isHidden = HIDDEN.has(structure) || HIDDEN.has(structureIn(type) ?? '');
  return isHidden || isJsonObject(value) || Array.isArray(value) ? kindOf(value) : showValue(value);
}

/** Describes a value by its kind and the names in it, without values: `a list of 2`. */
export function kindOf(value: JsonValue): string {
  if (isJsonObject(value)) return `an object (${Object.keys(value).slice(0, MOST_NAMED).join(', ')})`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isNumber(value)) return 'a number';
  return typeof value === 'string' ? 'a text' : showValue(value);
}

/** Returns whether a text is a JSON list or object, as Terraform and text templates produce them. */
export function isJsonText(text: string): boolean {
  return /^\s*(?:\[[\s\S]*\]|\{[\s\S]*\})\s*$/.test(text);
}

/** Returns how to write the value correctly; null: its meaning is ambiguous. */
function rightForm(type: MemberType, written: JsonValue, place: Place): string | null {
  const isContainer = type.kind === 'list' || type.kind === 'map' || type.kind === 'structure';
  if (isContainer && typeof written === 'string' && isJsonText(written)) return NOT_AS_TEXT;
  switch (type.kind) {
    case 'list':
      return rightList(type.of, written, place);
    case 'map':
      return Array.isArray(written) ? objectOfPairs(written) : null;
    case 'text':
      return rightWord(type.words, written);
    case 'structure':
      return rightObject(type.name, written);
    case 'integer':
      return nearestNumber(written, place.member);
    case 'boolean':
      return null;
  }
}

/** Returns a pair for `A=1`; otherwise the object with the value as its first member, if AWS requires no other. */
function rightObject(name: string, written: JsonValue): string | null {
  if (Array.isArray(written)) return written.length === 1 && isJsonObject(written[0]) ? 'the object itself' : null;
  const pair = PAIRS[name];
  if (pair !== undefined) return typeof written === 'string' ? rightPair(pair, written) : null;
  const { members, required } = structureOf(name);
  const [[first, type] = []] = members;
  if (first === undefined || type === undefined || required.some((member) => member !== first)) return null;
  const fits =
    type.kind === 'integer' ? isNumber(written) : type.kind === 'text' && typeof written === 'string' && written !== '';
  return fits && !String(written).includes(':') ? showValue({ [first]: written }) : null;
}

function rightPair([name, value]: readonly [string, string], written: string): string | null {
  const [, key] = /^([\w.-]+)=/.exec(written) ?? [];
  return key === undefined ? null : `{${JSON.stringify(name)}: ${JSON.stringify(key)}, ${JSON.stringify(value)}: …}`;
}

function rightList(items: MemberType, written: JsonValue, { structure, member }: Place): string | null {
  if (items.kind === 'structure') {
    if (isJsonObject(written)) return listOfObjects(items.name, written);
    const item = Array.isArray(written) ? null : rightObject(items.name, written);
    return item === null ? null : `[${item}]`;
  }
  if (typeof written !== 'string') return null;
  if (member === 'command' && structure === 'HealthCheck') return showValue(['CMD-SHELL', written]);
  if (member === 'command' || member === 'entryPoint') return listOfWords(written);
  return showValue(written.split(',').map((word) => word.trim()));
}

function listOfObjects(name: string, written: JsonObject): string {
  const keys = Object.keys(written);
  const pair = PAIRS[name];
  const { members } = structureOf(name);
  const isItem = keys.length > 0 && keys.every((key) => members.has(key));
  if (isItem || pair === undefined) return 'a list with the object in it';
  const [nameKey, valueKey] = pair;
  const items = keys.slice(0, 3).map((key) => `{${JSON.stringify(nameKey)}: ${JSON.stringify(key)}, "${valueKey}": …}`);
  return `[${items.join(', ')}${keys.length > 3 ? ', …' : ''}]`;
}

function objectOfPairs(written: readonly JsonValue[]): string | null {
  const names = written.map((item) => (isJsonObject(item) ? (item.name ?? item.key ?? null) : null));
  const areNamed = names.length > 0 && names.every((name) => typeof name === 'string');
  return areNamed ? `{${names.map((name) => `${JSON.stringify(name)}: …`).join(', ')}}` : null;
}

function listOfWords(text: string): string | null {
  try {
    return showValue(splitCommand(text));
  } catch {
    return null;
  }
}

/** Returns which of two words for on and off a boolean means. */
function rightWord(words: readonly string[] | null, written: JsonValue): string | null {
  if (typeof written !== 'boolean' || words === null) return null;
  return words.find((word) => /^(?:enabled|disabled)$/i.test(word) && /^e/i.test(word) === written) ?? null;
}

function nearestNumber(written: JsonValue, member: string): string | null {
  const number = typeof written === 'string' || isNumber(written) ? amountIn(String(written), member) : null;
  return number === null ? null : String(number);
}
