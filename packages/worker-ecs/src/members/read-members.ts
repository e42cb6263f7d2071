import { type ConfigurationProblem, isJsonObject, type JsonObject, type JsonValue } from '@worker-host/core';
import { isEmpty, isZero } from '../utilities/drop-empty.js';
import { missingMember, mistypedMember, unknownMember } from './member-problems.js';
import { isOfNumbers, isZeroNothing, plainValue } from './plain-values.js';
import { type MemberType, structureOf } from './structure.js';
import { pathText, type Step } from './typed-path.js';
import { spelledOtherwise } from './where-it-belongs.js';

/** Maximum number of collected problems of one value. */
const MOST_PROBLEMS = 100;

/** Options of {@link readMembers}. */
export interface ReadOptions {
  /** Path of the value. */
  readonly at: readonly Step[];
  /** Formats a path. Default: as in the value. */
  readonly nameOf?: (steps: readonly Step[]) => string;
  /** True: null, "", [] and {} are dropped later, anywhere in an object, so that they are not problems. */
  readonly emptiesGo: boolean;
  /** By `Structure.member`: values of other types that the caller reads itself. */
  readonly takes?: Readonly<Record<string, (value: JsonValue) => boolean>>;
}

/** A value in the types of AWS, and all its problems. */
export interface MembersRead {
  readonly value: JsonObject;
  readonly problems: readonly ConfigurationProblem[];
}

/**
 * Reads a value as a structure of ECS's API: unambiguous values are converted to the types of AWS; members that AWS does not
 * know and ambiguous values are problems. A null is an absent member. Pure.
 */
export function readMembers(structure: string, value: JsonObject, options: ReadOptions): MembersRead {
  const reader = new Reader(options);
  return { value: reader.structure(structure, value, options.at), problems: reader.problems };
}

/** Returns required members that are missing, at every depth. Pure. */
export function findMissingMembers(
  structure: string,
  value: JsonObject,
  { at, nameOf = pathText }: Pick<ReadOptions, 'at' | 'nameOf'>,
): readonly ConfigurationProblem[] {
  const { members, required } = structureOf(structure);
  const isThere = (member: string): boolean => (value[member] ?? null) !== null;
  const isGivenOtherwise = structure !== 'ResourceRequirement' || isThere('value') || isThere('sharingStrategy');
  const wanted = isGivenOtherwise ? required : [...required, 'value'];
  const own = wanted
    .filter((member) => !isThere(member))
    .map((member) => missingMember(nameOf([...at, member]), structure, member));
  const inner = [...members].flatMap(([member, type]) =>
    findMissingIn(type, value[member] ?? null, { at: [...at, member], nameOf }),
  );
  return [...own, ...inner];
}

function findMissingIn(
  type: MemberType,
  value: JsonValue,
  options: { readonly at: readonly Step[]; readonly nameOf: (steps: readonly Step[]) => string },
): readonly ConfigurationProblem[] {
  const { at, nameOf } = options;
  if (type.kind === 'structure' && isJsonObject(value)) return findMissingMembers(type.name, value, options);
  if (type.kind !== 'list' || !Array.isArray(value)) return [];
  return value.flatMap((item: JsonValue, index) => findMissingIn(type.of, item, { at: [...at, index], nameOf }));
}

/** Traverses one value and collects problems. */
class Reader {
  readonly problems: ConfigurationProblem[] = [];
  readonly #nameOf: (steps: readonly Step[]) => string;

  constructor(private readonly options: ReadOptions) {
    this.#nameOf = options.nameOf ?? pathText;
  }

  structure(name: string, value: JsonObject, at: readonly Step[]): JsonObject {
    const { members } = structureOf(name);
    const read = Object.entries(value).flatMap(([member, written]) => {
      const known = members.has(member) ? member : this.#meant(name, member, value, at);
      const type = members.get(known);
      const own = type ? this.#member(type, written, { structure: name, member: known, at: [...at, member] }) : written;
      return own === undefined ? [] : [[known, own] as const];
    });
    return Object.fromEntries(read);
  }

  /**
   * Returns the member that differs only in spelling, so that problems inside it are reported as well; otherwise as written.
   */
  #meant(structure: string, member: string, value: JsonObject, at: readonly Step[]): string {
    const written = value[member] ?? null;
    if (this.options.emptiesGo && isEmpty(written)) return member;
    this.#add(() => unknownMember(this.#nameOf([...at, member]), structure, member, written));
    const meant = spelledOtherwise(structure, member);
    return meant === null || Object.hasOwn(value, meant) ? member : meant;
  }

  #member(type: MemberType, written: JsonValue, place: Place): JsonValue | undefined {
    const { structure, member } = place;
    if (this.options.takes?.[`${structure}.${member}`]?.(written)) return written;
    if (this.options.emptiesGo && isEmpty(written)) return written;
    if (this.options.emptiesGo && isZero(written) && isOfNumbers(type, member) && isZeroNothing(member)) return 0;
    return written === null ? undefined : this.#value(type, written, place);
  }

  #value(type: MemberType, written: JsonValue, place: Place): JsonValue {
    if (type.kind === 'structure' && isJsonObject(written)) return this.structure(type.name, written, place.at);
    if (type.kind === 'list' && Array.isArray(written)) return this.#items(type.of, written, place);
    if (type.kind === 'map' && isJsonObject(written)) return this.#entries(type.of, written, place);
    const plain = plainValue(type, written, place.structure, place.member);
    if (plain !== null) return plain;
    this.#add(() => mistypedMember(this.#nameOf(place.at), type, written, place));
    return written;
  }

  /** Suggestions take time, so they are computed only for the problems that are shown. */
  #add(describe: () => ConfigurationProblem): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(describe());
  }

  #items(type: MemberType, written: readonly JsonValue[], place: Place): JsonValue[] {
    // Empty containers are omitted from a definition.
    const areDropped = this.options.emptiesGo && place.member === 'containerDefinitions';
    return written.map((item, index) =>
      areDropped && isEmpty(item) ? item : this.#value(type, item, { ...place, at: [...place.at, index] }),
    );
  }

  #entries(type: MemberType, written: JsonObject, place: Place): JsonObject {
    const read = Object.entries(written).flatMap(([key, member]) => {
      if (this.options.emptiesGo && isEmpty(member)) return [[key, member] as const];
      return member === null ? [] : [[key, this.#value(type, member, { ...place, at: [...place.at, key] })] as const];
    });
    return Object.fromEntries(read);
  }
}

/** A position in a value, and its parent. */
export interface Place {
  readonly structure: string;
  readonly member: string;
  readonly at: readonly Step[];
}
