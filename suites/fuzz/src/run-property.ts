import fc from 'fast-check';
import { Breach, type Property } from './property.js';

/** Maximum time for one input, in milliseconds. */
const LIMIT_MS = 100;
/** Number of retries of an input that took longer: the machine may have been busy. */
const REPEATS = 3;

/** Result of a number of inputs. */
export interface Round {
  readonly property: string;
  readonly passed: number;
  /** The failure, with the smallest input found. Null: none. */
  readonly failure: string | null;
}

/** Tests a property with a number of inputs, all random numbers from the seed. A failing input is shrunk. */
export async function runProperty(property: Property, seed: number, runs: number): Promise<Round> {
  const result = await fc.check(
    fc.asyncProperty(property.inputs, (input) => tried(property, input)),
    { seed, numRuns: runs, interruptAfterTimeLimit: 120_000, markInterruptAsFailure: false },
  );
  const { name } = property;
  if (!result.failed) return { property: name, passed: result.numRuns, failure: null };
  const why = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  const input = fc.stringify(result.counterexample?.[0]);
  const shown = input.length > 1500 ? `${input.slice(0, 1500)}… (${input.length} characters)` : input;
  return { property: name, passed: result.numRuns - 1, failure: `${why}\n  smallest input: ${shown}` };
}

async function tried(property: Property, input: unknown): Promise<void> {
  let tookMs = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < REPEATS && tookMs > LIMIT_MS; tries += 1) {
    const before = process.cpuUsage();
    const startedMs = performance.now();
    await property.check(input);
    const { user, system } = process.cpuUsage(before);
    tookMs = Math.min(tookMs, performance.now() - startedMs, (user + system) / 1000);
  }
  if (tookMs > LIMIT_MS) throw new Breach(`it took ${Math.round(tookMs)} ms, three times`);
  const added = Object.getOwnPropertyNames(Object.prototype).filter((key) => !PROTOTYPE.has(key));
  for (const key of added) delete (Object.prototype as Record<string, unknown>)[key];
  if (added.length > 0) throw new Breach(`the prototype of all objects has got ${added.join(', ')}`);
}

const PROTOTYPE = new Set(Object.getOwnPropertyNames(Object.prototype));
