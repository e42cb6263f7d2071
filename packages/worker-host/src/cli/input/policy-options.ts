import { type Command, Option } from 'commander';
import {
  BACK_OFFS,
  END_ACTIONS,
  type EndAction,
  type EndRule,
  type JobBackOff,
  type JobPolicy,
  type JobRetries,
  type JobTimeLimits,
} from '../../orchestrators/embedded/runs/job-policy.js';
import { UsageError } from '../cli-errors.js';
import { repeatable } from '../command-parts.js';
import { parseCount, parseDurationSeconds } from './values.js';

export interface PolicyOptions {
  readonly retries?: string;
  readonly retryDelay?: string;
  readonly retryBackOff?: JobBackOff;
  readonly retryMaxDelay?: string;
  readonly retryJitter?: string;
  readonly exitCodeMap?: string;
  readonly endRule?: readonly string[];
  readonly queueTimeout?: string;
  readonly startTimeout?: string;
  readonly runTimeout?: string;
}

/** Names of actions in `--exit-code-map` and `--end-rule`. */
const ACTIONS: Readonly<Record<string, EndAction>> = { retry: 'retry', fail: 'fail', complete: 'complete' };
const CONDITIONS: Readonly<Record<string, 'exitCodes' | 'kind' | 'reason'>> = {
  exit: 'exitCodes',
  kind: 'kind',
  reason: 'reason',
};

/** Adds the options for retries, ends and time limits of runs. */
export function addPolicyOptions(command: Command): Command {
  return command
    .option('--retries <number>', 'retries after the job failed or crashed; default: 0')
    .option('--retry-delay <duration>', 'delay before the first retry; default: 10s')
    .addOption(
      new Option('--retry-back-off <kind>', 'how the delay grows; default: exponential').choices([...BACK_OFFS]),
    )
    .option('--retry-max-delay <duration>', 'maximum delay; default: 1h')
    .option('--retry-jitter <part>', 'random variation of the delay, as a fraction from 0 to 1; default: 0.25')
    .option('--exit-code-map <map>', 'actions for exit codes, such as 3=complete,75=retry,1-9=fail')
    .addOption(
      repeatable(
        '--end-rule <conditions:action>',
        'action for an outcome, such as kind=out-of-memory:fail or reason=*connection*:retry; repeatable',
      ),
    )
    .option('--queue-timeout <duration>', 'maximum time from the scheduled time to the claim; default: none')
    .option('--start-timeout <duration>', 'maximum time from the claim until the job runs; default: none')
    .option('--run-timeout <duration>', 'maximum duration of the job; default: none');
}

/** Returns the policy of the options; null: none is given. @throws UsageError */
export function policyOf(options: PolicyOptions): JobPolicy | null {
  const retries = retriesOf(options);
  const rules = [...exitCodeRules(options.exitCodeMap), ...(options.endRule ?? []).map(parseEndRule)];
  const limits = limitsOf(options);
  const policy: JobPolicy = {
    ...(retries === null ? {} : { retries }),
    ...(rules.length === 0 ? {} : { rules }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
  return Object.keys(policy).length === 0 ? null : policy;
}

/** Describes a policy, one line each. */
export function describePolicy({
  retries,
  rules = [],
  limits = {},
}: JobPolicy): readonly (readonly [string, string])[] {
  const limitTexts = Object.entries(limits).map(([name, seconds]) => `${name.replace('Seconds', '')} ${seconds}s`);
  return [
    ...(retries === undefined ? [] : [['attempts', describeRetries(retries)] as const]),
    ...(rules.length === 0 ? [] : [['end rules', rules.map(describeRule).join('; ')] as const]),
    ...(limitTexts.length === 0 ? [] : [['time limits', limitTexts.join(', ')] as const]),
  ];
}

function describeRetries({ attempts, delaySeconds = 10, backOff = 'exponential' }: JobRetries): string {
  return `${attempts} at most, after ${delaySeconds}s, ${backOff}`;
}

function describeRule({ exitCodes, kind, reason, action }: EndRule): string {
  const conditions = [
    ...(exitCodes === undefined ? [] : [`exit=${exitCodes}`]),
    ...(kind === undefined ? [] : [`kind=${kind}`]),
    ...(reason === undefined ? [] : [`reason=${reason}`]),
  ];
  return `${conditions.join(' and ')}: ${action}`;
}

function retriesOf(options: PolicyOptions): JobRetries | null {
  const { retries, retryDelay, retryBackOff, retryMaxDelay, retryJitter } = options;
  if (retries === undefined) {
    if ([retryDelay, retryBackOff, retryMaxDelay, retryJitter].some((given) => given !== undefined))
      throw new UsageError('--retry-delay, --retry-back-off, --retry-max-delay and --retry-jitter require --retries.');
    return null;
  }
  return {
    attempts: parseCount('--retries', retries, 0) + 1,
    ...(retryDelay === undefined ? {} : { delaySeconds: parseDurationSeconds('--retry-delay', retryDelay) }),
    ...(retryBackOff === undefined ? {} : { backOff: retryBackOff }),
    ...(retryMaxDelay === undefined
      ? {}
      : { maxDelaySeconds: parseDurationSeconds('--retry-max-delay', retryMaxDelay) }),
    ...(retryJitter === undefined ? {} : { jitter: parsePart(retryJitter) }),
  };
}

function limitsOf({ queueTimeout, startTimeout, runTimeout }: PolicyOptions): JobTimeLimits {
  return {
    ...(queueTimeout === undefined ? {} : { queueSeconds: parseDurationSeconds('--queue-timeout', queueTimeout) }),
    ...(startTimeout === undefined ? {} : { startSeconds: parseDurationSeconds('--start-timeout', startTimeout) }),
    ...(runTimeout === undefined ? {} : { runSeconds: parseDurationSeconds('--run-timeout', runTimeout) }),
  };
}

/** Parses exit codes. Example: `3=complete,75=retry,1-9=fail`. */
function exitCodeRules(map: string | undefined): readonly EndRule[] {
  if (map === undefined) return [];
  return map.split(',').map((entry) => {
    const [, exitCodes, word = ''] = /^(\d+(?:-\d+)?)=(\w+)$/.exec(entry.trim()) ?? [];
    const action = ACTIONS[word];
    if (exitCodes === undefined || action === undefined)
      throw new UsageError(
        `--exit-code-map expects code=action, such as 3=complete,75=retry, found ${JSON.stringify(entry)}.`,
      );
    return { exitCodes, action };
  });
}

/** Parses an end rule. Example: `exit=1-9,kind=out-of-*:retry`. */
function parseEndRule(text: string): EndRule {
  const split = text.lastIndexOf(':');
  const action = ACTIONS[text.slice(split + 1)];
  if (split <= 0 || action === undefined)
    throw new UsageError(`--end-rule expects conditions:${END_ACTIONS.join('|')}, found ${JSON.stringify(text)}.`);
  const conditions = text
    .slice(0, split)
    .split(/,(?=\w+=)/)
    .map((condition) => {
      const [, key = '', value = ''] = /^(\w+)=(.+)$/.exec(condition) ?? [];
      const name = CONDITIONS[key];
      if (name === undefined)
        throw new UsageError(`--end-rule takes exit=, kind= and reason=, found ${JSON.stringify(condition)}.`);
      return [name, value] as const;
    });
  return { ...Object.fromEntries(conditions), action };
}

function parsePart(text: string): number {
  const part = Number(text);
  if (text.trim() !== '' && part >= 0 && part <= 1) return part;
  throw new UsageError(`--retry-jitter expects a number from 0 to 1, found ${JSON.stringify(text)}.`);
}
