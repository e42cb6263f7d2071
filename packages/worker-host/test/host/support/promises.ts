import { settle } from '@worker-host/testing';

/** Returns whether a promise has settled, after everything that needs no time has run. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  await settle();
  return settled;
}

/** Returns the reason with which a promise rejects. Null: it does not. */
export function rejected(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}
