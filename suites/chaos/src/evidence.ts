import { readFileSync } from 'node:fs';
import type { ExecutionFact, JobKind } from './facts.js';

/** Environment variable with the path to which each job writes evidence that it ran. */
export const EVIDENCE_VARIABLE = 'CHAOS_EVIDENCE';

const LINES: Readonly<Record<JobKind, number>> = { succeed: 2, fail: 2, long: 12 };
const SECONDS_A_LINE = 0.2;

/** The shell script of a job: it writes down its begin and end, and prints lines that are unique within the run. */
export function jobScript(job: JobKind): string {
  const exitCode = job === 'fail' ? 3 : 0;
  return [
    'task=$(basename "$HOME")',
    `echo "begin $WORKER_HOST_FLOW_RUN_ID $task" >> "$${EVIDENCE_VARIABLE}"`,
    'n=0',
    `while [ $n -lt ${LINES[job]} ]; do n=$((n+1)); echo "job-line $task $n"; sleep ${SECONDS_A_LINE}; done`,
    `echo "end $WORKER_HOST_FLOW_RUN_ID $task" >> "$${EVIDENCE_VARIABLE}"`,
    `exit ${exitCode}`,
  ].join('; ');
}

/** What the jobs wrote down. */
export function readEvidence(path: string): readonly ExecutionFact[] {
  const executions = new Map<string, ExecutionFact>();
  for (const line of textOf(path).split('\n')) {
    const [what, flowRunId, taskId] = line.split(' ');
    if (!flowRunId || !taskId) continue;
    executions.set(taskId, { flowRunId, taskArn: taskId, ended: what === 'end' });
  }
  return [...executions.values()];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
