import { type Command, Option } from 'commander';
import {
  type LimitRule,
  ON_LIMIT_STRATEGIES,
  type OnLimit,
  type Rate,
  type RunConcurrency,
} from '../../orchestrators/embedded/limits/limit-types.js';
import { UsageError } from '../cli-errors.js';
import { parseCount, parseDurationSeconds, parseLimit } from './values.js';

export interface LimitOptions {
  readonly max?: string;
  readonly onLimit?: OnLimit;
  readonly rate?: string;
}

export interface ConcurrencyOptions {
  readonly concurrencyKey?: string;
  readonly concurrencyLimit?: string;
  readonly onLimit?: OnLimit;
}

/** `--on-limit`: what happens to a due run while a limit is reached. */
export function onLimitOption(): Option {
  return new Option('--on-limit <what>', 'what to do with a run that is due while the limit is reached').choices([
    ...ON_LIMIT_STRATEGIES,
  ]);
}

/** Adds `--concurrency-key`, `--concurrency-limit` and `--on-limit`. */
export function addConcurrencyOptions(command: Command, ofLimit: string): Command {
  return command
    .option('--concurrency-key <key>', 'concurrency key whose limit applies')
    .option('--concurrency-limit <runs>', ofLimit)
    .addOption(onLimitOption());
}

/** Returns the rule of `--max`, `--on-limit` and `--rate`. @throws UsageError */
export function limitRuleOf({ max = 'none', onLimit = 'queue', rate }: LimitOptions): LimitRule {
  return { most: parseLimit('--max', max), onLimit, rate: rate === undefined ? null : parseRate(rate) };
}

/** Returns the rule of `--concurrency-limit` and `--on-limit`; null: not given. @throws UsageError */
export function concurrencyRuleOf(options: ConcurrencyOptions): Pick<LimitRule, 'most' | 'onLimit'> | null {
  const { concurrencyLimit, onLimit } = options;
  if (concurrencyLimit === undefined) {
    if (onLimit !== undefined) throw new UsageError('--on-limit requires --concurrency-limit.');
    return null;
  }
  return { most: parseCount('--concurrency-limit', concurrencyLimit, 1), onLimit: onLimit ?? 'queue' };
}

/** Returns the key of a run, with its limit if given; null: no key. @throws UsageError */
export function runConcurrencyOf(options: ConcurrencyOptions): RunConcurrency | null {
  const rule = concurrencyRuleOf(options);
  if (options.concurrencyKey !== undefined) return { key: options.concurrencyKey, rule };
  if (rule !== null) throw new UsageError('--concurrency-limit of a run requires --concurrency-key.');
  return null;
}

/** Describes a rule: `2 at once, 10 in 60s, else skip`. */
export function describeLimit({ most, onLimit, rate }: LimitRule): string {
  const parts = [
    ...(most === null ? [] : [`${most} at once`]),
    ...(rate === null ? [] : [`${rate.runs} in ${rate.perSeconds}s`]),
  ];
  return `${parts.join(', ')}, else ${onLimit}`;
}

/** Parses a rate. Example: `10/1m`. */
function parseRate(text: string): Rate {
  const [runs, time, ...others] = text.split('/');
  if (runs === undefined || time === undefined || others.length > 0)
    throw new UsageError(`--rate expects runs per time, such as 10/1m, found ${JSON.stringify(text)}.`);
  return { runs: parseCount('--rate', runs, 1), perSeconds: parseDurationSeconds('--rate', time) };
}
