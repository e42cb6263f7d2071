import type { JsonObject } from '@worker-host/core';
import { type Command, Option } from 'commander';
import {
  CATCH_UP_POLICIES,
  type CatchUp,
  OVERLAP_POLICIES,
  type Overlap,
  type Schedule,
  type ScheduleRules,
  type ScheduleTimes,
} from '../../orchestrators/embedded/schedules/schedule-types.js';
import { UsageError } from '../cli-errors.js';
import { repeatable } from '../command-parts.js';
import { parseDurationSeconds, parseMoment } from './values.js';

export interface ScheduleOptions {
  readonly cron?: readonly string[];
  readonly rrule?: readonly string[];
  readonly timezone?: string;
  readonly interval?: readonly string[];
  readonly anchor?: string;
  readonly overlap?: Overlap;
  readonly jitter?: string;
  readonly catchUp?: CatchUp;
  readonly catchUpWindow?: string;
}

/** Adds the options for when and how a deployment runs by itself. */
export function addScheduleOptions(command: Command): Command {
  return command
    .addOption(repeatable('--cron <expression>', 'run at these times, five cron fields; repeatable'))
    .addOption(
      repeatable(
        '--rrule <rule>',
        'run by this rule of RFC 5545, such as FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9; repeatable',
      ),
    )
    .option('--timezone <zone>', 'time zone of --cron and --rrule, such as Europe/Berlin; default: UTC')
    .addOption(repeatable('--interval <duration>', 'run at this interval, such as 90s, 10m, 2h; repeatable'))
    .option('--anchor <time>', 'start time of --interval; default: 1970-01-01T00:00:00Z')
    .addOption(
      new Option(
        '--overlap <what>',
        'what to do with a scheduled run while the previous one is active; default: allow',
      ).choices([...OVERLAP_POLICIES]),
    )
    .option('--jitter <duration>', 'delay each scheduled run randomly, by up to this duration')
    .addOption(
      new Option('--catch-up <which>', 'which missed times to run after no worker was alive; default: latest').choices([
        ...CATCH_UP_POLICIES,
      ]),
    )
    .option('--catch-up-window <duration>', 'maximum age of a missed time to run; default: 1d');
}

/** Returns the schedules of the options, all with the same rules. @throws UsageError */
export function schedulesOf(
  options: ScheduleOptions,
  more: Pick<ScheduleRules, 'name' | 'parameters'> = {},
): readonly Schedule[] {
  const { cron = [], rrule = [], interval = [], timezone, anchor } = options;
  if (timezone !== undefined && cron.length + rrule.length === 0)
    throw new UsageError('--timezone requires --cron or --rrule.');
  if (anchor !== undefined && interval.length === 0) throw new UsageError('--anchor requires --interval.');
  const rules = { ...rulesOf(options), ...more };
  if (Object.keys(rules).length > 0 && cron.length + rrule.length + interval.length === 0)
    throw new UsageError(
      '--overlap, --jitter, --catch-up and --catch-up-window require --cron, --rrule or --interval.',
    );
  const anchorTime = anchor === undefined ? null : new Date(parseMoment('--anchor', anchor, 0)).toISOString();
  const times: readonly ScheduleTimes[] = [
    ...cron.map((expression) => ({ kind: 'cron', cron: expression, timezone: timezone ?? null }) as const),
    ...rrule.map((rule) => ({ kind: 'rrule', rrule: rule, timezone: timezone ?? null }) as const),
    ...interval.map((text) => {
      return {
        kind: 'interval',
        intervalSeconds: parseDurationSeconds('--interval', text),
        anchor: anchorTime,
      } as const;
    }),
  ];
  return times.map((each) => ({ ...each, ...rules }));
}

function rulesOf({ overlap, jitter, catchUp, catchUpWindow }: ScheduleOptions): ScheduleRules {
  return {
    ...(overlap === undefined ? {} : { overlap }),
    ...(jitter === undefined ? {} : { jitterSeconds: parseDurationSeconds('--jitter', jitter) }),
    ...(catchUp === undefined ? {} : { catchUp }),
    ...(catchUpWindow === undefined
      ? {}
      : { catchUpSeconds: parseDurationSeconds('--catch-up-window', catchUpWindow) }),
  };
}

/** Options of a single schedule in addition: a name and parameters. */
export function namedRules(
  name: string | undefined,
  parameters: JsonObject,
): Pick<ScheduleRules, 'name' | 'parameters'> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}
