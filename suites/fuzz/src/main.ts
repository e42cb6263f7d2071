import { fork } from 'node:child_process';
import { register } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BREAKS, breakOf } from './breaks.js';
import type { Round } from './run-property.js';

const HELP = `Usage: npx -y pnpm@10 fuzz [options]

Gives hostile inputs to everything that reads input: templates, blocks, frames, messages, answers, files, command lines,
schedules, database rows, pages. No input may crash, hang for more than 100 ms, let a secret out, change the prototype of
all objects, or fail without an error code.

  --runs N          inputs in all. Default: 8000
  --seed S          chance comes from it. Default: by chance; it is printed
  --property NAME   that property alone
  --properties      list the properties, one name a line
  --breaks          list the weaknesses that can be planted, one name a line
  --break NAME      plant one; it is expected to be found
  --jobs N          processes. Default: one for each core
  --help
`;

/** Number of inputs that a process receives at a time. */
const CHUNK = 250;
/** A process without a message for this long hangs in an input. */
const SILENCE_MS = 150_000;

/** Message to a child: inputs to try. */
interface Order {
  readonly property: string;
  readonly seed: number;
  readonly runs: number;
}

if (process.send) await serve();
else process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    options: {
      runs: { type: 'string', default: '8000' },
      seed: { type: 'string' },
      property: { type: 'string' },
      properties: { type: 'boolean' },
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
  if (values.break !== undefined) breakOf(values.break);
  const { PROPERTIES } = await import('./properties/index.js');
  if (values.properties) {
    for (const { name } of PROPERTIES) console.log(name);
    return 0;
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const runs = Number(values.runs);
  if (!(runs > 0) || !Number.isSafeInteger(seed)) throw new TypeError('--runs and --seed must be whole numbers');
  const wanted = PROPERTIES.filter(({ name }) => values.property === undefined || name === values.property);
  if (wanted.length === 0) throw new TypeError(`There is no property '${values.property}'; --properties lists them`);
  const weights = wanted.reduce((sum, { weight }) => sum + weight, 0);
  const orders = wanted.flatMap(({ name, weight }, index) =>
    chunks(name, Math.max(1, Math.round((runs * weight) / weights)), seed + index * 7919),
  );
  console.log(`Fuzzing with seed ${seed}${values.break === undefined ? '' : `, planted: ${values.break}`}`);
  return await fuzz(interleaved(orders), Number(values.jobs ?? availableParallelism()), values.break ?? null, seed);
}

function chunks(property: string, runs: number, seed: number): readonly Order[] {
  const count = Math.ceil(runs / CHUNK);
  return Array.from({ length: count }, (_, at) => ({
    property,
    seed: seed + at * 104_729,
    runs: Math.min(CHUNK, runs - at * CHUNK),
  }));
}

/** One chunk of each property after the other, so that any weakness is found soon. */
function interleaved(orders: readonly Order[]): Order[] {
  const rank = new Map<string, number>();
  const ranked = orders.map((order) => {
    const at = rank.get(order.property) ?? 0;
    rank.set(order.property, at + 1);
    return { order, at };
  });
  return ranked.sort((a, b) => a.at - b.at).map(({ order }) => order);
}

async function fuzz(orders: Order[], jobs: number, breakName: string | null, seed: number): Promise<number> {
  const startedMs = performance.now();
  const passed = new Map<string, number>();
  const failures = new Map<string, string>();
  const next = (): Order | null => {
    if (breakName !== null && failures.size > 0) return null;
    // One failure per property is enough: further ones are likely the same.
    for (let order = orders.shift(); order !== undefined; order = orders.shift())
      if (!failures.has(order.property)) return order;
    return null;
  };
  const note = ({ property, passed: count, failure }: Round): void => {
    passed.set(property, (passed.get(property) ?? 0) + count);
    if (failure !== null && !failures.has(property)) failures.set(property, failure);
  };
  await Promise.all(Array.from({ length: jobs }, () => child(breakName, next, note)));
  const seconds = (performance.now() - startedMs) / 1000;
  for (const [property, count] of [...passed].sort()) {
    console.log(`${property}: ${count} inputs${failures.has(property) ? ', BROKEN' : ''}`);
  }
  for (const [property, failure] of failures) console.log(`\n${property}: ${failure}`);
  const sum = [...passed.values()].reduce((all, count) => all + count, 0);
  console.log(`\n${sum} inputs in ${seconds.toFixed(1)} s with seed ${seed}`);
  console.log(`${sum} passed, ${failures.size} failed`);
  return failures.size === 0 && sum > 0 ? 0 : 1;
}

/** A separate process that tests chunk after chunk. If it hangs or dies, it has found a failure. */
async function child(breakName: string | null, next: () => Order | null, note: (round: Round) => void): Promise<void> {
  for (let order = next(); order !== null; ) {
    const worker = fork(fileURLToPath(import.meta.url), [], {
      execArgv: ['--enable-source-maps', '--max-old-space-size=1024'],
      env: { ...process.env, ...(breakName === null ? {} : { FUZZ_BREAK: breakName }) },
    });
    order = await new Promise<Order | null>((resolve) => {
      let open: Order | null = order;
      let timer: NodeJS.Timeout;
      const send = (given: Order): void => {
        open = given;
        timer = setTimeout(() => worker.kill('SIGKILL'), SILENCE_MS);
        worker.send(given);
      };
      worker.on('message', (round: Round) => {
        clearTimeout(timer);
        note(round);
        open = null;
        const more = next();
        if (more === null) worker.disconnect();
        else send(more);
      });
      worker.on('exit', (code, signal) => {
        clearTimeout(timer);
        if (open === null) return resolve(null);
        const how = signal === 'SIGKILL' ? 'hung' : `ended with ${signal ?? code}`;
        note({
          property: open.property,
          passed: 0,
          failure: `the process ${how} [seed=${open.seed}, runs=${open.runs}]`,
        });
        resolve(next());
      });
      if (open !== null) send(open);
    });
  }
}

async function serve(): Promise<void> {
  const { FUZZ_BREAK: name } = process.env;
  if (name !== undefined) {
    register(import.meta.resolve('@worker-host/suite-simulation/break-hooks'), { data: breakOf(name) });
  }
  const [{ PROPERTIES }, { runProperty }] = await Promise.all([
    import('./properties/index.js'),
    import('./run-property.js'),
  ]);
  process.on('message', (order: Order) => {
    const property = PROPERTIES.find((each) => each.name === order.property);
    if (property === undefined) throw new Error(`There is no property '${order.property}'`);
    void runProperty(property, order.seed, order.runs).then((round) => process.send?.(round));
  });
}
