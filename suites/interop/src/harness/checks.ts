import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 150;

/** Fails the scenario when it is not so. */
export function check(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(what);
}

/** Fails the scenario when the two differ as JSON. */
export function checkEqual(found: unknown, expected: unknown, what: string): void {
  const [one, two] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== two) throw new Error(`${what}\n  expected ${two}\n  found    ${one}`);
}

/** What all time limits are multiplied by, for a machine with more to do: `WORKER_HOST_INTEROP_PATIENCE`. */
export const PATIENCE = Number(process.env.WORKER_HOST_INTEROP_PATIENCE ?? '1');

/** Looks until there is something; fails when it takes too long. */
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
