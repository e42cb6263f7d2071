import type { Difference } from './difference.js';

/** Text reduced to lower-case letters and digits, so that `vpc_id`, `vpcId` and `VPC ID` are the same. */
function reduced(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

/** What a message should mention and does not. */
export function missingMentions(message: string, about: readonly string[] | undefined, path: string): Difference[] {
  const text = reduced(message);
  return (about ?? [])
    .filter((word) => !text.includes(reduced(word)))
    .map((word) => ({ path, expected: `a message that mentions '${word}'`, got: message }));
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
