import { parseArgs } from 'node:util';

import { WorkerError } from '@worker-host/core';
import { Assumptions, type AssumptionValues } from './assumptions/assumptions.js';
import { checkFault } from './faults/check-fault.js';
import type { Fault } from './faults/fault.js';
import type { LocalAwsOptions } from './server/options.js';

/** The command line of `local-aws` is invalid. */
class LocalAwsUsageError extends WorkerError {
  readonly code = 'LOCAL_AWS_USAGE';

  constructor(readonly problems: readonly string[]) {
    super(`Cannot start with these options: ${problems.join('; ')}. Try local-aws --help.`, {
      details: { problems: [...problems] },
    });
  }
}

/** Parsed command line. */
export interface Command {
  readonly wantsHelp: boolean;
  readonly wantsJson: boolean;
  readonly options: LocalAwsOptions;
  readonly faults: readonly Fault[];
}

const DEFAULT_PORT = 4566;

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  region: { type: 'string' },
  account: { type: 'string' },
  'access-key': { type: 'string', multiple: true },
  throttling: { type: 'string' },
  phases: { type: 'string' },
  requests: { type: 'string' },
  'events-queue': { type: 'string' },
  'task-env': { type: 'string', multiple: true },
  secret: { type: 'string', multiple: true },
  workdir: { type: 'string' },
  simulate: { type: 'string' },
  'stop-timeout': { type: 'string' },
  'container-instances': { type: 'string' },
  fault: { type: 'string', multiple: true },
  assume: { type: 'string', multiple: true },
  seed: { type: 'string' },
  keep: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Parses the command line. Throws {@link LocalAwsUsageError} with all problems. */
export function parseCommand(args: readonly string[]): Command {
  const problems: string[] = [];
  const flags = readFlags(args);
  const number = (name: 'port' | 'stop-timeout' | 'container-instances' | 'seed'): number | undefined => {
    const text = flags[name];
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text)) problems.push(`--${name} must be a whole number, not '${text}'`);
    return Number(text);
  };
  const oneOf = <T extends string>(name: 'throttling' | 'phases' | 'requests', known: readonly T[]): T | undefined => {
    const text = flags[name];
    if (text !== undefined && !known.includes(text as T)) problems.push(`--${name} must be one of ${known.join(', ')}`);
    return text as T | undefined;
  };
  const pairs = (name: 'task-env' | 'secret' | 'assume' | 'access-key'): Record<string, string> => {
    const found: Record<string, string> = {};
    for (const text of flags[name] ?? []) {
      const separator = text.indexOf('=');
      if (separator < 1) problems.push(`--${name} must be NAME=VALUE`);
      else found[text.slice(0, separator)] = text.slice(separator + 1);
    }
    return found;
  };
  const assumptions = flags.assume === undefined ? undefined : readAssumptions(pairs('assume'), problems);
  const faults = (flags.fault ?? []).flatMap((text) => {
    try {
      return [checkFault(JSON.parse(text))];
    } catch (error) {
      problems.push(`--fault ${text}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  const options = {
    port: number('port') ?? DEFAULT_PORT,
    host: flags.host,
    region: flags.region,
    account: flags.account,
    accounts: flags['access-key'] === undefined ? undefined : pairs('access-key'),
    throttling: oneOf('throttling', ['aws', 'off']),
    phases: oneOf('phases', ['fast', 'realistic']),
    requests: oneOf('requests', ['aws', 'botocore']),
    eventsQueue: flags['events-queue'],
    taskEnvironment: pairs('task-env'),
    secrets: pairs('secret'),
    workingDirectory: flags.workdir,
    simulate: flags.simulate,
    defaultStopTimeoutSeconds: number('stop-timeout'),
    containerInstances: number('container-instances'),
    assumptions,
    seed: number('seed'),
    keep: flags.keep,
  };
  if (problems.length > 0) throw new LocalAwsUsageError(problems);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    wantsHelp: flags.help ?? false,
    wantsJson: flags.json ?? false,
    options: Object.fromEntries(given) as LocalAwsOptions,
    faults,
  };
}

function readAssumptions(given: Readonly<Record<string, string>>, problems: string[]): Partial<AssumptionValues> {
  const truths: Readonly<Record<string, boolean>> = { true: true, false: false };
  const values: Partial<AssumptionValues> = Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, truths[text] ?? text]),
  );
  try {
    new Assumptions(values);
  } catch (error) {
    problems.push(`--assume: ${error instanceof Error ? error.message : String(error)}`);
  }
  return values;
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: false }).values;
  } catch (error) {
    throw new LocalAwsUsageError([error instanceof Error ? error.message : String(error)]);
  }
}
