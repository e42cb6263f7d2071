const MOST_CHARACTERS = 255;

/** Returns a valid family: letters, digits, `_`, `-`, at most 255. A valid one is unchanged; case is kept. */
export function validFamily(family: string): string {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(family)) return family;
  const cleaned = family
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-');
  return cleaned.slice(0, MOST_CHARACTERS) || 'prefect';
}
