import { safeOutput } from '../../logging/safe-text.js';
import type { StoredLog } from '../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../command-context.js';
import { formatLevel } from './format.js';

/** Returns the message of a line for its reader: without control characters on a terminal, unchanged in a file. */
export function messageText({ io }: CommandContext, message: string): string {
  return io.stdoutIsTerminal ? message.split('\n').map(safeOutput).join('\n') : message;
}

/** Formats a line of a run's log: `2026-05-01 14:03:22.117 | INFO    | message`. */
export function logLineText(context: CommandContext, { timestampMs, level, message }: StoredLog): string {
  const { times, styles } = context;
  const label = formatLevel(level).padEnd(7);
  return `${times.millisecond(timestampMs)} | ${styles.level(level, label)} | ${messageText(context, message)}`;
}
