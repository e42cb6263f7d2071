import type { Command } from 'commander';
import { exitCodeOf } from '../../../orchestrators/embedded/runs/job-ends.js';
import type { RunAttempt } from '../../../orchestrators/embedded/runs/run-attempts.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { formatDuration } from '../../output/format.js';
import { readDiagnosis } from '../../output/run-result.js';
import { renderTable } from '../../output/text-table.js';

const COLUMNS = [
  { heading: 'attempt', alignRight: true },
  { heading: 'started' },
  { heading: 'took' },
  { heading: 'state' },
  { heading: 'exit', alignRight: true },
  { heading: 'reason' },
];

export function runsAttemptsCommand(context: CommandContext): Command {
  const command = newCommand('attempts', 'Shows each attempt of a run: when it ran, how it ended, and why.')
    .argument('<run>', 'an id, a prefix of an id, or a name')
    .addOption(jsonOption())
    .action((idOrName: string, options: { json?: boolean }) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run inspect`', async (administration) => {
        const { attempts } = await administration.readRun(idOrName);
        if (options.json) return context.json(attempts);
        context.say(
          renderTable(
            COLUMNS,
            attempts.map((attempt) => rowOf(context, attempt)),
          ),
        );
      }),
    );
  return addExamples(command, [
    ['worker-host runs attempts 3f2a', 'all of them'],
    ['worker-host runs logs 3f2a --attempt 2', 'the log of one'],
  ]);
}

function rowOf(context: CommandContext, attempt: RunAttempt): readonly string[] {
  const { number, startedAt, endedAt, stateType, stateName, result } = attempt;
  const seconds = startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return [
    String(number),
    startedAt ?? '-',
    seconds === null ? '-' : formatDuration(seconds),
    context.styles.state(stateType, stateName),
    String(exitCodeOf(result) ?? '-'),
    readDiagnosis(result)?.summary ?? attempt.message ?? '',
  ];
}
