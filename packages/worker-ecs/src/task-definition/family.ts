const MOST_CHARACTERS = 255;

/** A family that AWS takes: letters, digits, `_`, `-`, 255 at most. A good one is left as it is; case is kept. */
export function validFamily(family: string): string {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(family)) return family;
  const cleaned = family
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-');
  return cleaned.slice(0, MOST_CHARACTERS) || 'prefect';
}
