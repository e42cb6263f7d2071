/**
 * Cases recorded from Prefect 3.8.8 in which 3.9.1 behaves differently, each with the case recorded again from 3.9.1.
 * The old record is unchanged; the runner checks that ours no longer follows it.
 */
export const SUPERSEDED_CASES: ReadonlyMap<string, string> = new Map([
  ['templating/digits-are-indexes-not-keys', 'templating/exact-keys-come-before-indexes'],
  ['templating/missing-left-as-written-at-every-depth', 'templating/missing-items-of-lists-left-as-written'],
]);
