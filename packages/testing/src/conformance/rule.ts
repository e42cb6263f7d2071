import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';
import { RuleBrokenError, RuleSkipped } from './rule-errors.js';
import { STANDING_RULES } from './standing-rules.js';

/**
 * Registers a rule of the contract as a test.
 *
 * @param name what a conforming worker does.
 * @param why what goes wrong otherwise.
 */
export type Rule = (name: string, why: string, body: () => Promise<void>) => void;

/** How a test skips itself: with `this` in mocha, with the argument in vitest and `node:test`. */
interface RunnerTest {
  skip?(reason?: string): void;
  timeout?(ms: number): unknown;
}

const MARGIN_MS = 5_000;

/** Registers the rules of an area as tests of a runner. */
export function rulesOf(area: Area, areaName: string, runner: ContractRunner): Rule {
  const timeoutMs = area.patienceSeconds * 3_000 + MARGIN_MS;
  return (name, why, body) => {
    runner.it(
      name,
      async function (this: unknown, ...given: readonly unknown[]): Promise<void> {
        const test = (given[0] ?? this ?? {}) as RunnerTest;
        if (typeof test.timeout === 'function') test.timeout(timeoutMs);
        try {
          await keepsRule(area, `${areaName}: ${name}`, why, body);
        } catch (error) {
          if (!(error instanceof RuleSkipped)) throw error;
          if (typeof test.skip === 'function') test.skip(error.message);
        }
      },
      timeoutMs,
    );
  };
}

async function keepsRule(area: Area, rule: string, why: string, body: () => Promise<void>): Promise<void> {
  const observation = area.observe();
  let failure: unknown = null;
  try {
    await body();
  } catch (error) {
    failure = error;
  } finally {
    await area.endConditions();
  }
  const observed = await observation.end();
  if (failure instanceof RuleSkipped) throw failure;
  // The message of a standing rule explains the failure better than its consequence.
  for (const standing of STANDING_RULES) {
    try {
      standing.check(observed);
    } catch (error) {
      throw new RuleBrokenError(`always: ${standing.name}`, standing.why, error);
    }
  }
  if (failure !== null) throw new RuleBrokenError(rule, why, failure);
}
