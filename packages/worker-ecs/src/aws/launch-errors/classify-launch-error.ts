import type { EcsFailure } from '../ecs-api.js';
import { accessDenialOf } from '../errors/access-denial.js';
import { awsErrorFacts, awsErrorText, isThrottle, isUnanswered } from '../errors/aws-error-facts.js';
import { awsProse } from '../errors/aws-prose.js';
import type { LaunchErrorClass, LaunchErrorContext, LaunchErrorRow } from './launch-error-row.js';
import { LAUNCH_ERROR_TABLE } from './launch-error-table.js';

/** A classified launch error. */
export interface ClassifiedLaunchError {
  readonly class: LaunchErrorClass;
  /** Row of the table; `unknown` if none matched. */
  readonly code: string;
  /** One line for people, including AWS's message. */
  readonly summary: string;
  /** What to try. */
  readonly resolution: string;
  /** The matched text; null: only the error's name matched, or nothing. */
  readonly pattern: string | null;
  /** AWS's message. */
  readonly awsText: string;
}

/** No context in addition to the error. */
export const NO_CONTEXT: LaunchErrorContext = {
  launchType: null,
  configuresLogs: false,
  cluster: null,
  executionRoleArn: null,
  taskDefinitionArn: null,
  capacityProviders: [],
  region: null,
  denial: null,
};

/** Classifies an error with which RunTask was rejected, by the first row that matches. */
export function classifyLaunchError(
  error: unknown,
  given: LaunchErrorContext = NO_CONTEXT,
  table: readonly LaunchErrorRow[] = LAUNCH_ERROR_TABLE,
): ClassifiedLaunchError {
  const { name, message } = awsErrorFacts(error);
  const awsText = awsErrorText(error);
  const context = { ...given, denial: accessDenialOf(error) };
  const row =
    rowOf(table, 'error', name, message, context) ??
    (isThrottle(error) ? byCode('throttled') : isUnanswered(error) ? byCode('no-answer') : undefined);
  return row ? described(row, awsText, context) : unknown(awsText);
}

/** Classifies an entry of `failures` in a response without tasks. Null: the response has neither tasks nor failures. */
export function classifyLaunchFailure(
  failure: EcsFailure | null,
  context: LaunchErrorContext = NO_CONTEXT,
  table: readonly LaunchErrorRow[] = LAUNCH_ERROR_TABLE,
): ClassifiedLaunchError {
  const where = `ecs:RunTask${context.region ? ` in ${context.region}` : ''}`;
  if (failure === null) {
    return {
      class: 'capacity',
      code: 'no-task',
      summary: `ECS answered ${where} with no tasks or failures`,
      resolution: 'The launch is retried with a new token.',
      pattern: null,
      awsText: '',
    };
  }
  const text = [failure.reason, failure.detail].filter((part) => part).join(': ');
  const row = rowOf(table, 'failure', '', text, context) ?? byCode('not-placed');
  const awsText = `${where}: ${text}`;
  return row ? described(row, awsText, context) : unknown(awsText);
}

function rowOf(
  table: readonly LaunchErrorRow[],
  arrives: LaunchErrorRow['arrives'],
  name: string,
  text: string,
  context: LaunchErrorContext,
): LaunchErrorRow | undefined {
  const prose = awsProse(text);
  return table.find(
    (row) =>
      row.arrives === arrives &&
      (row.names === undefined || row.names.includes(name)) &&
      (row.pattern === undefined || row.pattern.test(prose)) &&
      (row.when === undefined || row.when(context)),
  );
}

function byCode(code: string): LaunchErrorRow | undefined {
  return LAUNCH_ERROR_TABLE.find((row) => row.code === code);
}

function described(row: LaunchErrorRow, awsText: string, context: LaunchErrorContext): ClassifiedLaunchError {
  return {
    class: row.class,
    code: row.code,
    summary: `${row.summary(context)}: ${awsText}`,
    resolution: row.resolution(context),
    pattern: row.pattern?.source ?? null,
    awsText,
  };
}

function unknown(awsText: string): ClassifiedLaunchError {
  return {
    class: 'settling',
    code: 'unknown',
    summary: `The launch failed with an unknown error: ${awsText}`,
    resolution: 'The worker retries a few times. If it persists, see the message of AWS.',
    pattern: null,
    awsText,
  };
}
