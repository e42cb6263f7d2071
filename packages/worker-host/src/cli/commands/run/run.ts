import { type Command, Option } from 'commander';
import type { Administration } from '../../../orchestrators/embedded/administration-types.js';
import type { RequestedRun } from '../../../orchestrators/embedded/runs/existing-run.js';
import { arrayOf, type RunArray } from '../../../orchestrators/embedded/runs/run-arrays.js';
import {
  FOLLOW_CONDITIONS,
  type FollowCondition,
  type Following,
} from '../../../orchestrators/embedded/runs/run-dependencies.js';
import { UNIQUE_WHILE, type Uniqueness, type UniqueWhile } from '../../../orchestrators/embedded/runs/run-order.js';
import { traceLabels } from '../../../tracing/trace-context.js';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, repeatable } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { counted } from '../../input/confirm.js';
import { assertCommand, jobVariablesOf } from '../../input/job-variables.js';
import { addConcurrencyOptions, type ConcurrencyOptions, runConcurrencyOf } from '../../input/limit-options.js';
import { addPolicyOptions, type PolicyOptions, policyOf } from '../../input/policy-options.js';
import { parseAssignments, parseCount, parseDurationSeconds, parseMoment } from '../../input/values.js';
import { watchRun } from '../../output/watch-run.js';

const HELP = 'worker-host run --help';

export function runCommand(context: CommandContext): Command {
  const command = newCommand('run', 'Creates a run: of a deployment, or of the command line after `--` in a pool.')
    .argument('[deployment]', 'name of a deployment')
    .option('-p, --pool <pool>', 'the pool, for a command line (WORKER_HOST_POOL)')
    .option('-q, --work-queue <queue>', 'the queue of the pool')
    .option('-n, --name <name>', 'name of the run; default: a generated one')
    .addOption(repeatable('--job-variable <name=value>', 'a job variable; the value is JSON if it parses; repeatable'))
    .addOption(repeatable('--param <name=value>', 'a parameter; the value is JSON if it parses; repeatable'))
    .addOption(repeatable('--tag <tag>', 'a tag; repeatable'))
    .option('--idempotency-key <key>', 'create at most one run with this key; return the existing run otherwise')
    .option('--priority <number>', '1 (most urgent) to 1000; default: that of the deployment, else 100')
    .option('--unique-key <key>', 'do not create a second run while one has this key; return that run')
    .addOption(
      new Option(
        '--unique-while <what>',
        'how long a run has the key: until it is claimed, or until it has ended',
      ).choices([...UNIQUE_WHILE]),
    )
    .option('--unique-for <duration>', 'how long a run has the key instead, counted from its creation')
    .addOption(repeatable('--after <run>', 'start after this run has met --after-condition; repeatable'))
    .addOption(
      new Option('--after-condition <how>', 'condition for the runs of --after; default: completed').choices([
        ...FOLLOW_CONDITIONS,
      ]),
    )
    .option('--array <runs>', 'an array of runs: a number, with indexes from 0, or a range of indexes such as 5-9')
    .option('--array-limit <runs>', 'maximum active runs of the array; default: no limit')
    .option('--at <time>', 'run at this time, such as 2026-05-01T12:00:00Z, or after this duration, such as 10m')
    .option('-w, --watch', 'follow states and log until the run has ended, and exit with its outcome')
    .addOption(jsonOption())
    .action((deployment: string | undefined, options: Options) => queue(context, command, deployment, options));
  addPolicyOptions(command);
  addConcurrencyOptions(command, 'maximum active runs with the key; default: the limit of the key, else 1');
  return addExamples(command, [
    ["worker-host run --pool mine -- sh -c 'echo hello'", 'queue a command line'],
    ['worker-host run nightly --watch', 'run a deployment now, and follow it until it ends'],
    [
      'worker-host run --pool mine --job-variable cpu=512 --at 10m -- ./report.sh',
      'with a job variable, ten minutes from now',
    ],
    ['worker-host run nightly --retries 3 --run-timeout 2h', 'at most four attempts of two hours each'],
    [
      'worker-host run --pool mine --array 100 --array-limit 10 -- ./part.sh',
      '100 runs, of which 10 are active at once',
    ],
    ['worker-host run nightly --idempotency-key 2026-05-01', 'at most once for that day'],
  ]);
}

interface Options extends ConcurrencyOptions, PolicyOptions {
  readonly workQueue?: string;
  readonly name?: string;
  readonly jobVariable?: readonly string[];
  readonly param?: readonly string[];
  readonly tag?: readonly string[];
  readonly idempotencyKey?: string;
  readonly priority?: string;
  readonly uniqueKey?: string;
  readonly uniqueWhile?: UniqueWhile;
  readonly uniqueFor?: string;
  readonly after?: readonly string[];
  readonly afterCondition?: FollowCondition;
  readonly array?: string;
  readonly arrayLimit?: string;
  readonly at?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

async function followingOf(
  administration: Administration,
  { after = [], afterCondition: condition }: Options,
): Promise<Following | null> {
  if (after.length === 0) {
    if (condition !== undefined) throw new UsageError('--after-condition requires --after.', HELP);
    return null;
  }
  const runIds = await Promise.all(after.map(async (run) => (await administration.readRun(run)).flowRun.id));
  return { runIds, ...(condition === undefined ? {} : { condition }) };
}

/** Parses `4` (indexes 0 to 3) and `5-9` (those indexes). */
function askedArray({ array, arrayLimit }: Options): RunArray | null {
  if (array === undefined) {
    if (arrayLimit !== undefined) throw new UsageError('--array-limit requires --array.', HELP);
    return null;
  }
  const limit = arrayLimit === undefined ? null : parseCount('--array-limit', arrayLimit, 1);
  const [, first, last] = /^(\d+)-(\d+)$/.exec(array) ?? [];
  if (first === undefined) return { size: parseCount('--array', array, 1), limit };
  if (Number(last) < Number(first)) throw new UsageError(`--array: the range ${array} is empty.`, HELP);
  return { size: Number(last) - Number(first) + 1, firstIndex: Number(first), limit };
}

function uniquenessOf({ uniqueKey: key, uniqueWhile, uniqueFor }: Options): Uniqueness | null {
  if (key === undefined) {
    if (uniqueWhile !== undefined || uniqueFor !== undefined)
      throw new UsageError('--unique-while and --unique-for require --unique-key.', HELP);
    return null;
  }
  if (uniqueWhile !== undefined && uniqueFor !== undefined)
    throw new UsageError('--unique-while and --unique-for cannot be combined.', HELP);
  if (uniqueFor !== undefined) return { key, forSeconds: parseDurationSeconds('--unique-for', uniqueFor) };
  return { key, ...(uniqueWhile === undefined ? {} : { while: uniqueWhile }) };
}

async function queue(
  context: CommandContext,
  command: Command,
  deploymentName: string | undefined,
  options: Options,
): Promise<void> {
  const settings = await context.settings(command);
  const workPoolName = deploymentName === undefined ? settings.get('pool') : command.opts<{ pool?: string }>().pool;
  if (deploymentName !== undefined && workPoolName !== undefined)
    throw new UsageError('Omit --pool: the deployment determines the pool.', HELP);
  if (deploymentName === undefined && workPoolName === undefined)
    throw new UsageError('Pass a deployment, or --pool and a command line after `--`.', HELP);
  if (options.watch && options.json) throw new UsageError('--watch and --json cannot be combined.', HELP);
  await withEmbeddedPool(context, command, 'Use `prefect deployment run`', async (administration) => {
    const jobVariables = jobVariablesOf(options.jobVariable ?? [], context.jobWords);
    if (workPoolName !== undefined && deploymentName === undefined)
      assertCommand(await administration.readWorkPool(workPoolName), jobVariables);
    const flowRun = await administration.createFlowRun({
      deploymentName: deploymentName ?? null,
      workPoolName: workPoolName ?? null,
      workQueueName: options.workQueue ?? null,
      name: options.name ?? null,
      jobVariables,
      parameters: parseAssignments('--param', options.param ?? []),
      tags: options.tag ?? [],
      labels: traceLabels(context.io.environment),
      idempotencyKey: options.idempotencyKey ?? null,
      concurrency: runConcurrencyOf(options),
      policy: policyOf(options),
      priority: options.priority === undefined ? null : parseCount('--priority', options.priority, 1),
      unique: uniquenessOf(options),
      after: await followingOf(administration, options),
      array: askedArray(options),
      scheduledForMs: options.at === undefined ? null : parseMoment('--at', options.at, context.io.clock.nowMs()),
    });
    if (options.json) return context.json(flowRun);
    const array = arrayOf(flowRun);
    const what = array === null ? `run ${flowRun.name}` : `array ${flowRun.name} of ${counted(array.size, 'run')}`;
    if (flowRun.isNew) context.say(`Queued ${what} (${flowRun.id}) in pool ${flowRun.workPoolName}.`);
    else sayItExists(context, flowRun, options);
    noteOneWord(context);
    if (options.watch) {
      context.exitCode = await watchRun(context, administration, flowRun.id);
      return;
    }
    const follow = array === null ? `runs logs ${flowRun.id} --follow` : `runs watch ${flowRun.id}`;
    context.note(`Follow it with: worker-host ${follow}`);
  });
}

/** Response for a repeated idempotency key. */
function sayItExists(context: CommandContext, { name, id, differences }: RequestedRun, options: Options): void {
  const key =
    options.idempotencyKey === undefined
      ? `unique key '${options.uniqueKey}'`
      : `idempotency key '${options.idempotencyKey}'`;
  context.say(`Run ${name} (${id}) exists already with ${key}. No run was queued.`);
  if (differences.length === 0) return;
  const what = differences.map((property) => property.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  context.note(`This request differs from that run in: ${what.join(', ')}. To queue it, pass another key.`);
}

/** Detects `-- 'echo hi; exit 4'`, which names a program including its spaces. */
function noteOneWord(context: CommandContext): void {
  const [word, ...others] = context.jobWords ?? [];
  if (word === undefined || others.length > 0 || !/\s/.test(word)) return;
  context.note(`The command is one word that contains spaces. To run it in a shell, pass: -- sh -c ${quoted(word)}`);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
