import type { FlowRun, StateType } from '@worker-host/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { formatWhen } from '../../format.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { renderTable } from '../../text-table.js';
import { collect, parseCount } from '../../values.js';

const STATE_TYPES = [
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
const COLUMNS = [
  { heading: 'id' },
  { heading: 'name' },
  { heading: 'pool' },
  { heading: 'state' },
  { heading: 'when' },
];

export function runsLsCommand(context: CommandContext): Command {
  const command = newCommand(
    'ls',
    'Lists runs: what waits, runs and ran, the newest first; then what lies ahead, the soonest first.',
  )
    .option('-p, --pool <pool>', 'only of this pool')
    .option('-d, --deployment <name>', 'only of this deployment')
    .addOption(
      new Option('-s, --state <type>', `only in this state (${STATE_TYPES.join(', ')}); may be repeated`).argParser(
        collectState,
      ),
    )
    .option('--limit <runs>', 'at most so many', '20')
    .addOption(jsonOption())
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run ls`', async (administration) => {
        const runs = await administration.listFlowRuns({
          ...(options.pool === undefined ? {} : { workPoolName: options.pool }),
          ...(options.deployment === undefined ? {} : { deploymentName: options.deployment }),
          ...(options.state === undefined
            ? {}
            : { stateTypes: options.state.map((name) => name.toUpperCase() as StateType) }),
          limit: parseCount('--limit', options.limit, 1),
        });
        if (options.json) return context.json(runs);
        context.say(
          renderTable(
            COLUMNS,
            runs.map((run) => rowOf(context, run)),
          ),
        );
      }),
    );
  return addExamples(command, [
    ['worker-host runs ls --state failed --state crashed', 'what went wrong'],
    ["worker-host runs ls --state running --json | jq -r '.[].id'", 'ids of what runs'],
  ]);
}

interface Options {
  readonly pool?: string;
  readonly deployment?: string;
  readonly state?: readonly string[];
  readonly limit: string;
  readonly json?: boolean;
}

function collectState(value: string, before: readonly string[] | undefined): readonly string[] {
  if (!STATE_TYPES.includes(value.toLowerCase()))
    throw new InvalidArgumentError(`Allowed choices are ${STATE_TYPES.join(', ')}.`);
  return collect(value, before);
}

function rowOf(context: CommandContext, run: FlowRun): readonly string[] {
  const type = run.stateType ?? 'SCHEDULED';
  const state = context.styles.state(type, run.stateName ?? type);
  const since = type === 'SCHEDULED' ? run.nextScheduledStartTime : (run.state?.timestamp ?? run.startTime);
  return [run.id, run.name, run.workPoolName ?? '-', state, formatWhen(since, context.io.clock.nowMs())];
}
