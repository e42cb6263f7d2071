/** Can be part of a truncation mark. */
export const CUT_MARK = 1;
/** Begins percent-encoding or an HTML reference. */
export const REFERENCE = 2;
/** A quote, or part of a line end. */
export const QUOTE = 4;
export const BACKSLASH = 8;

const KINDS = new Uint8Array(0x10000);
for (const [kind, characters] of [
  [CUT_MARK, '.…⋯([{<-=*#'],
  [REFERENCE, '%&'],
  [QUOTE, '"\'`\r'],
  [BACKSLASH, '\\'],
] as const)
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind;

/** Returns the kind of a unit; 0: an ordinary one. */
export function kindOf(unit: number): number {
  return KINDS[unit] ?? 0;
}
