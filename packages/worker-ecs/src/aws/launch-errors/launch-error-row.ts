import type { AccessDenial } from '../errors/access-denial.js';

/**
 * What a launch does about an error.
 * `permanent`: fails at once. `throttle`: same token, slower. `capacity`: nothing was placed; a new token after
 * minutes. `maybe-committed`: the answer was lost; the same token. `settling`: AWS has not caught up with itself; a few
 * tries over a minute. `already-launched`: the token was used with other parameters; the task exists.
 * `definition-gone`: a new definition, then a new token. `not-ready`: the credentials; a few tries, then the run waits.
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

/** A text of AWS about a launch, as an example. */
export interface LaunchErrorExample {
  readonly name?: string;
  readonly message: string;
}

/** Context of an error that a row can depend on. */
export interface LaunchErrorContext {
  /** Of the request; null: a strategy or the cluster's default. */
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

/** One kind of launch error. The first row that matches counts. */
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
  /** AWS's own words, for the page and for the tests. */
  readonly example: LaunchErrorExample;
  /** Texts that look alike and mean something else, for the tests. */
  readonly unlike?: readonly LaunchErrorExample[];
}

/** Words that depend on nothing. */
export const say = (text: string) => (): string => text;
