import type { FailureKind, RunStep } from './run-state.js';

/** Consequence of a failed step for the run. */
export type Verdict =
  /** The step is retried with back-off, without limit. */
  | 'retry'
  /** Retried {@link PATIENCE} times, then released: a later owner retries it. */
  | 'retry-then-release'
  /** Retried {@link FAULT_PATIENCE} times, then refused: only for a plugin that violates the contract. */
  | 'retry-then-refuse'
  /** The run is released if nothing was launched for it, and becomes due again when it can be rendered. Otherwise `retry`. */
  | 'hand-back'
  /** The run is released: the worker claims nothing until it is ready. */
  | 'not-ready'
  /** The run ends Crashed, unless its current state contradicts it. */
  | 'refuse'
  /** The run ends Cancelled, unless something was launched. */
  | 'cancel'
  /** Like `cancel`, for a run whose deployment was deleted. */
  | 'cancel-deployment-gone'
  /** The run was not claimed. */
  | 'drop'
  /** Another owner has the run: nothing more is written or done. */
  | 'lose'
  /** The worker ends; the run is released. */
  | 'fatal'
  /** The infrastructure vanished, which has its own end. */
  | 'vanish';

/** Number of consecutive failures of a read or a report after which the run is released. */
export const PATIENCE = 8;
/** Number of consecutive failures of a launch with errors outside the contract after which the launch counts as refused. */
export const FAULT_PATIENCE = 3;

/** Verdicts of one step: the default, and exceptions. Rejected credentials and a lost lease are the same in every step. */
function row(
  usual: Verdict,
  special: Partial<Record<FailureKind, Verdict>> = {},
): Readonly<Record<FailureKind, Verdict>> {
  return {
    unavailable: usual,
    cancelled: usual,
    'not-ready': usual,
    refused: usual,
    invalid: usual,
    'deployment-gone': usual,
    unreadable: usual,
    'not-found': usual,
    failed: usual,
    fault: usual,
    unauthorized: 'fatal',
    'lease-lost': 'lose',
    ...special,
  };
}

/**
 * Step × kind of failure → verdict. Only a refusal of the launch itself makes a run Crashed. A failure to read, find, watch,
 * store or report is never a fact about the run.
 */
export const FAILURE_TABLE: Readonly<Record<RunStep, Readonly<Record<FailureKind, Verdict>>>> = {
  claim: row('drop', { 'lease-lost': 'drop' }),
  render: row('retry', {
    cancelled: 'cancel',
    'not-ready': 'not-ready',
    refused: 'refuse',
    invalid: 'refuse',
    'deployment-gone': 'cancel-deployment-gone',
    unreadable: 'hand-back',
    fault: 'refuse',
  }),
  find: row('retry'),
  launch: row('retry', {
    cancelled: 'cancel',
    'not-ready': 'not-ready',
    refused: 'refuse',
    invalid: 'refuse',
    'deployment-gone': 'cancel-deployment-gone',
    fault: 'retry-then-refuse',
  }),
  watch: row('retry', { 'not-found': 'vanish' }),
  read: row('retry-then-release', { unavailable: 'retry' }),
  report: row('retry-then-release', { unavailable: 'retry' }),
};
