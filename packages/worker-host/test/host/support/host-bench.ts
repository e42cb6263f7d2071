import type { BaseJobConfiguration, FlowRun } from '@worker-host/core';
import { Prewarming } from '../../../src/host/loops/prewarming.js';
import { Readiness } from '../../../src/host/readiness.js';
import type { ActiveRun } from '../../../src/host/run/active-run.js';
import { ActiveRuns } from '../../../src/host/run/active-runs.js';
import type { RunManager } from '../../../src/host/run/run-manager.js';
import { RunAdmission } from '../../../src/host/run-admission.js';
import { Slots } from '../../../src/host/slots.js';
import { createRunBench, type RunBenchOptions } from './run-bench.js';

/** An {@link ActiveRun} that a test controls and observes. */
export interface StandInRun {
  readonly id: string;
  infrastructurePid: string | null;
  configuration: BaseJobConfiguration | null;
  launchPlace: { readonly [key: string]: string } | null;
  flowRun: FlowRun | null;
  status: { progress: { readonly phase: string } | null };
  /** `cancel` and its cause, `checkLease`: the calls. */
  readonly calls: string[];
}

/** The parts that the loops share. The manager only records what to claim or resume; a test responds. */
export async function createHostBench(options: RunBenchOptions = {}) {
  const bench = await createRunBench({ isClaimed: false, ...options });
  const { clock, guarded, logger, configurations, orchestrator, settings } = bench;
  const slots = new Slots(settings);
  const runs = new ActiveRuns();
  const readiness = new Readiness(guarded, clock, logger);
  const prewarming = new Prewarming(orchestrator, guarded, configurations, clock, logger);
  const admission = new RunAdmission(bench.settings, clock, bench.secrets, guarded, configurations, runs, bench.served);
  const claimed: string[] = [];
  const resumed: string[] = [];
  const answers = new Map<string, (refusal: string | null) => void>();
  const manager = {
    claim: ({ id }: FlowRun) => {
      claimed.push(id);
      return new Promise((resolve) => answers.set(id, resolve));
    },
    resume: ({ flowRun }: { readonly flowRun: FlowRun }) => void resumed.push(flowRun.id),
  } as unknown as RunManager;
  bench.pool.removeRun('a');
  return {
    ...bench,
    slots,
    runs,
    readiness,
    prewarming,
    admission,
    manager,
    claimed,
    resumed,
    answers,
    /** Adds an active run of this worker. */
    hold(id: string, over: Partial<StandInRun> = {}): StandInRun {
      const calls: string[] = [];
      const run = {
        id,
        infrastructurePid: `pid-${id}`,
        configuration: null,
        launchPlace: null,
        flowRun: bench.pool.run(id),
        status: { progress: null },
        logger: bench.runLog,
        calls,
        cancel: (cause: string) => void calls.push(`cancel ${cause}`),
        checkLease: () => void calls.push('checkLease'),
        ...over,
      };
      runs.add(run as unknown as ActiveRun);
      return run;
    },
  };
}
