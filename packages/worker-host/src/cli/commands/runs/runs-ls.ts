import type { StateType } from '@worker-host/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { MOST_COUNTED, RUN_SORTS, type RunSort } from '../../../orchestrators/embedded/listing/run-listing.js';
import type { RunQuery } from '../../../orchestrators/embedded/listing/run-lists.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { collect, parseCount, parsePast } from '../../input/values.js';
import { addOutputOptions, type OutputOptions, printList } from '../../output/output.js';
import { runColumns } from './run-columns.js';

const STATES = [
  'late',
  'scheduled',
  'pending',
  'running',
  'paused',
  'cancelling',
  'completed',
  'failed',
  'crashed',
  'cancelled',
];

export function runsLsCommand(context: CommandContext): Command {
  const command = newCommand(
    'ls',
    'Lists runs: due, active and ended runs, the last changed first; then future runs, the soonest first.',
  )
    .option('-p, --pool <pool>', 'only of this pool')
    .option('-d, --deployment <name>', 'only of this deployment')
    .option('-q, --work-queue <queue>', 'only of this queue')
    .option('-w, --worker <name>', 'only of this worker')
    .option('--array <run>', 'only the runs of this array: an id, a prefix of an id, or a name')
    .option('-t, --tag <tag>', 'only with this tag')
    .addOption(
      new Option('-s, --state <state>', `only in this state (${STATES.join(', ')}); repeatable`).argParser(
        collectState,
      ),
    )
    .option('--since <time>', 'only runs changed or due since this time: 2026-05-01T12:00:00Z, or 2h for two hours ago')
    .option('--until <time>', 'only runs changed or due before this time')
    .option('--search <text>', 'only runs with this text in name, id or diagnosis; ignores case')
    .addOption(new Option('--sort <order>', 'sort order').choices(RUN_SORTS).default('changed'))
    .option('--limit <runs>', 'maximum number of runs', '20')
    .option('--after <run>', 'continue after this run: an id, a prefix of an id, or a name')
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run ls`', async (administration) => {
        const query = queryOf(options, context.io.clock.nowMs());
        const after = options.after === undefined ? null : (await administration.readRun(options.after)).flowRun.id;
        const arrayId = options.array === undefined ? null : (await administration.readRun(options.array)).flowRun.id;
        const { runs, more } = await administration.listRuns({ ...query, arrayId, after });
        await printList(context, options, {
          items: runs,
          columns: runColumns(context),
          name: ({ name }) => name,
          empty: 'No run matches. Create one with: worker-host run --pool POOL -- COMMAND',
        });
        const last = runs.at(-1);
        if (more > 0 && last !== undefined)
          context.note(
            `and ${countText(more)} more: use --limit to show more, or --after ${last.shortId} to continue.`,
          );
      }),
    );
  addOutputOptions(command);
  return addExamples(command, [
    ['worker-host runs ls --state failed --state crashed --since 24h', 'failed and crashed runs of the last 24 hours'],
    ['worker-host runs ls --state late', 'overdue runs, with the reason'],
    ['worker-host runs ls --deployment nightly --sort duration -o wide', 'longest runs first, with more columns'],
    ['worker-host runs ls --array 3f2a --state failed', 'failed runs of an array'],
    ["worker-host runs ls --state running --json | jq -r '.[].id'", 'ids of the running runs'],
  ]);
}

interface Options extends OutputOptions {
  readonly pool?: string;
  readonly deployment?: string;
  readonly workQueue?: string;
  readonly worker?: string;
  readonly array?: string;
  readonly tag?: string;
  readonly state?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly search?: string;
  readonly sort: RunSort;
  readonly limit: string;
  readonly after?: string;
}

function queryOf(options: Options, nowMs: number): RunQuery {
  return {
    workPoolName: options.pool,
    deploymentName: options.deployment,
    queueName: options.workQueue,
    workerName: options.worker,
    tag: options.tag,
    states: options.state?.map((name) => name.toUpperCase() as StateType | 'LATE'),
    sinceMs: options.since === undefined ? null : parsePast('--since', options.since, nowMs),
    untilMs: options.until === undefined ? null : parsePast('--until', options.until, nowMs),
    text: options.search,
    sort: options.sort,
    limit: parseCount('--limit', options.limit, 1),
  };
}

function collectState(value: string, before: readonly string[] | undefined): readonly string[] {
  if (!STATES.includes(value.toLowerCase()))
    throw new InvalidArgumentError(`Allowed choices are ${STATES.join(', ')}.`);
  return collect(value, before);
}

function countText(more: number): string {
  return more >= MOST_COUNTED ? `${MOST_COUNTED}+` : String(more);
}
