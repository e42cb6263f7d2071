import { LaunchRefused, WorkerError } from '@worker-host/core';
import { accessDenialOf, adviceOnDenial } from '../aws/errors/access-denial.js';
import { awsErrorText, isCredentialFailure, isThrottle, isUnanswered } from '../aws/errors/aws-error-facts.js';
import type { ClassifiedLaunchError } from '../aws/launch-errors/classify-launch-error.js';
import type { LaunchName } from './launch-token.js';

function message(name: LaunchName, error: ClassifiedLaunchError, tries: number): string {
  return `${error.summary} [flowRunId=${name.flowRunId}, kind=${error.code}, tries=${tries}]. ${error.resolution}`;
}

function details(name: LaunchName, error: ClassifiedLaunchError, tries: number) {
  return { ...name, kind: error.code, class: error.class, tries, aws: error.awsText };
}

/** The message of ECS, as a separate sentence; empty: none. */
function whatEcsSaid(cause: unknown): string {
  if (cause === undefined) return '';
  return ` ECS says: ${awsErrorText(cause)}.`;
}

/** ECS refuses the launch, and would refuse it again. */
export class LaunchRefusedError extends LaunchRefused {
  override readonly code = 'ECS_LAUNCH_REFUSED';

  constructor(name: LaunchName, error: ClassifiedLaunchError, tries: number, options?: ErrorOptions) {
    super(`The task was not launched. ${message(name, error, tries)}`, {
      ...options,
      details: details(name, error, tries),
    });
  }
}

/** No capacity was found for as long as the worker waits for it. */
export class CapacityUnavailableError extends LaunchRefused {
  override readonly code = 'ECS_CAPACITY_UNAVAILABLE';

  constructor(
    name: LaunchName,
    error: ClassifiedLaunchError,
    tries: number,
    waitedSeconds: number,
    options?: ErrorOptions,
  ) {
    super(`No capacity for the task in ${Math.round(waitedSeconds)} s. ${message(name, error, tries)}`, {
      ...options,
      details: { ...details(name, error, tries), waitedSeconds },
    });
  }
}

/** Throttling or lost responses lasted longer than the worker retries. A task may exist; the host repeats the launch. */
export class LaunchUnansweredError extends WorkerError {
  readonly code = 'ECS_LAUNCH_UNANSWERED';

  constructor(name: LaunchName, error: ClassifiedLaunchError, tries: number, options?: ErrorOptions) {
    super(`RunTask got no response; the launch is retried with the same token. ${message(name, error, tries)}`, {
      ...options,
      details: details(name, error, tries),
    });
  }
}

/** An earlier launch may have started the run, and ECS does not show (any more) what became of it. */
export class LaunchOutcomeUnknownError extends LaunchRefused {
  override readonly code = 'ECS_LAUNCH_OUTCOME_UNKNOWN';

  constructor(name: LaunchName, ageSeconds: number, options?: ErrorOptions) {
    super(
      `The outcome of an earlier launch of the run is unknown [flowRunId=${name.flowRunId}, ` +
        `attempt=${name.attemptId}, ageSeconds=${Math.round(ageSeconds)}]. ECS forgets tasks an hour after their end. ` +
        `Nothing more was launched, so that the job does not run twice. Schedule the run again if the job can run twice.${whatEcsSaid(options?.cause)}`,
      { ...options, details: { ...name, ageSeconds } },
    );
  }
}

/**
 * Returns the error with which a launch is given up: a refusal, or for transient causes another error; unusable credentials
 * unchanged.
 */
export function failureOf(
  name: LaunchName,
  error: ClassifiedLaunchError,
  tries: number,
  lastedSeconds: number,
  cause: unknown,
): unknown {
  const options = { cause };
  switch (error.class) {
    case 'not-ready':
      return cause;
    case 'capacity':
      return new CapacityUnavailableError(name, error, tries, lastedSeconds, options);
    case 'throttle':
    case 'maybe-committed':
      return new LaunchUnansweredError(name, error, tries, options);
    case 'already-launched':
      return new LaunchOutcomeUnknownError(name, lastedSeconds, options);
    default:
      return new LaunchRefusedError(name, error, tries, options);
  }
}

/** The account of the prepared launch is unknown: its task definition has no ARN. */
export class PlaceUnknownError extends LaunchRefused {
  override readonly code = 'ECS_LAUNCH_PLACE_UNKNOWN';

  constructor(taskDefinition: string, region: string) {
    super(
      `The account of the launch is unknown [taskDefinition=${taskDefinition}, region=${region}]. Nothing was launched. ` +
        'Let the preparer return the task definition with its taskDefinitionArn.',
      { details: { taskDefinition, region } },
    );
  }
}

/** AWS rejects a call that prepares a launch (task definition, network): a permission is missing, or a parameter is invalid. */
export class PreparationRefusedError extends LaunchRefused {
  override readonly code = 'ECS_LAUNCH_PREPARATION_REFUSED';

  constructor(flowRunId: string, cause: unknown) {
    super(
      `AWS rejects a call that prepares the launch: ${awsErrorText(cause)} [flowRunId=${flowRunId}]. Nothing was launched. ` +
        adviceOn(cause),
      { cause, details: { flowRunId, aws: awsErrorText(cause) } },
    );
  }
}

/** AWS does not respond in time to the calls that prepare a launch (task definition, network). The host retries. */
export class LaunchPreparationError extends WorkerError {
  readonly code = 'ECS_LAUNCH_NOT_PREPARED';

  constructor(flowRunId: string, cause: unknown, tries: number, lastedSeconds: number) {
    super(
      `Preparing the launch failed: ${awsErrorText(cause)} [flowRunId=${flowRunId}, tries=${tries}, ` +
        `seconds=${Math.round(lastedSeconds)}]. Nothing was launched; the launch is retried. ${adviceOn(cause)}`,
      { cause, details: { flowRunId, aws: awsErrorText(cause), tries, lastedSeconds } },
    );
  }
}

/** What to try after a response of AWS while a launch is prepared. */
export function adviceOn(cause: unknown): string {
  if (isThrottle(cause)) return 'AWS throttles the calls: spread the load over accounts, or request a higher rate.';
  if (isUnanswered(cause)) return 'Check network, proxy and endpoint (AWS_ENDPOINT_URL, region).';
  if (isCredentialFailure(cause)) {
    return 'Check aws_credentials, or the role or profile that the worker uses, and the clock of the machine.';
  }
  const denial = accessDenialOf(cause);
  if (denial) return `${adviceOnDenial(denial)} docs/iam.md lists all permissions that the worker needs.`;
  return 'Change what the message of AWS names.';
}
