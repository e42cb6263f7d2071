/** What a value may be at most: a share of the peer's, or a fixed value. */
export type Goal = { readonly ratio: number } | { readonly value: number };

/** One figure that is measured for a peer's worker and for worker-host. */
export interface Measure {
  readonly title: string;
  readonly unit: string;
  /** Null: the figure is reported without a goal. */
  readonly goal: Goal | null;
  /** True: more is better, and the goal is the least. */
  readonly isLeast?: boolean;
  /** The measure whose values of worker-host are compared. Default: its own. */
  readonly ours?: string;
}

/**
 * The figures, in the order of the table. Goals of times depend on the peer's, as machine and server decide both; those of
 * memory and of numbers of calls do not, and neither does the last launch, which AWS's rate limits.
 */
export const MEASURES = {
  start: { title: 'process start to first poll', unit: 's', goal: { ratio: 1 / 5 } },
  startCpu: { title: 'processor time until then', unit: 's', goal: null },
  memoryAtPoll: { title: 'resident memory at the first poll', unit: 'MiB', goal: { ratio: 1 } },
  memoryIdle: { title: 'resident memory, idle for a minute', unit: 'MiB', goal: { value: 64 } },
  idleRequests: { title: 'API requests a minute, idle', unit: '', goal: { ratio: 1 } },
  launched: { title: '300 runs at once: launched', unit: '', goal: { value: 300 }, isLeast: true },
  firstLaunch: { title: '300 runs at once: first launch', unit: 's', goal: { ratio: 1 / 26 } },
  lastLaunch: { title: '300 runs at once: last launch', unit: 's', goal: { value: 16.6 } },
  loop: { title: 'the same beside a loop of RunTask calls', unit: 's', goal: null, ours: 'lastLaunch' },
  loopLaunched: { title: 'launched, beside it', unit: '', goal: null, ours: 'launched' },
  loops: { title: 'the same beside ten such loops', unit: 's', goal: null, ours: 'lastLaunch' },
  loopsLaunched: { title: 'launched, beside them', unit: '', goal: null, ours: 'launched' },
  cpuLaunched: { title: 'worker CPU a run, launched', unit: 'ms', goal: { ratio: 1 / 10 } },
  cpuSettled: { title: 'worker CPU a run, settled', unit: 'ms', goal: { ratio: 1 / 18 } },
  serverCpu: { title: 'server CPU a run, launched', unit: 'ms', goal: { ratio: 0.4 } },
  peakMemory: { title: 'peak memory of the 300 runs', unit: 'MiB', goal: { value: 110 } },
  callsWithQueue: { title: 'AWS calls a run, with an event queue', unit: '', goal: { value: 2 } },
  callsWithout: { title: 'AWS calls a run, without', unit: '', goal: { value: 1.1 } },
  requestsWithQueue: { title: 'API requests a run, with an event queue', unit: '', goal: { value: 2.5 } },
  requestsWithout: { title: 'API requests a run, without', unit: '', goal: { value: 2.5 } },
  deathOne: { title: 'death of one task to Crashed', unit: 's', goal: { ratio: 3 / 7 } },
  deathMany: { title: 'death of 100 tasks at once to Crashed', unit: 's', goal: { ratio: 1 / 15 } },
  aliveMemory: { title: '10,000 tasks alive: peak memory', unit: 'MiB', goal: { value: 250 } },
  aliveEnd: { title: '10,000 tasks alive: end seen by polling', unit: 's', goal: { value: 5.2 } },
  runRate: {
    title: '1,000 runs with output on the embedded pool, a second',
    unit: '',
    goal: { value: 18 },
    isLeast: true,
  },
} as const satisfies Readonly<Record<string, Measure>>;

export type MeasureKey = keyof typeof MEASURES;

/** Values by measure: several of one that is repeated. */
export type Samples = Readonly<Partial<Record<MeasureKey, readonly number[]>>>;

/** What was measured of both workers. */
export interface Measured {
  readonly peer: Samples;
  readonly ours: Samples;
}

/** All values of both, those of one measure one after the other. */
export function join(parts: readonly Samples[]): Samples {
  const joined: Partial<Record<MeasureKey, readonly number[]>> = {};
  for (const part of parts)
    for (const [key, values] of Object.entries(part) as [MeasureKey, readonly number[]][])
      joined[key] = [...(joined[key] ?? []), ...values];
  return joined;
}
