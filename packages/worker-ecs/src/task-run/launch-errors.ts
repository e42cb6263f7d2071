import { WorkerError } from '@worker-host/core';
import { awsErrorFacts, isCredentialFailure, isThrottle, isUnanswered } from '../aws/aws-error-facts.js';
import type { ClassifiedLaunchError } from '../aws/classify-launch-error.js';
import type { LaunchName } from './launch-token.js';

function message(name: LaunchName, error: ClassifiedLaunchError, tries: number): string {
  return `${error.summary} [flowRunId=${name.flowRunId}, kind=${error.code}, tries=${tries}]. ${error.resolution}`;
}

function details(name: LaunchName, error: ClassifiedLaunchError, tries: number) {
  return { ...name, kind: error.code, class: error.class, tries, aws: error.awsText };
}

/** What ECS itself said, in a sentence of its own; empty: nothing. */
function whatEcsSaid(cause: unknown): string {
  if (cause === undefined) return '';
  const { name, message: text } = awsErrorFacts(cause);
  return ` ECS says: ${name}: ${text}`;
}

/** ECS refuses the launch, and would refuse it again. */
export class LaunchRefusedError extends WorkerError {
  readonly code = 'ECS_LAUNCH_REFUSED';

  constructor(name: LaunchName, error: ClassifiedLaunchError, tries: number, options?: ErrorOptions) {
    super(`The task was not launched. ${message(name, error, tries)}`, {
      ...options,
      details: details(name, error, tries),
    });
  }
}

/** Nothing was placed for as long as the worker waits for capacity. */
export class CapacityUnavailableError extends WorkerError {
  readonly code = 'ECS_CAPACITY_UNAVAILABLE';

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

/** Throttles or lost answers lasted longer than the worker's patience. A task may exist. */
export class LaunchUnansweredError extends WorkerError {
  readonly code = 'ECS_LAUNCH_UNANSWERED';

  constructor(name: LaunchName, error: ClassifiedLaunchError, tries: number, options?: ErrorOptions) {
    super(`The launch was given up. ${message(name, error, tries)}`, {
      ...options,
      details: details(name, error, tries),
    });
  }
}

/** An earlier launch may have started the run, and ECS does not show (any more) what became of it. */
export class LaunchOutcomeUnknownError extends WorkerError {
  readonly code = 'ECS_LAUNCH_OUTCOME_UNKNOWN';

  constructor(name: LaunchName, ageSeconds: number, options?: ErrorOptions) {
    super(
      `It cannot be told whether the run was launched before [flowRunId=${name.flowRunId}, ` +
        `attempt=${name.attemptId}, ageSeconds=${Math.round(ageSeconds)}]. ECS forgets tasks an hour after their end. ` +
        `Nothing was launched, lest it run twice; schedule the run again if it may.${whatEcsSaid(options?.cause)}`,
      { ...options, details: { ...name, ageSeconds } },
    );
  }
}

/** AWS did not give what a launch needs (task definition, network, keys), for as long as the worker is patient. */
export class LaunchPreparationError extends WorkerError {
  readonly code = 'ECS_LAUNCH_NOT_PREPARED';

  constructor(flowRunId: string, cause: unknown, tries: number, lastedSeconds: number) {
    const { name, message: text } = awsErrorFacts(cause);
    super(
      `AWS did not give what the launch needs: ${name}: ${text} [flowRunId=${flowRunId}, tries=${tries}, ` +
        `seconds=${Math.round(lastedSeconds)}]. Nothing was launched. ${adviceOn(cause)}`,
      { cause, details: { flowRunId, aws: `${name}: ${text}`, tries, lastedSeconds } },
    );
  }
}

/** What to try about an answer of AWS while a launch is prepared. */
export function adviceOn(cause: unknown): string {
  if (isCredentialFailure(cause)) {
    return 'Check aws_credentials, or the role or profile the worker runs with, and the clock of the machine.';
  }
  if (isThrottle(cause)) return 'AWS asks for fewer calls: spread accounts, or ask for a higher rate.';
  if (isUnanswered(cause)) return 'Check network, proxy and endpoint (AWS_ENDPOINT_URL, region).';
  if (/AccessDenied|UnauthorizedOperation/.test(awsErrorFacts(cause).name)) {
    return 'Give the worker the right that the answer names; docs/iam.md lists all it needs.';
  }
  return "Change what AWS's answer names.";
}
