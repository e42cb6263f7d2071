import { isWorkerError } from '@worker-host/core';
import type fc from 'fast-check';

/** A property that must hold for every input of one kind. */
export interface Property<Input = unknown> {
  readonly name: string;
  /** How often it is tested among 100 inputs; the sum over all properties need not be 100. */
  readonly weight: number;
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws if it does not hold. */
  check(input: Input): void | Promise<void>;
}

/** A property with an erased input type, for lists. */
export function property<Input>(given: Property<Input>): Property {
  return given as unknown as Property;
}

/** A secret that is part of inputs: it must never appear in their results. */
export const SECRET = 'sK9-fuzzed/Secret+7qTz';

/** A property does not hold. */
export class Breach extends Error {}

export function must(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Breach(promise);
}

/** Outcome of an operation: its value, or an error with a code. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: Error };

/**
 * Runs an operation that can reject its input: only with an error that has a code, and whose text contains no secret.
 *
 * @param isExpected further errors that are none of the worker's and are caught by their callers.
 */
export async function outcomeOf<Value>(
  operation: () => Value | Promise<Value>,
  isExpected: (error: unknown) => boolean = () => false,
): Promise<Outcome<Value>> {
  try {
    return { value: await operation() };
  } catch (error) {
    if (!(error instanceof Error) || !(isWorkerError(error) || isExpected(error))) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Breach(`an error without a code: ${text.split('\n').slice(0, 6).join('\n')}`);
    }
    const told = `${error.message} ${isWorkerError(error) ? JSON.stringify(error.details) : ''}`;
    must(!told.includes(SECRET), `the secret is told by ${error.name}: ${error.message.slice(0, 300)}`);
    return { error };
  }
}
