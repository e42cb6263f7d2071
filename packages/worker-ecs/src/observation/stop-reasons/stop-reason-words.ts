/**
 * Returns a pattern for words of AWS anywhere after the beginning of a reason; both are sources of regular expressions.
 */
export function within(beginning: string, words: string): RegExp {
  return new RegExp(`(?:${beginning}).*(?:${words})`, 'i');
}
