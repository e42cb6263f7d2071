import { FINAL_STATE_TYPES } from '@worker-host/core';
import type { Command } from 'commander';
import { DELETABLE_STATE_TYPES } from '../../../orchestrators/embedded/runs/run-selection.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { addRunFilter, type BulkAction, changeRuns, type RunFilterOptions } from '../../input/run-filter-options.js';

const DELETE: BulkAction = {
  possible: DELETABLE_STATE_TYPES,
  usual: FINAL_STATE_TYPES,
  verb: 'Delete',
  done: 'Deleted',
  act: (administration, filter) => administration.deleteRuns(filter),
};

export function runsDeleteCommand(context: CommandContext): Command {
  const command = newCommand('delete', 'Deletes runs with their states and logs, except runs that a worker owns.');
  addRunFilter(command, DELETE)
    .addOption(jsonOption())
    .action((runs: readonly string[], options: RunFilterOptions) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run delete`', (administration) =>
        changeRuns(context, command, administration, { runs, options, action: DELETE }),
      ),
    );
  return addExamples(command, [
    ['worker-host runs delete 3f2a', 'one run that has ended'],
    ['worker-host runs delete --deployment poll --older-than 1d', 'counts the ended runs, and asks for confirmation'],
    ['worker-host runs delete --pool mine --state scheduled --yes', 'what waits, without asking'],
  ]);
}
