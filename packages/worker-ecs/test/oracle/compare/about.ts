import type { Difference } from './difference.js';

/** Reduces a text to lower-case letters and digits, so that `vpc_id`, `vpcId` and `VPC ID` are equal. */
function reduced(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

/** Returns what a message should contain and does not. */
export function missingMentions(message: string, about: readonly string[] | undefined, path: string): Difference[] {
  const text = reduced(message);
  return (about ?? [])
    .filter((word) => !text.includes(reduced(word)))
    .map((word) => ({ path, expected: `a message that mentions '${word}'`, got: message }));
}

/** Returns the message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
