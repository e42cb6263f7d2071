import { parseStartedBy } from '@worker-host/ecs';
import type { FakePool } from '@worker-host/testing';
import type { SimulatedStart } from '@worker-host/testing/local-aws';
import type { Plan, PlannedRun } from './plan.js';
import type { Execution, Promises } from './promises.js';
import type { SimClock } from './sim-clock.js';

/** Dependencies of a job in a simulation. */
export interface JobWorld {
  readonly plan: Plan;
  readonly pool: FakePool;
  readonly clock: SimClock;
  readonly executions: Execution[];
  readonly promises: Pick<Promises, 'crashReported'>;
  log(line: string): void;
}

/** Like Prefect's engine: forces the crash of a job that is stopped, whatever the state of its run. */
function reportEnd({ pool, promises }: JobWorld, { id, exitCode }: PlannedRun, isTerminated: boolean): void {
  const { stateType = null } = pool.run(id) ?? {};
  if (stateType === null) return;
  if (isTerminated) {
    promises.crashReported(id);
    pool.put(id, 'CRASHED', 'Crashed', 'Execution was aborted by Python system exit call.');
  } else if (stateType === 'RUNNING') pool.put(id, exitCode === 0 ? 'COMPLETED' : 'FAILED');
}

/**
 * Runs a container: takes its time, and reports its own states if the host does not. Resolves with its exit code.
 */
export async function runSimulatedJob({ startedBy, terminated }: SimulatedStart, world: JobWorld): Promise<number> {
  const { plan, pool, clock } = world;
  const name = parseStartedBy(startedBy ?? '');
  const run = plan.runs.find(({ id }) => id === name?.flowRunId);
  if (run === undefined) return 1;
  const execution: Execution = { flowRunId: run.id, exitCode: null };
  world.executions.push(execution);
  if (!plan.hostReportsStates && pool.run(run.id)?.stateType === 'PENDING') pool.put(run.id, 'RUNNING');
  const isTerminated = await clock.sleep(run.durationMs, terminated).then(
    () => false,
    () => true,
  );
  execution.exitCode = isTerminated ? 143 : run.exitCode;
  world.log(`the job of ${run.id} exits with ${execution.exitCode}`);
  if (!plan.hostReportsStates) reportEnd(world, run, isTerminated);
  return execution.exitCode;
}
