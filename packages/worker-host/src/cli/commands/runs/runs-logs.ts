import { isFinalStateType } from '@worker-host/core';
import { type Command, Option } from 'commander';
import type { Administration, StoredLog } from '../../../orchestrators/embedded/administration-types.js';
import { arrayOf } from '../../../orchestrators/embedded/runs/run-arrays.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseCount, parsePast } from '../../input/values.js';
import { LogFollower } from '../../output/log-follower.js';
import { logLineText, messageText } from '../../output/log-line.js';

const LOOK_EVERY_MS = 200;
const LEVELS: Readonly<Record<string, number>> = { debug: 10, info: 20, warning: 30, error: 40 };

export function runsLogsCommand(context: CommandContext): Command {
  const command = newCommand('logs', "Prints the log of a run: its job's output and what the worker did for it.")
    .argument('<run>', 'an id, a prefix of an id, or a name')
    .option('-f, --follow', 'follow the log until the run has ended')
    .option('--attempt <number>', 'only this attempt; default: all attempts')
    .option('-n, --tail <lines>', 'only the last lines')
    .option('--since <time>', 'only lines since this time: 2026-05-01T12:00:00Z, or 10m for ten minutes ago')
    .addOption(
      new Option('-l, --level <level>', 'only lines of this level and above')
        .choices(Object.keys(LEVELS))
        .default('info'),
    )
    .option('--search <text>', 'only lines with this text; ignores case')
    .option('--plain', 'the messages alone')
    .addOption(jsonOption())
    .action((idOrName: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run logs`', async (administration) => {
        const { flowRun } = await administration.readRun(idOrName);
        if (arrayOf(flowRun) !== null)
          context.note(`An array has no log of its own. List its runs with: worker-host runs ls --array ${flowRun.id}`);
        const follower = new LogFollower(administration, flowRun.id, {
          attempt: options.attempt === undefined ? null : parseCount('--attempt', options.attempt, 1),
          level: LEVELS[options.level],
          sinceMs: options.since === undefined ? null : parsePast('--since', options.since, context.io.clock.nowMs()),
          search: options.search,
        });
        if (options.tail !== undefined)
          for (const line of await follower.tail(parseCount('--tail', options.tail, 0))) print(context, line, options);
        if (options.follow) return await follow(context, administration, flowRun.id, follower, options);
        if (options.tail === undefined) await printAll(context, follower, options);
      }),
    );
  return addExamples(command, [
    ['worker-host runs logs 3f2a', 'what it said'],
    ['worker-host runs logs 3f2a --follow --tail 20', 'the last lines, and all further lines until the run ends'],
    ['worker-host runs logs 3f2a --level warning --since 1h', 'what went wrong in the last hour'],
    ['worker-host runs logs 3f2a --json | jq -r .message', 'one JSON object a line'],
  ]);
}

interface Options {
  readonly attempt?: string;
  readonly follow?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly level: string;
  readonly search?: string;
  readonly plain?: boolean;
  readonly json?: boolean;
}

/** Reads the state before the lines, so that the last lines of an ended run are not missed. */
async function follow(
  context: CommandContext,
  administration: Administration,
  flowRunId: string,
  follower: LogFollower,
  options: Options,
): Promise<void> {
  const stop = new AbortController();
  const stopListening = context.io.onStopSignal(() => stop.abort());
  try {
    while (!stop.signal.aborted) {
      const { flowRun } = await administration.readRun(flowRunId);
      await printAll(context, follower, options);
      if (flowRun.stateType !== null && isFinalStateType(flowRun.stateType)) return;
      await context.io.clock.sleep(LOOK_EVERY_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  } finally {
    stopListening();
  }
}

/** Reads each page only after the previous one was printed, so that `| head` ends the command early. */
async function printAll(context: CommandContext, follower: LogFollower, options: Options): Promise<void> {
  for await (const page of follower.pages()) {
    for (const line of page) print(context, line, options);
    await context.io.drained();
  }
}

function print(context: CommandContext, line: StoredLog, options: Options): void {
  if (options.json) context.jsonLine({ timestamp: new Date(line.timestampMs).toISOString(), ...line });
  else context.say(options.plain ? messageText(context, line.message) : logLineText(context, line));
}
