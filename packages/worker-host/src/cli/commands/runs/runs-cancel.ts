import { isFinalStateType } from '@worker-host/core';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';

export function runsCancelCommand(context: CommandContext): Command {
  const command = newCommand('cancel', 'Cancels a run. What waits ends at once; what runs is stopped by its worker.')
    .argument('<run>', 'id, beginning of an id, or name')
    .addOption(jsonOption())
    .action((idOrName: string, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run cancel`', async (administration) => {
        const { flowRun } = await administration.readRun(idOrName);
        const state = await administration.cancelFlowRun(flowRun.id);
        if (options.json) return context.json({ id: flowRun.id, state });
        const goesOn = isFinalStateType(state.type) ? '' : ' Its worker stops it now.';
        context.say(`Run ${flowRun.name} is ${state.name}.${goesOn}`);
      }),
    );
  return addExamples(command, [['worker-host runs cancel 3f2a', 'by the beginning of its id']]);
}
