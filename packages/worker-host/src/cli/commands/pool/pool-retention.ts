import { type Command, Option } from 'commander';
import {
  RETAINED_STATE_TYPES,
  type RetainedStateType,
  type Retention,
  type RetentionRule,
} from '../../../orchestrators/embedded/pools/retention.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { collect, parseDurationSeconds, parseLimit } from '../../input/values.js';
import { formatDuration } from '../../output/format.js';
import { renderTable } from '../../output/text-table.js';

const COLUMNS = [{ heading: 'state' }, { heading: 'max age' }, { heading: 'max runs', alignRight: true }];

interface Options {
  readonly state?: readonly string[];
  readonly maxAge?: string;
  readonly maxRuns?: string;
  readonly json?: boolean;
}

export function poolRetentionCommand(context: CommandContext): Command {
  const states = RETAINED_STATE_TYPES.map((type) => type.toLowerCase());
  const command = newCommand('retention', 'Shows or sets how long the ended runs of a pool are kept.')
    .argument('<name>', 'name of the pool')
    .addOption(
      new Option(
        '-s, --state <type>',
        `of runs that ended in this state (${states.join(', ')}); repeatable; default: all`,
      ).argParser(collect),
    )
    .option('--max-age <duration>', 'keep runs this long after their end, such as 30d, or none')
    .option('--max-runs <runs>', 'keep at most this many runs, or none')
    .addOption(jsonOption())
    .action((name: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect server database`', async (administration) => {
        const rule = ruleOf(options);
        const retention =
          Object.keys(rule).length === 0
            ? await administration.readRetention(name)
            : await administration.setRetention(name, statesOf(options), rule);
        if (options.json) return context.json(retention);
        context.say(renderTable(COLUMNS, rowsOf(retention)));
      }),
    );
  return addExamples(command, [
    ['worker-host pool retention mine', 'what it is'],
    [
      'worker-host pool retention mine --state completed --max-age 7d --max-runs 10000',
      'keep completed runs for a week',
    ],
    ['worker-host pool retention mine --max-age none --max-runs none', 'keep all runs'],
  ]);
}

function ruleOf({ maxAge, maxRuns }: Options): Partial<RetentionRule> {
  return {
    ...(maxAge === undefined
      ? {}
      : { maxAgeSeconds: maxAge === 'none' ? null : parseDurationSeconds('--max-age', maxAge) }),
    ...(maxRuns === undefined ? {} : { maxRuns: parseLimit('--max-runs', maxRuns) }),
  };
}

function statesOf({ state }: Options): readonly RetainedStateType[] {
  if (state === undefined) return RETAINED_STATE_TYPES;
  return RETAINED_STATE_TYPES.filter((type) => state.some((name) => name.toUpperCase() === type));
}

function rowsOf(retention: Retention): readonly (readonly string[])[] {
  return RETAINED_STATE_TYPES.map((type) => {
    const { maxAgeSeconds, maxRuns } = retention[type];
    return [
      type.toLowerCase(),
      maxAgeSeconds === null ? 'any' : formatDuration(maxAgeSeconds),
      String(maxRuns ?? 'any'),
    ];
  });
}
