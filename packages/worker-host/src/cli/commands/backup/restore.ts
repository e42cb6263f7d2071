import type { Command } from 'commander';
import { DatabaseUnsoundError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { secretKeyOf } from '../../control-plane/open-embedded-pool.js';
import { describeDatabase } from '../../output/describe-database.js';

export function restoreCommand(context: CommandContext): Command {
  const command = newCommand(
    'restore',
    'Restores a backup into a data directory without a database. Stop all workers first.',
  )
    .argument('<directory>', 'directory of the backup')
    .option('--check', 'check the backup, and change nothing')
    .addOption(jsonOption())
    .action(async (directory: string, options: { check?: boolean; json?: boolean }) => {
      const { home } = await context.settings(command);
      const { checkBackup, restore } = await import('../../../orchestrators/embedded/backup/backup.js');
      const { dataFilesOf } = await import('../../../orchestrators/embedded/database/data-directory.js');
      const secretKey = secretKeyOf(context);
      const report = options.check
        ? checkBackup(directory, secretKey)
        : restore(directory, dataFilesOf(home), secretKey);
      if (options.json) context.json(report);
      else context.say(describeDatabase(report));
      if (report.problems.length > 0) throw new DatabaseUnsoundError(report.path, report.problems);
    });
  return addExamples(command, [
    ['worker-host restore --check /var/backups/worker-host/2026-12-01', 'pages, references, rules and secrets'],
    ['worker-host restore /var/backups/worker-host/2026-12-01 --home /srv/worker-host', 'into an empty data directory'],
  ]);
}
