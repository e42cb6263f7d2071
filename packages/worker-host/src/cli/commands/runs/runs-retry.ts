import { FINAL_STATE_TYPES } from '@worker-host/core';
import type { Command } from 'commander';
import type { RetryChange } from '../../../orchestrators/embedded/runs/bulk-runs.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, repeatable } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { addRunFilter, type BulkAction, changeRuns, type RunFilterOptions } from '../../input/run-filter-options.js';
import { parseAssignments } from '../../input/values.js';

interface Options extends RunFilterOptions {
  readonly jobVariable?: readonly string[];
  readonly param?: readonly string[];
}

export function runsRetryCommand(context: CommandContext): Command {
  const command = newCommand(
    'retry',
    'Schedules ended runs again, as another attempt of the same run with its full number of retries.',
  );
  addRunFilter(command, retryAction({ jobVariables: {}, parameters: {} }, true))
    .addOption(
      repeatable('--job-variable <name=value>', 'a job variable to change; the value is JSON if it parses; repeatable'),
    )
    .addOption(repeatable('--param <name=value>', 'a parameter to change; the value is JSON if it parses; repeatable'))
    .addOption(jsonOption())
    .action((runs: readonly string[], options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run retry`', (administration) => {
        const change: RetryChange = {
          jobVariables: parseAssignments('--job-variable', options.jobVariable ?? []),
          parameters: parseAssignments('--param', options.param ?? []),
        };
        const action = retryAction(change, runs.length > 0);
        return changeRuns(context, command, administration, { runs, options, action });
      }),
    );
  return addExamples(command, [
    ['worker-host runs retry 3f2a', 'once more'],
    ['worker-host runs retry 3f2a --job-variable memory=8192', 'with more memory'],
    [
      'worker-host runs retry --deployment import --older-than 10m',
      'all failed and crashed runs; counts them, and asks for confirmation',
    ],
  ]);
}

/** Named runs can have ended in any state; a filter selects failed ones. */
function retryAction(change: RetryChange, isNamed: boolean): BulkAction {
  return {
    possible: FINAL_STATE_TYPES,
    usual: isNamed ? FINAL_STATE_TYPES : ['FAILED', 'CRASHED'],
    verb: 'Retry',
    done: 'Scheduled again:',
    act: (administration, filter) => administration.retryRuns(filter, change),
  };
}
