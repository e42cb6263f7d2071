import type { FailureKind, RunStep } from './run-state.js';

/** What a failure of a step means for the run. */
export type Verdict =
  /** The step is repeated after a back-off, without end. */
  | 'retry'
  /** Repeated {@link PATIENCE} times, then released: a later owner repeats it. */
  | 'retry-then-release'
  /** Repeated {@link FAULT_PATIENCE} times, then refused: only for a plugin that breaks the contract. */
  | 'retry-then-refuse'
  /** The run is released, where nothing was launched for it: it is due again once it can be rendered. Else `retry`. */
  | 'hand-back'
  /** The run is released: the worker claims nothing until it is ready. */
  | 'not-ready'
  /** The run ends Crashed, unless the run as it is read says otherwise. */
  | 'refuse'
  /** The run ends Cancelled, unless something was launched. */
  | 'cancel'
  /** As `cancel`, for a run whose deployment was deleted. */
  | 'cancel-deployment-gone'
  /** The run was not claimed. */
  | 'drop'
  /** Another owner has the run: nothing more is written or done. */
  | 'lose'
  /** The worker ends; the run is released. */
  | 'fatal'
  /** The infrastructure is gone without a trace: an end of its own. */
  | 'vanish';

/** Failures in a row of a read or a report after which the run is released. */
export const PATIENCE = 8;
/** Failures in a row of a launch that are no errors of the contract, after which the launch counts as refused. */
export const FAULT_PATIENCE = 3;

/** One step's verdicts: the usual one, and what differs. Being unauthorized, and having lost the lease, are the same in every step. */
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
 * Step × kind of failure → verdict. Only a refusal of the launch itself makes a run Crashed. A failure to read, to find,
 * to watch, to store or to report is never a fact about the run.
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
