import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { renderFacts } from '../../output/text-table.js';
import { describePoolLimits } from './pool-limit.js';

export function poolInspectCommand(context: CommandContext): Command {
  const command = newCommand('inspect', 'Shows a work pool: its queues, and with --json its base job template.')
    .argument('<name>', 'name of the pool')
    .addOption(jsonOption())
    .action((name: string, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect work-pool inspect`', async (administration) => {
        const pool = await administration.readWorkPool(name);
        const queues = await administration.listWorkQueues(name);
        if (options.json) return context.json({ ...pool, workQueues: queues });
        const { job_configuration, variables } = pool.baseJobTemplate;
        const keys = Object.keys((variables as { properties?: object } | undefined)?.properties ?? {});
        context.say(
          renderFacts([
            ['name', pool.name],
            ['type', pool.type],
            ['id', pool.id],
            ['status', pool.isPaused ? 'paused' : 'open'],
            ['limit', describePoolLimits(pool)],
            ['queues', queues.map((queue) => queue.name).join(', ')],
            ['template', job_configuration === undefined ? 'none yet: the first worker fills it in' : keys.join(', ')],
          ]),
        );
      }),
    );
  return addExamples(command, [
    ['worker-host pool inspect mine --json | jq .baseJobTemplate > template.json', 'the template, to change it'],
  ]);
}
