import { settle } from '@worker-host/testing';

/** Whether a promise has settled, once everything has happened that needs no time. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  promise.then(mark, mark);
  await settle();
  return settled;
}

/** What a promise rejects with. Null: it does not. */
export function rejected(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}
