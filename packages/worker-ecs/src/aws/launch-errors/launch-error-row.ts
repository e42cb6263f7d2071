import type { AccessDenial } from '../errors/access-denial.js';

/**
 * How a launch reacts to an error.
 * `permanent`: fail immediately. `throttle`: same token, slower. `capacity`: nothing was placed; a new token after
 * minutes. `maybe-committed`: the response was lost; the same token. `settling`: AWS is not consistent yet; a few
 * attempts within a minute. `already-launched`: the token was used with other parameters; the task exists.
 * `definition-gone`: a new definition, then a new token. `not-ready`: unusable credentials; a few attempts, then the
 * run waits.
 */
export type LaunchErrorClass =
  | 'permanent'
  | 'throttle'
  | 'capacity'
  | 'maybe-committed'
  | 'settling'
  | 'already-launched'
  | 'definition-gone'
  | 'not-ready';

/** A message of AWS about a launch, as an example. */
export interface LaunchErrorExample {
  readonly name?: string;
  readonly message: string;
}

/** Context of an error that a row can depend on. */
export interface LaunchErrorContext {
  /** Launch type of the request; null: a strategy or the cluster's default. */
  readonly launchType: string | null;
  /** True: the worker added the awslogs configuration to the definition. */
  readonly configuresLogs: boolean;
  readonly cluster: string | null;
  readonly executionRoleArn: string | null;
  readonly taskDefinitionArn: string | null;
  readonly capacityProviders: readonly string[];
  readonly region: string | null;
  /** The missing permission. Null: the error is not about permissions. */
  readonly denial: AccessDenial | null;
}

/** One kind of launch error. The first matching row applies. */
export interface LaunchErrorRow {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly class: LaunchErrorClass;
  /** `error`: the call is rejected. `failure`: an entry of `failures` in a response without tasks. */
  readonly arrives: 'error' | 'failure';
  /** AWS's error codes; absent: any. */
  readonly names?: readonly string[];
  /** Matches AWS's own words ({@link awsProse}) in the message, or in reason and detail of a failure; absent: any. */
  readonly pattern?: RegExp;
  /** Further condition. */
  readonly when?: (context: LaunchErrorContext) => boolean;
  readonly summary: (context: LaunchErrorContext) => string;
  /** What to try. */
  readonly resolution: (context: LaunchErrorContext) => string;
  /** Messages of AWS, for the documentation and the tests. */
  readonly example: LaunchErrorExample;
  /** Similar messages with another meaning, for the tests. */
  readonly unlike?: readonly LaunchErrorExample[];
}

/** Texts that do not depend on the context. */
export const say = (text: string) => (): string => text;
