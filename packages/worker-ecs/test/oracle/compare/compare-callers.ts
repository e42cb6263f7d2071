import type { ExpectedCall } from '../case-types.js';
import type { WorldCall } from '../world/fake-world.js';
import type { Difference } from './difference.js';

/** Caller and endpoint of a call. */
export type CallerFact = 'region' | 'accessKeyId' | 'endpoint';

const ALL: readonly CallerFact[] = ['region', 'accessKeyId', 'endpoint'];

/** Returns where a call that both made came from another region, by another key, or went to another endpoint. */
export function callerDifferences(
  recorded: readonly ExpectedCall[],
  calls: readonly WorldCall[],
  facts: readonly CallerFact[] = ALL,
): Difference[] {
  const found: Difference[] = [];
  for (const call of recorded) {
    const own = calls.find(({ operation }) => operation === call.operation);
    if (!own) continue;
    for (const fact of facts) {
      if (call[fact] === undefined || withoutSlash(call[fact]) === (own[fact] ?? null)) continue;
      found.push({ path: `calls.${call.operation}.${fact}`, expected: call[fact], got: own[fact] });
    }
  }
  return found;
}

function withoutSlash(text: string | null): string | null {
  return text?.replace(/\/+$/, '') ?? null;
}
