import type { ECSWorker } from '@worker-host/ecs';
import type { OracleCase, RunInput } from '../case-types.js';
import { compareRun, type RunComparison } from '../compare/compare-run.js';
import type { Difference } from '../compare/difference.js';
import { divergencesOf } from '../compare/divergence.js';
import { inAwsEnvironment } from '../support/aws-surroundings.js';
import { workerOf } from '../support/worker.js';
import { FakeWorld } from '../world/fake-world.js';
import { performRun, type RunOutcome } from './perform-run.js';

type RunCase = Extract<OracleCase, { kind: 'run' }>;

/** Runs a case of kind `run`: its prior runs and the run itself, with the same worker in the same world. */
export async function differencesOfRun(oracleCase: RunCase): Promise<readonly Difference[]> {
  const { input, expect, area } = oracleCase;
  const divergences = divergencesOf(expect.diverges);
  const { world, outcomes } = await performAll(input);
  const common: Omit<RunComparison, 'outcome' | 'expected' | 'path'> = {
    world,
    divergences,
    comparesRoles: area === 'credentials',
    knownDefinitions: [
      ...(input.world.taskDefinitions ?? []),
      ...definitionsIn(expect.priorRuns ?? []),
      ...definitionsIn([expect]),
    ],
  };
  const priorRuns = input.priorRuns ?? [];
  const found = priorRuns.flatMap((_, index) => {
    const outcome = outcomes[index];
    const expected = expect.priorRuns?.[index];
    return outcome && expected ? compareRun({ ...common, outcome, expected, path: `priorRuns[${index}].` }) : [];
  });
  const outcome = outcomes.at(-1);
  if (!outcome) throw new Error('the case did not run');
  const own = compareRun({ ...common, outcome, expected: expect, path: '' });
  if (own.length > 0 && divergences.has('ours-may-default') && (await isAsNotGiven(input, outcome))) return found;
  return [...found, ...own];
}

async function performAll(
  input: RunInput,
): Promise<{ readonly world: FakeWorld; readonly outcomes: readonly RunOutcome[] }> {
  const world = new FakeWorld(input.world);
  return inAwsEnvironment(input.environment ?? {}, input.world.region, async (environment) => {
    const names = { workPoolName: String(input.workPool.name), workerName: input.worker.name };
    const workers: ECSWorker[] = [];
    const worker = (): ECSWorker => {
      workers[0] ??= workerOf(() => world, environment, names);
      return workers[0];
    };
    const outcomes: RunOutcome[] = [];
    try {
      for (const { deregisterAfter = [], ...changes } of input.priorRuns ?? []) {
        outcomes.push(await performRun({ ...input, ...changes }, world, worker, environment, true));
        for (const arn of deregisterAfter.filter((one) => world.definitions.has(one)))
          world.definitions.deactivate(arn);
      }
      outcomes.push(await performRun(input, world, worker, environment, false));
    } finally {
      await Promise.all(workers.map((one) => one.teardown()));
    }
    return { world, outcomes };
  });
}

/** Returns whether explicit nulls and empty values were treated as absent variables. */
async function isAsNotGiven(input: RunInput, outcome: RunOutcome): Promise<boolean> {
  if (outcome.failure) return true;
  const given = (variables: RunInput['jobVariables']['deployment']) =>
    Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null && value !== ''));
  const { deployment, flowRun } = input.jobVariables;
  const templateChanges = (input.templateChanges ?? []).map(({ path, value, remove }) =>
    remove || value === null || value === ''
      ? { path, remove: true }
      : { path, ...(value === undefined ? {} : { value }) },
  );
  const jobVariables = { deployment: given(deployment), flowRun: given(flowRun) };
  const without = { ...input, jobVariables, templateChanges };
  const { outcomes } = await performAll(without);
  const calls = ({ calls: all }: RunOutcome) =>
    all.filter(({ operation }) => /Register|RunTask/.test(operation)).map(({ params }) => params);
  return JSON.stringify(calls(outcomes.at(-1) ?? outcome)) === JSON.stringify(calls(outcome));
}

function definitionsIn(runs: readonly { readonly calls?: RunCase['expect']['calls'] }[]) {
  return runs
    .flatMap(({ calls = [] }) => calls)
    .flatMap(({ answer }) => {
      const response = answer?.response as { taskDefinition?: Record<string, never> } | undefined;
      return response?.taskDefinition ? [response.taskDefinition] : [];
    });
}
