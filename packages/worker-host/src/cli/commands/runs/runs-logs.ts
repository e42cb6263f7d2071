import { isFinalStateType, type LogRecord } from '@worker-host/core';
import type { Command } from 'commander';
import type { Administration } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import { formatClockTime, formatLevel } from '../../format.js';
import { LogFollower } from '../../log-follower.js';
import { withEmbeddedPool } from '../../open-embedded-pool.js';
import { parseCount } from '../../values.js';

const LOOK_EVERY_MS = 200;

export function runsLogsCommand(context: CommandContext): Command {
  const command = newCommand('logs', "Prints the log of a run: its job's output and what the worker did for it.")
    .argument('<run>', 'id, beginning of an id, or name')
    .option('-f, --follow', 'go on until the run has ended')
    .option('--attempt <number>', 'of this attempt alone; default: of all')
    .option('--plain', 'the messages alone')
    .addOption(jsonOption())
    .action((idOrName: string, options: Options) =>
      withEmbeddedPool(context, command, 'Use `prefect flow-run logs`', async (administration) => {
        const { flowRun } = await administration.readRun(idOrName);
        const follower = new LogFollower(administration, flowRun.id, attemptOf(options));
        if (options.follow) return await follow(context, administration, flowRun.id, follower, options);
        for (const line of await follower.next()) print(context, line, options);
      }),
    );
  return addExamples(command, [
    ['worker-host runs logs 3f2a', 'what it said'],
    ['worker-host runs logs 3f2a --follow', 'what it says, until its end'],
    ['worker-host runs logs 3f2a --json | jq -r .message', 'one JSON object a line'],
  ]);
}

interface Options {
  readonly attempt?: string;
  readonly follow?: boolean;
  readonly plain?: boolean;
  readonly json?: boolean;
}

function attemptOf({ attempt }: Options): number | null {
  return attempt === undefined ? null : parseCount('--attempt', attempt, 1);
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
      for (const line of await follower.next()) print(context, line, options);
      if (flowRun.stateType !== null && isFinalStateType(flowRun.stateType)) return;
      await context.io.clock.sleep(LOOK_EVERY_MS, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  } finally {
    stopListening();
  }
}

function print(context: CommandContext, line: LogRecord, options: Options): void {
  if (options.json) context.jsonLine(line);
  else if (options.plain) context.say(line.message);
  else context.say(`${formatClockTime(line.timestampMs)} | ${formatLevel(line.level).padEnd(7)} | ${line.message}`);
}
