import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue, showValue } from '@worker-host/core';
import { splitCommand } from '../utilities/split-command.js';
import { isNumber } from './plain-values.js';
import type { Place } from './read-members.js';
import { type MemberType, structureOf } from './structure.js';
import { whereItBelongs } from './where-it-belongs.js';

/** As many members are named; more would hide the rest of the message. */
const MOST_NAMED = 12;
/** Structures whose texts may be secrets: what they hold is not shown. */
const HIDDEN: ReadonlySet<string> = new Set(['KeyValuePair']);
/** The members by which people write a list of pairs as one object. */
const PAIRS: Readonly<Record<string, readonly [string, string]>> = {
  KeyValuePair: ['name', 'value'],
  Secret: ['name', 'valueFrom'],
  SystemControl: ['namespace', 'value'],
  Tag: ['key', 'value'],
};

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
    suggestion: unwrapped(path, members, written) ?? whereItBelongs(structure, member),
  };
}

/** A value wrapped once too often: all its members belong one level up. */
function unwrapped(path: string, members: readonly string[], written: JsonValue): string | null {
  if (!isJsonObject(written)) return null;
  const keys = Object.keys(written);
  const outer = path.slice(0, path.lastIndexOf('.'));
  const areOfOuter = keys.length > 0 && keys.every((key) => members.includes(key));
  return areOfOuter && outer !== '' ? `${keys.join(', ')} in ${outer} itself` : null;
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

/** A value that has no plain meaning in the type AWS wants. */
export function mistypedMember(path: string, type: MemberType, written: JsonValue, place: Place): ConfigurationProblem {
  return {
    path,
    expected: nounOf(type),
    found: shown(written, place.structure),
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

/** Values that may be secrets, and long ones, by their kind and names only. */
function shown(value: JsonValue, structure: string): string {
  if (isJsonObject(value)) return `an object (${Object.keys(value).slice(0, MOST_NAMED).join(', ')})`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return HIDDEN.has(structure) ? `a ${typeof value}` : showValue(value);
}

/** How what was written is written rightly; null: its meaning is not plain enough. */
function rightForm(type: MemberType, written: JsonValue, place: Place): string | null {
  switch (type.kind) {
    case 'list':
      return rightList(type.of, written, place);
    case 'map':
      return Array.isArray(written) ? objectOfPairs(written) : null;
    case 'text':
      return rightWord(type.words, written);
    case 'structure':
      return Array.isArray(written) && written.length === 1 && isJsonObject(written[0]) ? 'the object itself' : null;
    case 'integer':
      return nearestNumber(written);
    case 'boolean':
      return null;
  }
}

function rightList(items: MemberType, written: JsonValue, { structure, member }: Place): string | null {
  if (items.kind === 'structure') {
    return isJsonObject(written) ? listOfObjects(items.name, written) : null;
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

/** Of two words that mean on and off, the one that a boolean means. */
function rightWord(words: readonly string[] | null, written: JsonValue): string | null {
  if (typeof written !== 'boolean' || words === null) return null;
  return words.find((word) => /^(?:enabled|disabled)$/i.test(word) && /^e/i.test(word) === written) ?? null;
}

function nearestNumber(written: JsonValue): string | null {
  const number = typeof written === 'string' ? Number.parseFloat(written) : isNumber(written) ? Number(written) : NaN;
  return Number.isFinite(number) ? String(Math.round(number)) : null;
}
