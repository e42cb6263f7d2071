import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { describeDatabase } from '../../output/describe-database.js';

export function backupCommand(context: CommandContext): Command {
  const command = newCommand(
    'backup',
    'Makes a consistent copy of the embedded pool, and checks it. Workers keep running.',
  )
    .argument('<directory>', 'a directory that does not exist, or is empty')
    .option('--with-key', 'also copy the key of the secrets; the secrets of the copy are then readable')
    .addOption(jsonOption())
    .action((directory: string, options: { withKey?: boolean; json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use the backup tools of its database', async (administration) => {
        const report = await administration.backUp(directory, options.withKey === true);
        if (options.json) return context.json(report);
        context.say(describeDatabase(report));
        if (report.secrets > 0 && options.withKey !== true)
          context.note('The backup does not contain the key of the secrets: store it elsewhere, or use --with-key.');
      }),
    );
  return addExamples(command, [
    ['worker-host backup /var/backups/worker-host/2026-12-01', 'every night, from cron'],
    ['worker-host restore --check /var/backups/worker-host/2026-12-01', 'check the backup'],
  ]);
}
