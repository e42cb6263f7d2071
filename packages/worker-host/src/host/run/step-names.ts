import type { RunStep } from './run-state.js';

/** The action of each step, as the subject of a log line. */
export const STEP_NAMES: Readonly<Record<RunStep, string>> = {
  claim: 'Claiming the run',
  render: 'Rendering the run',
  find: 'Finding what was launched',
  launch: 'Launching the run',
  watch: 'Watching the job',
  read: 'Reading the run',
  report: 'Reporting the end of the run',
};
