import { ECS_STRUCTURES } from './ecs-model.js';

/** Type of a member in the service model of AWS. */
export type MemberType =
  | {
      readonly kind: 'text' /** The words of an enumeration; null: any text. */;
      readonly words: readonly string[] | null;
    }
  | { readonly kind: 'integer' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'list'; readonly of: MemberType }
  /** An object with any keys. */
  | { readonly kind: 'map'; readonly of: MemberType }
  | { readonly kind: 'structure'; readonly name: string };

/** A structure of ECS's API. */
export interface Structure {
  readonly name: string;
  readonly members: ReadonlyMap<string, MemberType>;
  readonly required: readonly string[];
}

const READ = new Map<string, Structure>();

/** Returns the structure with a name, such as `ContainerDefinition`. @throws TypeError if AWS's model has none. */
export function structureOf(name: string): Structure {
  const known = READ.get(name);
  if (known) return known;
  const text = ECS_STRUCTURES[name];
  if (text === undefined) throw new TypeError(`ECS has no structure ${name}`);
  const members = new Map<string, MemberType>();
  const required: string[] = [];
  for (const member of text.split(' ')) {
    const [, key = '', isRequired, type = ''] = /^(\w+)(!?):(.*)$/.exec(member) ?? [];
    members.set(key, typeOf(type));
    if (isRequired) required.push(key);
  }
  const read = { name, members, required };
  READ.set(name, read);
  return read;
}

function typeOf(text: string): MemberType {
  if (text.endsWith('[]')) return { kind: 'list', of: typeOf(text.slice(0, -2)) };
  if (text.endsWith('{}')) return { kind: 'map', of: typeOf(text.slice(0, -2)) };
  if (text.startsWith('=')) return { kind: 'text', words: text.slice(1).split('|') };
  if (text === 'String') return { kind: 'text', words: null };
  if (text === 'Integer') return { kind: 'integer' };
  if (text === 'Boolean') return { kind: 'boolean' };
  return { kind: 'structure', name: text };
}

/** Returns the structure that a type contains, through lists: `ContainerDefinition` for a list of them. Null: none. */
export function structureIn(type: MemberType): string | null {
  if (type.kind === 'structure') return type.name;
  return type.kind === 'list' ? structureIn(type.of) : null;
}
