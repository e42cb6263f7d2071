import type { Command } from 'commander';
import type { DatabaseReport } from '../../../orchestrators/embedded/backup/database-check.js';
import { DatabaseUnsoundError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand, newGroup } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { describeDatabase } from '../../output/describe-database.js';
import { answer, type JsonOption } from '../../output/output.js';

const INSTEAD = 'Use `prefect server database`';

export function dbCommand(context: CommandContext): Command {
  return newGroup('db', 'Checks or compacts the database file of the embedded pool.', [
    dbCheckCommand(context),
    dbVacuumCommand(context),
  ]);
}

function dbCheckCommand(context: CommandContext): Command {
  const command = newCommand(
    'check',
    'Checks the database file: pages, references, rules of the pool, and whether its secrets can be read.',
  )
    .addOption(jsonOption())
    .action((options: { json?: boolean }) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        tell(context, await administration.checkDatabase(), options.json === true);
      }),
    );
  return addExamples(command, [['worker-host db check', 'while workers run, too']]);
}

function dbVacuumCommand(context: CommandContext): Command {
  const command = newCommand(
    'vacuum',
    'Rewrites the database file without the space of deleted runs. Workers wait meanwhile; it needs disk space for a second file.',
  )
    .addOption(jsonOption())
    .action((options: JsonOption) =>
      withEmbeddedPool(context, command, INSTEAD, async (administration) => {
        const before = await administration.checkDatabase();
        await administration.vacuum();
        const after = await administration.checkDatabase();
        const text = `The file has ${after.bytes} bytes; it had ${before.bytes}.`;
        answer(context, options, { bytesBefore: before.bytes, bytesAfter: after.bytes }, text);
      }),
    );
  return addExamples(command, [['worker-host db vacuum', 'once, for a database created by an older version']]);
}

function tell(context: CommandContext, report: DatabaseReport, isJson: boolean): void {
  if (isJson) context.json(report);
  else context.say(describeDatabase(report));
  if (report.problems.length > 0) throw new DatabaseUnsoundError(report.path, report.problems);
}
