import type { StateType } from '@worker-host/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Administration } from '../../orchestrators/embedded/administration-types.js';
import type { RunSelectionFilter, StateCounts } from '../../orchestrators/embedded/runs/run-selection.js';
import { UsageError } from '../cli-errors.js';
import { type CommandContext, pathOf } from '../command-context.js';
import { confirm, counted } from './confirm.js';
import { collect, parseDurationSeconds } from './values.js';

export interface RunFilterOptions {
  readonly pool?: string;
  readonly deployment?: string;
  readonly state?: readonly string[];
  readonly tag?: string;
  readonly olderThan?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** A command that changes runs. */
export interface BulkAction {
  /** Selectable states; by default, the command selects all of `usual`. */
  readonly possible: readonly StateType[];
  readonly usual: readonly StateType[];
  /** As a command and in the past tense: `Delete`, `deleted`. */
  readonly verb: string;
  readonly done: string;
  readonly act: (administration: Administration, filter: RunSelectionFilter) => Promise<number>;
}

/** Adds the runs by name and the options that select runs. */
export function addRunFilter(command: Command, { possible }: BulkAction): Command {
  const names = possible.map((type) => type.toLowerCase());
  const toState = (value: string, before: readonly string[] | undefined): readonly string[] => {
    if (!names.includes(value.toLowerCase()))
      throw new InvalidArgumentError(`Allowed choices are ${names.join(', ')}.`);
    return collect(value.toUpperCase(), before);
  };
  return command
    .argument('[runs...]', 'ids, prefixes of ids, or names')
    .option('-p, --pool <pool>', 'all runs of this pool')
    .option('-d, --deployment <name>', 'all runs of this deployment')
    .addOption(
      new Option('-s, --state <type>', `all runs in this state (${names.join(', ')}); repeatable`).argParser(toState),
    )
    .option('--tag <tag>', 'all runs with this tag')
    .option('--older-than <duration>', 'all runs that ended or were due longer ago than this')
    .option('--dry-run', 'only count the runs')
    .option('--yes', 'do not ask for confirmation');
}

/** Counts the selected runs, asks for confirmation if a filter selects them, and changes them. */
export async function changeRuns(
  context: CommandContext,
  command: Command,
  administration: Administration,
  {
    runs,
    options,
    action,
  }: { readonly runs: readonly string[]; readonly options: RunFilterOptions; readonly action: BulkAction },
): Promise<void> {
  const filter = await filterOf(context, command, administration, { runs, options, action });
  const counts = await administration.countRuns(filter);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (options.dryRun === true || total === 0) {
    if (options.json) return context.json({ counts, changed: 0 });
    context.say(
      total === 0 ? 'No runs were selected.' : `Would ${action.verb.toLowerCase()} ${describeCounts(counts)}.`,
    );
    return;
  }
  if (runs.length === 0 && options.yes !== true)
    await confirm(context, command, {
      consequence: `This would ${action.verb.toLowerCase()} ${describeCounts(counts)}.`,
      verb: action.verb,
    });
  const changed = await action.act(administration, filter);
  if (options.json) return context.json({ counts, changed });
  context.say(`${action.done} ${counted(changed, 'run')}.`);
}

async function filterOf(
  context: CommandContext,
  command: Command,
  administration: Administration,
  {
    runs,
    options,
    action,
  }: { readonly runs: readonly string[]; readonly options: RunFilterOptions; readonly action: BulkAction },
): Promise<RunSelectionFilter> {
  const { pool, deployment, state, tag, olderThan } = options;
  if ([pool, deployment, state, tag, olderThan].every((given) => given === undefined) && runs.length === 0)
    throw new UsageError(
      'Pass runs, or select them with --pool, --deployment, --state, --tag or --older-than.',
      `worker-host ${pathOf(command)} --help`,
    );
  const ids = await Promise.all(runs.map(async (run) => (await administration.readRun(run)).flowRun.id));
  return {
    stateTypes: (state as readonly StateType[] | undefined) ?? action.usual,
    ...(ids.length === 0 ? {} : { ids }),
    ...(pool === undefined ? {} : { workPoolName: pool }),
    ...(deployment === undefined ? {} : { deploymentName: deployment }),
    ...(tag === undefined ? {} : { tag }),
    ...(olderThan === undefined
      ? {}
      : { beforeMs: Math.round(context.io.clock.nowMs() - parseDurationSeconds('--older-than', olderThan) * 1000) }),
  };
}

function describeCounts(counts: StateCounts): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(counts).map(([type, count]) => `${count} ${type.toLowerCase()}`);
  return `${counted(total, 'run')} (${parts.join(', ')})`;
}
