import { type FlowRun, isFinalStateType, type StateType } from '@worker-host/core';
import type { Command } from 'commander';
import type { Administration } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { addRunFilter, type BulkAction, changeRuns, type RunFilterOptions } from '../../input/run-filter-options.js';

const OPEN: readonly StateType[] = ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED'];
const CANCEL: BulkAction = {
  possible: OPEN,
  usual: OPEN,
  verb: 'Cancel',
  done: 'Cancelled, or requested to stop:',
  act: (administration, filter) => administration.cancelRuns(filter),
};

export function runsCancelCommand(context: CommandContext): Command {
  const command = newCommand(
    'cancel',
    'Cancels runs. A waiting run ends immediately; the job of an active run is stopped by its worker.',
  );
  addRunFilter(command, CANCEL)
    .addOption(jsonOption())
    .action((runs: readonly string[], options: RunFilterOptions) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run cancel`', async (administration) => {
        const [run, ...others] = runs;
        if (run !== undefined && others.length === 0 && options.dryRun !== true)
          return await cancelOne(context, administration, run, options);
        await changeRuns(context, command, administration, { runs, options, action: CANCEL });
      }),
    );
  return addExamples(command, [
    ['worker-host runs cancel 3f2a', 'by a prefix of its id'],
    [
      'worker-host runs cancel --deployment import',
      'all waiting and active runs; counts them, and asks for confirmation',
    ],
  ]);
}

async function cancelOne(
  context: CommandContext,
  administration: Administration,
  idOrName: string,
  options: RunFilterOptions,
): Promise<void> {
  const { flowRun } = await administration.readRun(idOrName);
  const state = await administration.cancelFlowRun(flowRun.id);
  if (options.json) return context.json({ id: flowRun.id, state });
  const goesOn = isFinalStateType(state.type) ? '' : ` ${await whoStops(administration, flowRun)}`;
  context.say(`Run ${flowRun.name} is ${state.name}.${goesOn}`);
}

async function whoStops(administration: Administration, { workPoolName }: FlowRun): Promise<string> {
  const workers = await administration.listWorkers(workPoolName);
  if (workers.some(({ status }) => status === 'online')) return 'Its worker is stopping it.';
  return `No worker serves the pool; the next one stops it: worker-host start --pool ${workPoolName}`;
}
