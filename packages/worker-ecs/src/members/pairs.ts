/** Structures that are pairs, by the members that name and hold what people also write as one object. */
export const PAIRS: Readonly<Record<string, readonly [string, string]>> = {
  KeyValuePair: ['name', 'value'],
  Secret: ['name', 'valueFrom'],
  SystemControl: ['namespace', 'value'],
  Tag: ['key', 'value'],
};
