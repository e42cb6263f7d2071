import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 150;

/** Fails the scenario if the condition is false. */
export function check(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(what);
}

/** Fails the scenario if the two differ as JSON. */
export function checkEqual(found: unknown, expected: unknown, what: string): void {
  const [one, two] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== two) throw new Error(`${what}\n  expected ${two}\n  found    ${one}`);
}

/** Factor for all time limits, for a slower machine: `WORKER_HOST_INTEROP_PATIENCE`. */
export const PATIENCE = Number(process.env.WORKER_HOST_INTEROP_PATIENCE ?? '1');

/** Polls until there is a result; fails after the time limit. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  limitSeconds = 60,
): Promise<Found> {
  const endsAt = Date.now() + limitSeconds * PATIENCE * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > endsAt) throw new Error(`not within ${limitSeconds} s: ${what}`);
    await sleep(LOOK_MS);
  }
}
