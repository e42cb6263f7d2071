const KNOWN = [
  ...['ours-passes', 'ours-may-pass', 'ours-may-default', 'family', 'early-check', 'ours-may-reuse'],
  ...['ours-may-add-overrides', 'ours-may-identify-by-request', 'ours-may-drop-key', 'ours-may-refuse'],
  ...['ours-may-stop-early', 'ours-may-emit', 'ours-may-retry', 'ours-may-ack', 'ours-may-omit-follows'],
  ...['ours-may-crash', 'ours-may-leave-cancelling'],
] as const;

export type Divergence = (typeof KNOWN)[number];

/** Returns the allowed differences of a case. @throws Error for one that the format does not define. */
export function divergencesOf(value: string | readonly string[] | undefined): ReadonlySet<Divergence> {
  const given = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  const unknown = given.filter((one) => !KNOWN.includes(one as Divergence));
  if (unknown.length > 0) throw new Error(`unknown value of diverges: ${unknown.join(', ')}`);
  return new Set(given as readonly Divergence[]);
}
