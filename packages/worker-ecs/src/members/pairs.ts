/** Structures that are pairs, with their name and value members, which users also write as one object. */
export const PAIRS: Readonly<Record<string, readonly [string, string]>> = {
  KeyValuePair: ['name', 'value'],
  Secret: ['name', 'valueFrom'],
  SystemControl: ['namespace', 'value'],
  Tag: ['key', 'value'],
};
