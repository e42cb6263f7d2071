/** How long a task stays in each phase, in addition to the time of its containers. Unit: milliseconds. */
export interface PhaseDurations {
  readonly provisioningMs: number;
  readonly pendingMs: number;
  /** Pulling images: between `pullStartedAt` and `pullStoppedAt`, in ACTIVATING. */
  readonly pullMs: number;
  /** From the end of the pull to RUNNING. */
  readonly activatingMs: number;
  /** Before containers are stopped. */
  readonly deactivatingMs: number;
  /** After containers have stopped. */
  readonly stoppingMs: number;
  readonly deprovisioningMs: number;
}

/** For tests: each phase occurs and is visible in events, without a delay. */
const FAST_PHASES: PhaseDurations = {
  provisioningMs: 5,
  pendingMs: 5,
  pullMs: 5,
  activatingMs: 0,
  deactivatingMs: 0,
  stoppingMs: 0,
  deprovisioningMs: 5,
};

/** Approximate durations of a small task on Fargate. */
const REALISTIC_PHASES: PhaseDurations = {
  provisioningMs: 8000,
  pendingMs: 3000,
  pullMs: 12_000,
  activatingMs: 2000,
  deactivatingMs: 1000,
  stoppingMs: 1000,
  deprovisioningMs: 15_000,
};

/** Returns the durations of an option; absent ones as with `fast`. */
export function resolvePhases(option: 'fast' | 'realistic' | Partial<PhaseDurations> = 'fast'): PhaseDurations {
  if (option === 'fast') return FAST_PHASES;
  if (option === 'realistic') return REALISTIC_PHASES;
  return { ...FAST_PHASES, ...option };
}
