import { fork } from 'node:child_process';
import { register } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BREAKS, breakOf } from './breaks.js';
import type { SeedResult } from './simulate.js';

const HELP = `Usage: simulate [options]

  --seeds N       simulate the seeds 1 to N, or from --seed on. Default: 1000
  --seed S        the first seed; alone: this one, with its story
  --exhaustive    every interleaving of two workers, one run and one fault
  --soak HOURS    one worker for many simulated hours, five runs a minute: its memory stays flat. Least: 8
  --breaks        list the faults that can be planted, one name a line
  --break NAME    plant one; the simulation is expected to find it
  --jobs N        processes. Default: one for each core
  --help
`;

const BATCH = 50;

interface Options {
  readonly seeds: number;
  readonly first: number;
  readonly isAlone: boolean;
  readonly isExhaustive: boolean;
  readonly breakName: string | null;
  readonly jobs: number;
}

/** Message to a child: seeds to simulate. */
interface Order {
  readonly seeds: readonly number[];
}

if (process.send) await serve();
else process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      exhaustive: { type: 'boolean' },
      soak: { type: 'string' },
      breaks: { type: 'boolean' },
      break: { type: 'string' },
      jobs: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.breaks) {
    for (const { name } of BREAKS) console.log(name);
    return 0;
  }
  if (values.soak !== undefined) return await runSoak(Number(values.soak));
  const options: Options = {
    seeds: Number(values.seeds ?? (values.seed === undefined ? 1000 : 1)),
    first: Number(values.seed ?? 1),
    isAlone: values.seed !== undefined && values.seeds === undefined,
    isExhaustive: values.exhaustive ?? false,
    breakName: values.break ?? null,
    jobs: Number(values.jobs ?? availableParallelism()),
  };
  if (options.breakName !== null) plant(options.breakName);
  if (options.isExhaustive) return await runExhaustive();
  return options.isAlone ? await tell(options.first) : await runSeeds(options);
}

function plant(name: string): void {
  if (!BREAKS.some((each) => each.name === name)) {
    console.error(`There is no such break: ${name}. simulate --breaks lists them.`);
    process.exit(2);
  }
  // Node calls `initialize` of that file with the break, and its `load` for each file.
  register(new URL('./break-hooks.js', import.meta.url), { data: breakOf(name) });
}

/** One seed with its story; a broken promise is shrunk first. */
async function tell(seed: number): Promise<number> {
  const { simulate, shrink } = await import('./simulate.js');
  const { planOf } = await import('./plan.js');
  const plan = planOf(seed);
  const first = await simulate(plan, true);
  if (first.isKept) {
    console.log(first.story.join('\n'));
    console.log(`Seed ${seed} kept every promise.\n1 passed, 0 failed`);
    return 0;
  }
  const smallest = await shrink(plan, first.promise);
  const { story } = await simulate(smallest, true);
  console.log(`Seed ${seed} broke '${first.promise}': ${first.message}`);
  console.log(
    `\nThe shortest plan that does:\n${JSON.stringify(smallest, null, 1)}\n\nIts story:\n${story.join('\n')}`,
  );
  console.log('0 passed, 1 failed');
  return 1;
}

async function runSeeds(options: Options): Promise<number> {
  const startedMs = performance.now();
  const failures: Extract<SeedResult, { readonly isKept: false }>[] = [];
  let [kept, runs, next] = [0, 0, options.first];
  const end = options.first + options.seeds;
  const hasEnough = (): boolean => options.breakName !== null && failures.length > 0;
  await Promise.all(Array.from({ length: options.jobs }, () => child(options.breakName, takeBatch, note)));
  const seconds = (performance.now() - startedMs) / 1000;
  const first = failures.toSorted((a, b) => a.seed - b.seed);
  for (const { seed, promise, message } of first.slice(0, 20))
    console.log(`seed ${seed} broke '${promise}': ${message}`);
  console.log(
    `${kept + failures.length} seeds, ${runs} runs in ${seconds.toFixed(1)} s: ${Math.round(runs / seconds)} runs a second`,
  );
  if (first[0] !== undefined)
    console.log(
      `See one with: simulate --seed ${first[0].seed}${options.breakName === null ? '' : ` --break ${options.breakName}`}`,
    );
  console.log(`${kept} passed, ${failures.length} failed`);
  return failures.length === 0 && kept > 0 ? 0 : 1;

  function takeBatch(): Order | null {
    if (next >= end || hasEnough()) return null;
    const seeds = Array.from({ length: Math.min(BATCH, end - next) }, (_, index) => next + index);
    next += seeds.length;
    return { seeds };
  }

  function note(result: SeedResult): void {
    if (result.isKept) {
      kept += 1;
      runs += result.outcome.runs;
    } else failures.push(result);
  }
}

/** A child process that simulates batch after batch. */
function child(
  breakName: string | null,
  takeBatch: () => Order | null,
  note: (result: SeedResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(fileURLToPath(import.meta.url), [], {
      env: { ...process.env, ...(breakName === null ? {} : { SIMULATION_BREAK: breakName }) },
    });
    let open = 0;
    const more = (): void => {
      const order = takeBatch();
      if (order === null) worker.disconnect();
      else {
        open = order.seeds.length;
        worker.send(order);
      }
    };
    worker.on('message', (result: SeedResult) => {
      note(result);
      open -= 1;
      if (open === 0) more();
    });
    worker.on('error', reject);
    worker.on('exit', (code) =>
      code === 0 || open === 0 ? resolve() : reject(new Error(`A simulation ended with ${code}`)),
    );
    more();
  });
}

async function serve(): Promise<void> {
  const { SIMULATION_BREAK: name } = process.env;
  if (name !== undefined) plant(name);
  const { simulateSeed } = await import('./simulate.js');
  process.on('message', (order: Order) => void work(order));
  async function work({ seeds }: Order): Promise<void> {
    for (const seed of seeds) {
      const { story: _, ...result } = await simulateSeed(seed);
      process.send?.(result);
    }
  }
}

async function runExhaustive(): Promise<number> {
  const { exhaustivePlans, simulateAll } = await import('./exhaustive.js');
  const { passed, failed } = await simulateAll(exhaustivePlans(), (plan, promise, message) =>
    console.log(
      `${JSON.stringify(plan.faults)} ${plan.hostReportsStates ? 'host' : 'engine'} broke '${promise}': ${message}`,
    ),
  );
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function runSoak(hours: number): Promise<number> {
  const { growthOf, LEAST_HOURS, MOST_GROWTH, soak } = await import('./soak.js');
  if (!(hours >= LEAST_HOURS)) {
    console.error(`A soak needs at least ${LEAST_HOURS} hours: the first ones fill caches.`);
    return 2;
  }
  const results = await soak(hours, ({ hour, ended, activeRuns, heapMib, keepsSecrets }) =>
    console.log(
      `hour ${hour}: ${ended} runs ended, ${activeRuns} active, heap ${heapMib.toFixed(2)} MiB${keepsSecrets ? ', keeps secrets of ended runs' : ''}`,
    ),
  );
  const growth = growthOf(results);
  const isFlat = growth <= MOST_GROWTH && !results.some(({ hour, keepsSecrets }) => hour > 1 && keepsSecrets);
  console.log(`The heap grew by ${(growth * 100).toFixed(1)} % after the first hours; at most ${MOST_GROWTH * 100} %.`);
  console.log(isFlat ? '1 passed, 0 failed' : '0 passed, 1 failed');
  return isFlat ? 0 : 1;
}
